"""The plan's solver: every limit kept, the objective equal to that of an independent optimum, never below greedy."""

from array import array
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from services.matching.rules.assignment import MICRO, Problem, greedily, solve


@st.composite
def problems(draw: st.DrawFn, asked_at_least: int = 1) -> Problem:
    people, offers = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    pairs = draw(st.sets(st.tuples(st.integers(0, people - 1), st.integers(0, offers - 1)), max_size=30))
    ordered = sorted(pairs)
    return Problem(
        places=array("i", draw(st.lists(st.integers(0, 3), min_size=offers, max_size=offers))),
        volunteers=array("i", [person for person, _ in ordered]),
        offers=array("i", [offer for _, offer in ordered]),
        benefits=array("i", draw(st.lists(st.integers(1, MICRO), min_size=len(ordered), max_size=len(ordered)))),
        asked_at_most=draw(st.integers(asked_at_least, 3)),
        price_of_repetition=draw(st.integers(0, MICRO)),
    )


def independent_optimum(problem: Problem) -> float:
    """The same by HiGHS as a linear programme: benefits less prices, places and limits as rows. In millionths."""
    pairings = len(problem.benefits)
    if not pairings:
        return 0.0
    people, person = np.unique(problem.volunteers, return_inverse=True)
    repetitions = len(people) * problem.asked_at_most
    prices = np.repeat(np.arange(problem.asked_at_most), len(people)) * problem.price_of_repetition
    ones = np.ones(pairings)
    places = csr_array(
        (ones, (problem.offers, np.arange(pairings))), shape=(len(problem.places), pairings + repetitions)
    )
    asked = csr_array((ones, (person, np.arange(pairings))), shape=(len(people), pairings + repetitions))
    times = (np.tile(np.arange(len(people)), problem.asked_at_most), pairings + np.arange(repetitions))
    result = linprog(
        np.concatenate((-np.array(problem.benefits), prices)),
        A_ub=places,
        b_ub=np.array(problem.places),
        A_eq=asked - csr_array((np.ones(repetitions), times), shape=asked.shape),
        b_eq=np.zeros(len(people)),
        bounds=(0, 1),
        method="highs",
    )
    return -float(result.fun)


@given(problems())
@settings(max_examples=150, deadline=None)
def test_the_objective_is_that_of_an_independent_optimum_and_every_limit_is_kept(problem: Problem) -> None:
    solution = solve(problem)
    taken = list(solution.taken)
    assert taken == sorted(set(taken))
    asked = Counter(problem.volunteers[pairing] for pairing in taken)
    filled = Counter(problem.offers[pairing] for pairing in taken)
    assert all(times <= problem.asked_at_most for times in asked.values())
    assert all(used <= problem.places[offer] for offer, used in filled.items())
    prices = sum(times * (times - 1) // 2 for times in asked.values()) * problem.price_of_repetition
    assert solution.objective == sum(problem.benefits[pairing] for pairing in taken) - prices
    assert abs(solution.objective - independent_optimum(problem)) < 0.5
    assert solution.objective >= greedily(problem).objective


@given(problems(asked_at_least=2), st.data())
@settings(max_examples=100, deadline=None)
def test_nobody_is_asked_for_two_offers_that_overlap(problem: Problem, data: st.DataObject) -> None:
    offers = len(problem.places)
    pairs = st.tuples(st.integers(0, offers - 1), st.integers(0, offers - 1)).filter(lambda pair: pair[0] < pair[1])
    overlapping = sorted(data.draw(st.sets(pairs, max_size=4))) if offers > 1 else []
    limited = Problem(**{**problem.__dict__, "overlapping": overlapping})
    for solution in (solve(limited), greedily(limited)):
        of_person: dict[int, set[int]] = {}
        for pairing in solution.taken:
            of_person.setdefault(limited.volunteers[pairing], set()).add(limited.offers[pairing])
        assert not any(set(pair) <= taken for taken in of_person.values() for pair in overlapping)


def test_one_person_goes_where_nobody_else_can_go() -> None:
    """Greedy gives the first to the best place, and the second stays empty; the plan fills both."""
    problem = Problem(
        places=array("i", [1, 1]),
        volunteers=array("i", [0, 0, 1]),
        offers=array("i", [0, 1, 0]),
        benefits=array("i", [900_000, 800_000, 700_000]),
    )
    assert list(solve(problem).taken) == [1, 2]
    assert list(greedily(problem).taken) == [0]


def test_thousands_of_pairings_are_solved_to_the_optimum() -> None:
    random = np.random.default_rng(7)
    keys = np.unique(random.integers(0, 500 * 80, 4000))
    problem = Problem(
        places=array("i", random.integers(1, 6, 80).astype(np.int32).tobytes()),
        volunteers=array("i", (keys // 80).astype(np.int32).tobytes()),
        offers=array("i", (keys % 80).astype(np.int32).tobytes()),
        benefits=array("i", random.integers(1, MICRO, len(keys)).astype(np.int32).tobytes()),
    )
    assert abs(solve(problem).objective - independent_optimum(problem)) < 0.5


def test_nothing_to_pair_is_no_plan() -> None:
    solution = solve(Problem(array("i", [3]), array("i"), array("i"), array("i")))
    assert (list(solution.taken), solution.objective) == ([], 0)
