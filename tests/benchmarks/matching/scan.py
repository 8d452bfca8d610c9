"""Brute force: every volunteer weighed for an offer, or every offer for a volunteer, in NumPy, by the same configuration.

Nothing of matching's own code is used: what it finds is what the lists have to be.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tests.benchmarks.matching.population import (
    HALF_KM,
    NOW,
    QUALITY,
    Column,
    Population,
    kilometres,
    microseconds,
)

WEIGHTS = {
    "shared_languages": 0.2, "skills": 0.1, "distance": 0.2, "availability": 0.2, "wishes": 0.1, "urgency": 0.1,
    "experience": 0.05, "fairness": 0.05, "asked": 0.05, "declined": 0.05,
}  # fmt: skip
RADIUS_KM = 100.0
FULL_EXPERIENCE, FULL_DAYS, FULL_ASKS, DECLINED_DAYS, UNTOLD = 3, 60, 8, 90, 0.5
DAY = 86_400_000_000


@dataclass(frozen=True)
class Scan:
    """A population to be weighed."""

    population: Population

    @cached_property
    def _static(self) -> Column:
        """Per volunteer what no offer changes: experience, fairness, and how often they were asked."""
        v = self.population.v
        days = np.maximum(microseconds(NOW) - v["registered"], 0) // DAY
        experience = np.minimum(1.0, v["placements"] / FULL_EXPERIENCE)
        asked = np.maximum(0.0, 1 - v["asks"].sum(axis=1) / FULL_ASKS)
        fairness = np.minimum(1.0, days / FULL_DAYS)
        return np.asarray(
            WEIGHTS["experience"] * experience + WEIGHTS["fairness"] * fairness + WEIGHTS["asked"] * asked
        )

    @cached_property
    def volunteer_order(self) -> Column:
        """Every volunteer's place in the order of the ids."""
        numbers = np.arange(self.population.volunteers)
        order = np.lexsort((numbers, self.population.v["id"]))
        ranks = np.empty_like(order)
        ranks[order] = numbers
        return ranks

    @cached_property
    def offer_order(self) -> Column:
        numbers = np.arange(self.population.offers)
        order = np.lexsort((numbers, self.population.o["id"]))
        ranks = np.empty_like(order)
        ranks[order] = numbers
        return ranks

    def volunteers_for(self, offer: int, limit: int) -> tuple[list[str], list[float]]:
        """The best volunteers for an offer, with their scores."""
        population, v, o = self.population, self.population.v, self.population.o
        km = kilometres(population.positions[o["place"][offer]], population.positions)[v["place"]]
        zones = np.array([int(code[:3]) for code in population.codes])
        same_district = zones[v["place"]] == zones[o["place"][offer]]
        fits = ~v["paused"] & (km <= RADIUS_KM) & ((km <= v["reach"]) | same_district)
        required, levels = o["required"][offer], o["required_level"][offer]
        if (required >= 0).any():
            speaks = np.zeros(population.volunteers, dtype=bool)
            for which, level in zip(required, levels, strict=True):
                if which >= 0:
                    speaks |= v["levels"][:, which] >= level
            fits &= speaks
        fits &= v["skills"] & o["skills_required"][offer] == o["skills_required"][offer]
        if o["qualification"][offer] >= 0:
            fits &= (v["qualifications"] >> o["qualification"][offer]) & 1 == 1
        if o["clearance"][offer] >= 0:
            fits &= v["clearance"] == 2 * o["organisation"][offer] + o["clearance"][offer]
        fits &= v["age"] >= o["minimum_age"][offer]
        if o["dated"][offer]:
            fits &= ~v["away"]
        chosen = fits.nonzero()[0]
        scores = self._scores(chosen, offer, km[chosen])
        best = _best(scores, self.volunteer_order[chosen], limit)
        return [population.volunteer_id(int(chosen[each])) for each in best], scores[best].tolist()

    def _scores(self, chosen: Column, offer: int, km: Column) -> Column:
        v, o = self.population.v, self.population.o
        total = sum(
            WEIGHTS[name] for name in ("distance", "wishes", "urgency", "experience", "fairness", "asked", "declined")
        )
        score = self._static[chosen].copy()
        half = HALF_KM[v["travel"][chosen]]
        score += WEIGHTS["distance"] * half / (half + km)
        score += WEIGHTS["urgency"] * (effective_urgency(o, offer) - 1) / 4
        wishes = v["wishes"][chosen]
        score += WEIGHTS["wishes"] * np.where(wishes == 0, UNTOLD, (wishes >> o["topic"][offer]) & 1)
        rested = np.minimum(1.0, v["declined_days"][chosen] / DECLINED_DAYS)
        score += WEIGHTS["declined"] * np.where(v["declined"][chosen] == o["topic"][offer], rested, 1.0)
        wanted = [int(each) for each in (*o["required"][offer], o["welcome"][offer]) if each >= 0]
        if wanted:
            total += WEIGHTS["shared_languages"]
            missing = np.prod(1 - QUALITY[v["levels"][chosen][:, wanted]], axis=1)
            score += WEIGHTS["shared_languages"] * (1 - missing)
        welcome = int(o["skills_welcome"][offer])
        if welcome:
            total += WEIGHTS["skills"]
            score += WEIGHTS["skills"] * np.bitwise_count(v["skills"][chosen] & welcome) / welcome.bit_count()
        times = [
            (int(slot), int(length))
            for slot, length in zip(o["times"][offer], o["length"][offer], strict=True)
            if slot >= 0
        ]
        if times:
            total += WEIGHTS["availability"]
            slots = v["slots"][chosen]
            share = sum(length * ((slots >> slot) & 1) for slot, length in times) / sum(length for _, length in times)
            score += WEIGHTS["availability"] * np.where(slots == 0, UNTOLD, share)
        return millionths(score / total)

    def offers_for(self, volunteer: int, limit: int) -> tuple[list[str], list[float]]:
        """The best offers for a volunteer, with their scores."""
        population, v, o = self.population, self.population.v, self.population.o
        km = kilometres(population.positions[v["place"][volunteer]], population.positions)[o["place"]]
        zones = np.array([int(code[:3]) for code in population.codes])
        same_district = (zones[o["place"]] == zones[v["place"][volunteer]]) & (km <= RADIUS_KM)
        fits = o["open"] & ((km <= v["reach"][volunteer]) | same_district)
        levels = np.append(v["levels"][volunteer], 0)
        spoken = (levels[o["required"]] >= o["required_level"]) & (o["required"] >= 0)
        fits &= spoken.any(axis=1) | (o["required"] < 0).all(axis=1)
        fits &= o["skills_required"] & ~v["skills"][volunteer] == 0
        held = np.append((v["qualifications"][volunteer] >> np.arange(3)) & 1, 1)
        fits &= held[o["qualification"]] == 1
        fits &= (o["clearance"] < 0) | (2 * o["organisation"] + o["clearance"] == v["clearance"][volunteer])
        fits &= o["minimum_age"] <= v["age"][volunteer]
        if v["away"][volunteer]:
            fits &= ~o["dated"]
        chosen = fits.nonzero()[0]
        scores = self._offer_scores(volunteer, chosen, km[chosen])
        best = _best(scores, self.offer_order[chosen], limit)
        return [population.offer_id(int(chosen[each])) for each in best], scores[best].tolist()

    def _offer_scores(self, volunteer: int, chosen: Column, km: Column) -> Column:
        v, o = self.population.v, self.population.o
        always = ("distance", "wishes", "urgency", "experience", "fairness", "asked", "declined")
        total = np.full(len(chosen), sum(WEIGHTS[name] for name in always))
        half = HALF_KM[v["travel"][volunteer]]
        score = self._static[volunteer] + WEIGHTS["distance"] * half / (half + km)
        score += WEIGHTS["urgency"] * (effective_urgency(o, chosen) - 1) / 4
        wishes, topics = int(v["wishes"][volunteer]), o["topic"][chosen]
        score += WEIGHTS["wishes"] * ((wishes >> topics) & 1 if wishes else UNTOLD)
        rested = min(1.0, v["declined_days"][volunteer] / DECLINED_DAYS)
        score += WEIGHTS["declined"] * np.where(topics == v["declined"][volunteer], rested, 1.0)
        quality = QUALITY[np.append(v["levels"][volunteer], 0)]
        wanted = np.column_stack((o["required"], o["welcome"]))[chosen]
        any_wanted = (wanted >= 0).any(axis=1)
        total += WEIGHTS["shared_languages"] * any_wanted
        score += WEIGHTS["shared_languages"] * any_wanted * (1 - np.prod(1 - quality[wanted], axis=1))
        welcome = o["skills_welcome"][chosen]
        count = np.bitwise_count(welcome)
        total += WEIGHTS["skills"] * (count > 0)
        score += WEIGHTS["skills"] * np.bitwise_count(welcome & v["skills"][volunteer]) / np.maximum(count, 1)
        times, lengths = o["times"][chosen], o["length"][chosen] * (o["times"][chosen] >= 0)
        minutes = lengths.sum(axis=1)
        slots = int(v["slots"][volunteer])
        inside = (lengths * ((slots >> np.maximum(times, 0)) & 1)).sum(axis=1)
        share = inside / np.maximum(minutes, 1) if slots else np.full(len(chosen), UNTOLD)
        total += WEIGHTS["availability"] * (minutes > 0)
        score += WEIGHTS["availability"] * (minutes > 0) * share
        return millionths(score / total)


def effective_urgency(o: dict[str, Column], which: "int | Column") -> Column:
    """What the decay has left of the urgency."""
    half_life = o["half_life"][which]
    left = np.where(half_life > 0, 2.0 ** -(o["set_days"][which] / np.maximum(half_life, 1)), 1.0)
    return np.asarray(1 + (o["urgency"][which] - 1) * left)


def millionths(score: Column) -> Column:
    """To the nearest."""
    return np.floor(np.minimum(1.0, score) * 1_000_000 + 0.5001)


def _best(scores: Column, order: Column, limit: int) -> Column:
    if len(scores) > 20 * limit:
        least = np.partition(scores, -limit)[-limit]
        some = (scores >= least).nonzero()[0]
        return np.asarray(some[np.lexsort((order[some], -scores[some]))][:limit])
    return np.asarray(np.lexsort((order, -scores))[:limit])
