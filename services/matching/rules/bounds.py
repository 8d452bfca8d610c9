"""Bounds of a score: what the postings say about a pair suffices for a value that the score never exceeds.

Postings hold sets of words as bits; words beyond the last bit share it, so what they say is never too little. The database
computes the bound from them, best first; whoever has a better bound than the worst of the list is looked at in full, by the
rules, and nobody else can belong to it. Scores are whole millionths, so ties are exact; a bound is rounded so that an error
of floating point never puts it below.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from typing import Any

from services.matching.models.suggestions import Weights
from services.matching.rules.scoring import MILLION

UNROLLED = 3
"""So many languages, skills and parts of days are looked at one by one; all further ones together."""
EMPTY_BUCKET, EMPTY_BIT, EMPTY_SLOT = 60, 63, 30
"""Where no posting has anything."""
EVERYBODY, NO_WISH = "*", "no wish"
RARE = 0.002
"""A smaller share of everybody is looked at all together."""


@lru_cache(maxsize=16384)
def hash_of(word: str) -> int:
    """A word as 60 bits, as `hash_of` of the database has it."""
    return int(md5(word.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def clearance_word(organisation_id: object, legal_basis: str, activity: str) -> str:
    """Under what a clearance is posted."""
    return f"clearance {organisation_id} {legal_basis} {activity}"


@dataclass(frozen=True, slots=True)
class Posted:
    """What is known of the postings at large. `numbers`: which bit a word stands for, by kind and word.

    `shares`: which share of everybody stands under a common term; those that are not in it are rare.
    """

    numbers: Mapping[tuple[str, str], int]
    shares: Mapping[int, float]

    def bits(self, kind: str, words: Iterable[str]) -> int:
        """A set of words as bits; a word that nobody uses has none."""
        found = 0
        for word in words:
            number = self.numbers.get((kind, word))
            if number is not None:
                found |= 1 << number
        return found

    def share(self, words: Iterable[str]) -> float:
        """Which share of everybody stands under any of some terms, at most."""
        return min(1.0, sum(self.shares.get(hash_of(word), 0.0) for word in words))


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that makes a score better, with the terms under which everybody is posted who has it.

    `loss`: how much of the full score is missing for everybody who stands under none of them. `after`: the feature without
    which this one loses as much as that only for those who stand under none of that one's terms either; it loses something.
    """

    words: tuple[str, ...]
    loss: float
    after: "Feature | None" = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Postings under some terms, around an offer. `missing`: what everybody there lacks whom no walk before has met."""

    words: tuple[str, ...]
    missing: float
    share: float


def walks(narrowed: Sequence[tuple[str, ...]], features: Iterable[Feature], posted: Posted) -> list[Walk]:
    """In which postings to look, and what can be missing there: together everybody who could meet the requirements.

    `narrowed`: for each hard requirement the terms of which everybody has one who meets it. Few who meet one are looked at
    all. Otherwise those come first who have what is rare and counts; whoever was not met by then lacks it, and needs to
    live so much nearer.
    """
    rarest = min(narrowed, key=posted.share, default=(EVERYBODY,))
    share = posted.share(rarest) if narrowed else 1.0
    worth = sorted((each for each in features if each.loss > 0), key=lambda each: _cost(each, posted))
    if not worth or (narrowed and share <= 2 * posted.share(worth[0].words)) or (narrowed and share < RARE):
        return [Walk(rarest, 0.0, share)]
    found, missing = [], 0.0
    for feature in worth:
        found.append(Walk(feature.words, missing, posted.share(feature.words)))
        missing += feature.loss
    return [*found, Walk(rarest, missing, share)]


def _cost(feature: Feature, posted: Posted) -> float:
    own = posted.share(feature.words) / feature.loss
    return own if feature.after is None else max(own, _cost(feature.after, posted) * (1 + 1e-9))


def farthest(spare: float, distance_share: float, half_km: float) -> float:
    """At how many kilometres the distance alone has used up what is to spare: infinite, never; below zero, nowhere."""
    if spare < 0:
        return -1.0
    if spare >= distance_share:
        return float("inf")
    return half_km * (1 / (1 - spare / distance_share) - 1) + 1e-6


def spare(full: float, at_least: int) -> float:
    """How much may be missing of the full score for so many millionths; a little more, so that rounding costs nobody."""
    return full - (at_least - 2) / MILLION


def shares_of(weights: Weights, silent: Iterable[str]) -> dict[str, float]:
    """Each part's share of the whole; those of which nothing is said have none."""
    left_out = set(silent)
    counted = {name: 0.0 if name in left_out else float(value) for name, value in weights.model_dump().items()}
    total = sum(counted.values())
    return {name: value / total if total else 0.0 for name, value in counted.items()}


def microseconds(instant: datetime) -> int:
    """Since 1970, exactly."""
    return int(instant.replace(microsecond=0).timestamp()) * MILLION + instant.microsecond


def nth(values: Sequence[Any], number: int, otherwise: Any) -> Any:
    """One of some values, or what stands for none."""
    return values[number] if number < len(values) else otherwise
