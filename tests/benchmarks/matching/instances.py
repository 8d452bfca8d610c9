"""Seeded instances for the plan: people and open places in dense cities and empty country, and who could go where.

Flat arrays without a database, because the plan's solver is what is measured. Coordinates are kilometres on a plane.
"""

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matching.rules.assignment import MICRO, Problem

LAND_KM = 250.0
CITIES = 12
CITY_KM = 6.0
IN_CITIES = 0.7
REACH_KM = 30.0


@dataclass(frozen=True)
class Instance:
    """The problem, and the urgency of each offer (1 to 5)."""

    problem: Problem
    urgencies: Any


def placed(random: np.random.Generator, count: int, cities: Any) -> Any:
    """Positions: most in cities, the rest anywhere."""
    spread = random.uniform(0, LAND_KM, (count, 2))
    city = cities[random.zipf(1.6, count) % len(cities)] + random.normal(0, CITY_KM, (count, 2))
    return np.where(random.random((count, 1)) < IN_CITIES, city, spread)


def instance(seed: int, volunteers: int, offers: int, candidates: int, places_at_most: int = 5) -> Instance:
    """For each offer so many of the people around it, as a search for candidates would give them.

    Found by a grid of cells, so that a million people and a hundred thousand offers take seconds.
    """
    random = np.random.default_rng(seed)
    cities = random.uniform(0, LAND_KM, (CITIES, 2))
    people, needs = placed(random, volunteers, cities), placed(random, offers, cities)
    cell = _cells(people)
    order = np.argsort(cell, kind="stable")
    sorted_cells = cell[order]
    wanted = _cells(needs)
    first, last = np.searchsorted(sorted_cells, wanted, "left"), np.searchsorted(sorted_cells, wanted, "right")
    taken = np.minimum(last - first, candidates)
    offer = np.repeat(np.arange(offers, dtype=np.int32), taken)
    offset = np.arange(len(offer)) - np.repeat(np.cumsum(taken) - taken, taken)
    stride = np.repeat(np.maximum((last - first) // np.maximum(taken, 1), 1), taken)
    volunteer = order[np.repeat(first, taken) + offset * stride].astype(np.int32)
    urgencies = random.integers(1, 6, offers)
    distance = np.linalg.norm(people[volunteer] - needs[offer], axis=1)
    score = 0.5 * 10 / (10 + distance) + 0.5 * random.random(len(offer))
    benefits = np.maximum(1, np.round(MICRO * (0.7 * urgencies[offer] / 5 + 0.3 * score))).astype(np.int32)
    places = random.integers(1, places_at_most + 1, offers).astype(np.int32)
    problem = Problem(_array(places), _array(volunteer), _array(offer), _array(benefits))
    return Instance(problem, urgencies)


def _cells(points: Any) -> Any:
    grid = np.clip(points // REACH_KM, 0, 63).astype(np.int64)
    return grid[:, 0] * 64 + grid[:, 1]


def _array(values: Any) -> "array[int]":
    return array("i", values.astype(np.int32).tobytes())
