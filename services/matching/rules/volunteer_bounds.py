"""What is searched for an offer: the bound of every volunteer's score, as parameters of one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.matching.models.offers import Offer
from services.matching.models.suggestions import Scale
from services.matching.rules.bounds import (
    EMPTY_BIT,
    EMPTY_BUCKET,
    EMPTY_SLOT,
    NO_WISH,
    UNROLLED,
    Feature,
    Posted,
    Walk,
    clearance_word,
    farthest,
    microseconds,
    nth,
    shares_of,
    spare,
    walks,
)
from services.matching.rules.requirements import levels_required
from services.matching.rules.scoring import FARTHEST_FIRST, QUALITY, UNTOLD, week_of
from services.matching.rules.times import slot_minutes
from services.matching.rules.urgency import effective_urgency
from shared.contracts.vocabulary import Level

EXPERIENCES = 4
"""None, one, two, and more confirmed placements."""
KINDS = 5 * EXPERIENCES
"""Of volunteers, as `postings.kind` numbers them: by means of travel, and by experience."""
EVERY_KIND = list(range(KINDS))
_LEVELS = tuple(Level)
_OF_VOLUNTEERS = ("shared_languages", "skills", "distance", "availability", "wishes", "experience", "fairness", "asked")


@dataclass(frozen=True, slots=True)
class VolunteerSearch:
    """`full`: the score of somebody in whom everything fits; `parameters`: what the statement computes the bounds with."""

    walks: list[Walk]
    full: float
    distance_share: float
    experience_share: float
    halves: list[float]
    parameters: dict[str, Any]

    def rings(self, walk: Walk, at_least: int, since: float, radius_km: float) -> list[tuple[float, float, list[int]]]:
        """From where to where which kinds of volunteers of a walk may live to get so many millionths.

        The farther away, the fewer kinds: those who get about by car, those with experience.
        """
        reach = {kind: min(radius_km, self._reach_of(walk, kind, at_least)) for kind in range(KINDS)}
        found, begin = [], since
        for end in _few(sorted(each for each in reach.values() if each >= since)):
            found.append((begin, end, [kind for kind in range(KINDS) if reach[kind] >= begin]))
            begin = end
        return found

    def _reach_of(self, walk: Walk, kind: int, at_least: int) -> float:
        travel, experience = divmod(kind, EXPERIENCES)
        share = self.experience_share
        lost = 0.0 if experience == EXPERIENCES - 1 else share * max(0.0, 1 - experience / self.full_experience)
        left = spare(self.full - walk.missing - lost, at_least)
        return farthest(left, self.distance_share, self.halves[travel])

    @property
    def full_experience(self) -> int:
        return int(self.parameters["full_experience"])


def _few(ends: list[float]) -> list[float]:
    """At most so many of some distances, the last one among them: each ring is a search of its own."""
    if not ends:
        return []
    apart = [ends[0]]
    for end in ends[1:]:
        if end > apart[-1] * 1.2 + 0.5:
            apart.append(end)
    apart[-1] = ends[-1]
    return apart


def words_of(offer: Offer) -> tuple[list[str], list[tuple[str, str]]]:
    """The terms of an offer of which it helps to know how common they are, and the words that have numbers."""
    wanted = (*offer.languages_required, *offer.languages_welcome)
    skills = (*offer.skills_required, *offer.skills_welcome)
    terms = [
        NO_WISH,
        f"wish {offer.topic}",
        *(f"language {code}" for code in wanted),
        *(f"skill {skill}" for skill in skills),
        *(f"qualification {term}" for term in offer.qualifications),
    ]
    numbered = [("topic", offer.topic)]
    numbered += [("language", code) for code in wanted]
    numbered += [("skill", skill) for skill in skills]
    numbered += [("qualification", term) for term in offer.qualifications]
    return terms, numbered


def volunteer_search(
    offer: Offer, now: datetime, scale: Scale, language_at_least: Level, posted: Posted
) -> VolunteerSearch:
    """What is searched for an offer whose place is known."""
    wanted = tuple(dict.fromkeys((*offer.languages_required, *offer.languages_welcome)))
    silent = (
        name
        for name, said in (
            ("shared_languages", wanted),
            ("skills", offer.skills_welcome),
            ("availability", offer.weekly),
        )
        if not said
    )
    share = shares_of(scale.weights, silent)
    constant = share["urgency"] * (effective_urgency(offer, now) - 1) / 4 + share["declined"]
    by_travel = scale.half_distance_km_by_travel
    halves = [scale.half_distance_km]
    halves += [by_travel.get(means, scale.half_distance_km) for means in reversed(FARTHEST_FIRST)]
    return VolunteerSearch(
        walks=walks(list(_narrowed(offer)), _features(offer, share), posted),
        full=constant + sum(share[name] for name in _OF_VOLUNTEERS),
        distance_share=share["distance"],
        experience_share=share["experience"],
        halves=halves,
        parameters={
            "district": offer.district,
            "minimum_age": offer.minimum_age or 0,
            "needed_qualifications": posted.bits("qualification", offer.qualifications),
            "needed_skills": posted.bits("skill", offer.skills_required),
            "constant": constant,
            "distance_share": share["distance"],
            "halves": halves,
            "experience_share": share["experience"] / scale.full_experience_placements,
            "full_experience": scale.full_experience_placements,
            "fairness_share": share["fairness"] / scale.full_fairness_days,
            "full_days": scale.full_fairness_days,
            "asked_share": share["asked"],
            "full_asks": scale.full_asks,
            "this_week": week_of(now),
            "now": microseconds(now),
            "wish_share": share["wishes"],
            "topic": posted.numbers.get(("topic", offer.topic), EMPTY_BIT),
            **_languages(offer, wanted, language_at_least, share["shared_languages"], posted),
            **_skills(offer, share["skills"], posted),
            **_times(offer, share["availability"]),
        },
    )


def _narrowed(offer: Offer) -> Iterator[tuple[str, ...]]:
    for term in offer.qualifications:
        yield (f"qualification {term}",)
    for skill in offer.skills_required:
        yield (f"skill {skill}",)
    if offer.clearance_basis is not None and offer.clearance_activity is not None:
        yield (clearance_word(offer.organisation_id, offer.clearance_basis.value, offer.clearance_activity),)
    if offer.languages_required:
        yield tuple(f"language {code}" for code in offer.languages_required)


def _features(offer: Offer, share: dict[str, float]) -> Iterator[Feature]:
    if not offer.languages_required and offer.languages_welcome:
        yield Feature(tuple(f"language {code}" for code in offer.languages_welcome), share["shared_languages"])
    if offer.skills_welcome:
        yield Feature(tuple(f"skill {skill}" for skill in offer.skills_welcome), share["skills"])
    # Whoever has told no wishes has the half of it; all others who do not wish for the topic have nothing.
    wished = Feature((f"wish {offer.topic}",), share["wishes"] * (1 - UNTOLD))
    yield wished
    yield Feature((NO_WISH,), share["wishes"] * UNTOLD, after=wished)


def _languages(offer: Offer, wanted: Sequence[str], at_least: Level, share: float, posted: Posted) -> dict[str, Any]:
    """The first languages one by one with their levels; of any further one only whether it is spoken at all.

    Required ones come first: for those the level decides whether somebody fits.
    """
    needed = {
        3 * number: _LEVELS.index(level) + 1
        for code, level in levels_required(offer, at_least).items()
        if (number := posted.numbers.get(("language", code))) is not None
    }
    numbers = (posted.numbers.get(("language", code)) for code in wanted)
    buckets = list(dict.fromkeys(3 * number for number in numbers if number is not None))
    first, more = buckets[:UNROLLED], buckets[UNROLLED:]
    return {
        "language_share": share,
        "qualities": [0.0, *(QUALITY[level] for level in _LEVELS)],
        "more_languages": sum(7 << bucket for bucket in more),
        "any_language": not offer.languages_required,
        "enough_more": sum(7 << bucket for bucket in more if bucket in needed),
        **{f"language_{number + 1}": nth(first, number, EMPTY_BUCKET) for number in range(UNROLLED)},
        **{f"enough_{number + 1}": needed.get(nth(first, number, -1), 8) for number in range(UNROLLED)},
    }


def _skills(offer: Offer, share: float, posted: Posted) -> dict[str, Any]:
    wanted = offer.skills_welcome
    each = share / len(wanted) if wanted else 0.0
    known = [number for skill in wanted if (number := posted.numbers.get(("skill", skill))) is not None]
    more = known[UNROLLED:]
    return {
        "skill_share": each,
        "more_skills": sum(1 << number for number in set(more)),
        "more_skill_share": each * len(more),
        **{f"skill_{number + 1}": nth(known, number, EMPTY_BIT) for number in range(UNROLLED)},
    }


def _times(offer: Offer, share: float) -> dict[str, Any]:
    """The parts of days with the most minutes one by one; the further ones as if who can come to one came to all."""
    minutes = sorted(slot_minutes(offer.weekly).items(), key=lambda slot: (-slot[1], slot[0]))
    total = sum(inside for _, inside in minutes)
    shares = [share * inside / total for _, inside in minutes]
    slots = [slot for slot, _ in minutes]
    return {
        "untold_share": share * UNTOLD,
        "more_slots": sum(1 << slot for slot in slots[UNROLLED:]),
        "more_slot_share": float(sum(shares[UNROLLED:])),
        **{f"slot_{number + 1}": nth(slots, number, EMPTY_SLOT) for number in range(UNROLLED)},
        **{f"slot_share_{number + 1}": nth(shares, number, 0.0) for number in range(UNROLLED)},
    }
