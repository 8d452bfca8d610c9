"""The best pairing of volunteers and open places as a whole: a flow of minimum cost, solved exactly by OR-tools.

Volunteers are sources, offers are sinks with as many places as are open, a pairing is an arc whose benefit is gained when it
is taken. A person is asked once, or as often as the limit allows, and each further time at a price, so that the many come
before the few. What the solver is given and gives back are flat arrays: a whole Land has millions of pairings.

OR-tools and NumPy are imported when something is solved: whoever only names the problem carries neither.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MICRO = 1_000_000
"""Benefits are whole millionths: the solver counts in integers, and an optimum is exact."""
ROUNDS_AT_MOST = 20
"""So often pairings that overlap in time are taken out and the rest is solved anew."""


@dataclass(frozen=True)
class Problem:
    """Who could go where, and what that is worth.

    Parameters
    ----------
    places
        Open places by offer.
    volunteers, offers, benefits
        Parallel, one entry per pairing: index of the volunteer, index of the offer, millionths above 0.
    asked_at_most
        So many offers for one person.
    price_of_repetition
        Millionths that the second pairing of a person costs, the third twice of it, and so on.
    overlapping
        Pairs of offers that nobody can take together; matters only when somebody may be asked more than once.
    """

    places: "array[int]"
    volunteers: "array[int]"
    offers: "array[int]"
    benefits: "array[int]"
    asked_at_most: int = 1
    price_of_repetition: int = 0
    overlapping: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Solution:
    """Which pairings are taken, by index, in ascending order; and the objective: benefits less prices, in millionths."""

    taken: "array[int]"
    objective: int


class Unsolvable(RuntimeError):
    """The solver gave no optimum: a bug, or numbers beyond its range."""


def solve(problem: Problem) -> Solution:
    """The pairings that are worth most together.

    Exact for what is given. Where a person may be asked more than once, of two pairings that overlap in time the less
    useful one is taken out and the rest is solved again: the result keeps every limit, and is the optimum of what was left.
    """
    import numpy as np  # noqa: PLC0415 # see the module's docstring

    volunteers = np.frombuffer(problem.volunteers, dtype=np.int32)
    offers = np.frombuffer(problem.offers, dtype=np.int32)
    benefits = np.frombuffer(problem.benefits, dtype=np.int32).astype(np.int64)
    places = np.frombuffer(problem.places, dtype=np.int32).astype(np.int64)
    if not len(volunteers):
        return Solution(array("i"), 0)
    allowed = np.arange(len(volunteers), dtype=np.int64)
    for _ in range(ROUNDS_AT_MOST):
        taken = allowed[_flow(np, volunteers[allowed], offers[allowed], benefits[allowed], places, problem)]
        clashing = _clashing(problem, taken.tolist())
        if not clashing:
            break
        allowed = np.setdiff1d(allowed, np.array(sorted(clashing), dtype=np.int64), assume_unique=True)
    else:
        taken = np.setdiff1d(taken, np.array(sorted(clashing), dtype=np.int64), assume_unique=True)
    _, often = np.unique(volunteers[taken], return_counts=True)
    prices = problem.price_of_repetition * int((often * (often - 1) // 2).sum())
    return Solution(array("i", taken.astype(np.int32).tobytes()), int(benefits[taken].sum()) - prices)


def _flow(np: Any, volunteers: Any, offers: Any, benefits: Any, places: Any, problem: Problem) -> Any:
    """Indices of the arcs of pairings that carry flow."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415

    people, person = np.unique(volunteers, return_inverse=True)
    wanted, offer = np.unique(offers, return_inverse=True)
    source, sink = len(people) + len(wanted), len(people) + len(wanted) + 1
    supply = int(min(len(people) * problem.asked_at_most, places[wanted].sum()))
    network = SimpleMinCostFlow()

    def arcs(tails: Any, heads: Any, capacities: Any, costs: Any) -> Any:
        return network.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)

    ones = np.ones(len(people), dtype=np.int64)
    pairings = arcs(person, len(people) + offer, np.ones(len(offer), dtype=np.int64), -benefits)
    for time in range(problem.asked_at_most):
        price = time * problem.price_of_repetition
        arcs(np.full(len(people), source), np.arange(len(people)), ones, ones * price)
    arcs(len(people) + np.arange(len(wanted)), np.full(len(wanted), sink), places[wanted], np.zeros(len(wanted), int))
    # Who is not needed, and what cannot be filled, goes past everything at no cost.
    network.add_arc_with_capacity_and_unit_cost(source, sink, supply, 0)
    network.set_node_supply(source, supply)
    network.set_node_supply(sink, -supply)
    status = network.solve()
    if status != network.OPTIMAL:
        raise Unsolvable(f"the solver says {status}")
    return np.flatnonzero(network.flows(pairings))


def _clashing(problem: Problem, taken: Iterable[int]) -> set[int]:
    """Of each two pairings of one person that overlap in time, the one that is worth less (of equals the later)."""
    if problem.asked_at_most == 1 or not problem.overlapping:
        return set()
    excluded = {frozenset(pair) for pair in problem.overlapping}
    of_person: dict[int, list[int]] = {}
    for pairing in taken:
        of_person.setdefault(problem.volunteers[pairing], []).append(pairing)
    clashing: set[int] = set()
    for pairings in of_person.values():
        kept: list[int] = []
        for pairing in sorted(pairings, key=lambda each: (-problem.benefits[each], each)):
            if any(frozenset((problem.offers[pairing], problem.offers[other])) in excluded for other in kept):
                clashing.add(pairing)
            else:
                kept.append(pairing)
    return clashing


def greedily(problem: Problem) -> Solution:
    """What one gets by always taking the best pairing that is left: what the plan is compared with."""
    left = list(problem.places)
    asked: dict[int, list[int]] = {}
    excluded = {frozenset(pair) for pair in problem.overlapping}
    taken, objective = array("i"), 0
    for pairing in sorted(range(len(problem.benefits)), key=lambda each: (-problem.benefits[each], each)):
        person, offer = problem.volunteers[pairing], problem.offers[pairing]
        others = asked.setdefault(person, [])
        gain = problem.benefits[pairing] - len(others) * problem.price_of_repetition
        if left[offer] <= 0 or len(others) >= problem.asked_at_most or gain <= 0:
            continue
        if any(frozenset((offer, other)) in excluded for other in others):
            continue
        left[offer] -= 1
        others.append(offer)
        taken.append(pairing)
        objective += gain
    return Solution(array("i", sorted(taken)), objective)
