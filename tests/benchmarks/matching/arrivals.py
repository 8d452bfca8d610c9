"""Needs and people that come week by week: how many urgent needs are met by planning, by greed, by first come, in hindsight.

A contested instance: fewer people than places, some languages rare, some needs urgent. A need is open for two weeks. Twice
a week those who plan propose; whoever is asked accepts or not, drawn beforehand per pair, so all policies meet the same
people. Somebody takes one place a week, and is asked at most twice a week. In hindsight all is known: who would accept what,
and when everything comes; the optimum over all weeks is a flow too, and no policy can do better.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.matching.rules.assignment import MICRO, Problem, solve
from services.matching.rules.plans import benefit
from tests.benchmarks.report import Result, against

WEEKS, PEOPLE, NEEDS_PER_WEEK = 8, 400, 160
OPEN_WEEKS, ROUNDS_PER_WEEK, ASKS_PER_WEEK = 2, 2, 2
URGENT = 4
ACCEPTED = 0.6
LANGUAGES = np.array([0.75, 0.15, 0.07, 0.03])
"""How common each language is among people; needs ask for the rare ones more often."""
WANTED = np.array([0.55, 0.2, 0.15, 0.1])
WEIGHT_OF_FILLING = 0.7


@dataclass
class World:
    """Everything that will happen, known to nobody but the hindsight."""

    urgency: Any
    week: Any
    places: Any
    fits: Any
    score: Any
    accepts: Any

    @classmethod
    def drawn(cls, seed: int) -> "World":
        random = np.random.default_rng(seed)
        needs = WEEKS * NEEDS_PER_WEEK
        home, site = random.uniform(0, 60, (PEOPLE, 2)), random.uniform(0, 60, (needs, 2))
        reach = random.uniform(5, 40, PEOPLE)
        speaks = random.choice(len(LANGUAGES), PEOPLE, p=LANGUAGES)
        wanted = random.choice(len(WANTED), needs, p=WANTED)
        distance = np.linalg.norm(site[:, None] - home[None], axis=2)
        fits = (distance <= reach) & ((speaks == wanted[:, None]) | (wanted[:, None] == 0))
        score = 0.5 * 10 / (10 + distance) + 0.5 * random.random((needs, PEOPLE))
        return cls(
            urgency=random.integers(1, 6, needs),
            week=np.repeat(np.arange(WEEKS), NEEDS_PER_WEEK),
            places=random.integers(1, 4, needs),
            fits=fits,
            score=score,
            accepts=random.random((needs, PEOPLE)) < ACCEPTED,
        )

    def open_in(self, week: int) -> Any:
        """The needs that can be met in a week."""
        return np.flatnonzero((self.week <= week) & (week < self.week + OPEN_WEEKS))


@dataclass
class Course:
    """What happens under one policy."""

    world: World
    left: Any = field(init=False)
    asked: Any = field(init=False)
    met: Any = field(init=False)
    turned_down: Any = field(init=False)
    free: Any = field(init=False)
    asks_left: Any = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.world.places.copy()
        self.met = np.zeros(len(self.left), int)
        self.asked = np.zeros(PEOPLE, int)
        self.turned_down = np.zeros(self.world.fits.shape, bool)

    def begin_week(self) -> None:
        """Everybody is free again."""
        self.free = np.ones(PEOPLE, bool)
        self.asks_left = np.full(PEOPLE, ASKS_PER_WEEK)

    def may_ask(self, need: int) -> Any:
        """Who can be asked for a need."""
        return self.world.fits[need] & self.free & (self.asks_left > 0) & ~self.turned_down[need]

    def worth(self, need: int, people: Any) -> Any:
        """The score, less what fairness takes from whoever was asked often."""
        return self.world.score[need, people] * 1 / (1 + 0.1 * self.asked[people])

    def ask(self, need: int, person: int) -> bool:
        """Whether they take it."""
        self.asked[person] += 1
        self.asks_left[person] -= 1
        if not self.world.accepts[need, person]:
            self.turned_down[need, person] = True
            return False
        self.free[person] = False
        self.left[need] -= 1
        self.met[need] += 1
        return True


def planned(course: Course, week: int) -> None:
    """The plan of this product, made anew for what is open."""
    for _ in range(ROUNDS_PER_WEEK):
        needs = [need for need in course.world.open_in(week) if course.left[need] > 0]
        volunteers, offers, benefits = array("i"), array("i"), array("i")
        for index, need in enumerate(needs):
            people = np.flatnonzero(course.may_ask(need))
            for person, score in zip(people, course.worth(need, people), strict=True):
                volunteers.append(int(person))
                offers.append(index)
                benefits.append(benefit(float(score), float(course.world.urgency[need]), WEIGHT_OF_FILLING))
        problem = Problem(array("i", [int(course.left[need]) for need in needs]), volunteers, offers, benefits)
        for pairing in solve(problem).taken:
            course.ask(int(needs[offers[pairing]]), volunteers[pairing])


def greedy(course: Course, week: int) -> None:
    """The most urgent need first, its best person first: a coordinator with a ranked list."""
    for _ in range(ROUNDS_PER_WEEK):
        needs = course.world.open_in(week)
        for need in needs[np.argsort(-course.world.urgency[needs], kind="stable")]:
            people = np.flatnonzero(course.may_ask(need))
            best = people[np.argsort(-course.worth(need, people), kind="stable")]
            for person in best[: int(course.left[need])]:
                course.ask(int(need), int(person))


def first_come(course: Course, week: int) -> None:
    """Whoever looks takes the oldest need that suits them: a notice board."""
    random = np.random.default_rng(week)
    for person in random.permutation(PEOPLE):
        for need in course.world.open_in(week):
            if course.left[need] > 0 and course.may_ask(need)[person] and course.ask(int(need), int(person)):
                break


def hindsight(world: World) -> Any:
    """How many places of each need are met when everything is known; urgent needs before all others."""
    volunteers, offers, benefits = array("i"), array("i"), array("i")
    for week in range(WEEKS):
        for need in world.open_in(week):
            worth = MICRO if world.urgency[need] >= URGENT else 1
            for person in np.flatnonzero(world.fits[need] & world.accepts[need]):
                volunteers.append(week * PEOPLE + int(person))
                offers.append(int(need))
                benefits.append(worth)
    problem = Problem(array("i", world.places.tolist()), volunteers, offers, benefits)
    met = np.zeros(len(world.places), int)
    for pairing in solve(problem).taken:
        met[offers[pairing]] += 1
    return met


POLICIES: dict[str, Callable[[Course, int], None]] = {"plan": planned, "greedy": greedy, "first come": first_come}


def measure(seeds: Iterable[int]) -> list[Result]:
    """Over all seeds: urgent places and all places met ÷ the optimum in hindsight, how often the busiest tenth is asked."""
    urgent: dict[str, list[float]] = {name: [] for name in POLICIES}
    everything: dict[str, list[float]] = {name: [] for name in POLICIES}
    busiest: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in seeds:
        world = World.drawn(seed)
        is_urgent = world.urgency >= URGENT
        best = hindsight(world)
        for name, policy in POLICIES.items():
            course = Course(world)
            for week in range(WEEKS):
                course.begin_week()
                policy(course, week)
            urgent[name].append(course.met[is_urgent].sum() / best[is_urgent].sum())
            everything[name].append(course.met.sum() / best.sum())
            asked = np.sort(course.asked)[::-1]
            busiest[name].append(asked[: PEOPLE // 10].mean() / WEEKS)
    return [
        *(against(f"arrivals, urgent places met ÷ hindsight: {name}", "", urgent[name], 1.0) for name in POLICIES),
        *(against(f"arrivals, all places met ÷ hindsight: {name}", "", everything[name], 1.0) for name in POLICIES),
        *(
            against(f"arrivals, asks a week of the busiest tenth: {name}", "1/week", busiest[name], None)
            for name in POLICIES
        ),
    ]
