"""What is searched for a volunteer: the bound of every offer's score, as parameters of one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.matching.models.suggestions import Scale
from services.matching.models.volunteers import Candidate
from services.matching.rules.bounds import (
    EMPTY_BIT,
    Posted,
    clearance_word,
    farthest,
    hash_of,
    microseconds,
    nth,
    spare,
)
from services.matching.rules.scoring import QUALITY, UNTOLD, asked_lately, half_distance
from services.matching.rules.times import slot_of
from shared.contracts.vocabulary import Level

_LANGUAGES = 4
_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class OfferSearch:
    """`full`: the score of an offer in which everything fits; `parameters`: what the statement computes the bounds with."""

    full: float
    distance_share: float
    half_km: float
    parameters: dict[str, Any]

    def reach(self, at_least: int) -> float:
        """How far away an offer may be to get so many millionths."""
        return farthest(spare(self.full, at_least), self.distance_share, self.half_km)


def words_of(candidate: Candidate) -> list[tuple[str, str]]:
    """The words of a volunteer that have numbers."""
    return [
        *(("language", entry.language) for entry in candidate.languages),
        *(("skill", skill) for skill in candidate.skills),
        *(("qualification", term) for term in candidate.qualifications),
    ]


def offer_search(
    candidate: Candidate,
    now: datetime,
    today: date,
    scale: Scale,
    posted: Posted,
    *,
    lacking: bool = False,
    lacks_undertaking: bool = False,
) -> OfferSearch:
    """What is searched for a volunteer.

    Parameters
    ----------
    lacking
        Not what they could take, but what they could take if they got what is missing.
    lacks_undertaking
        Without the undertaking that is asked for they lack something everywhere.
    """
    weights = scale.weights
    days = min(max(0, (now - candidate.waiting_since).days) / scale.full_fairness_days, 1.0)
    experience = min(1.0, candidate.confirmed_placements / scale.full_experience_placements)
    asked = max(0.0, 1 - asked_lately(candidate, now) / scale.full_asks)
    static = weights.experience * experience + weights.fairness * days + weights.asked * asked
    missing = weights.experience + weights.fairness + weights.asked - static
    distance = weights.distance if candidate.point is not None else 0.0
    always = weights.wishes + weights.urgency + weights.experience + weights.fairness + weights.asked + weights.declined
    # Of an offer that says nothing of what counts nothing is left: its score is 0 of nothing.
    said = weights.shared_languages + weights.skills + weights.availability
    most = always + distance + said or 1.0
    half_km = half_distance(candidate, scale)
    age = candidate.age_reached or 0
    return OfferSearch(
        full=1 - missing / most,
        distance_share=distance / most,
        half_km=half_km,
        parameters={
            "district": candidate.district,
            "reach_km": candidate.reach_km,
            "age": 18 if lacking and candidate.age_reached is None else age,
            "told_age": age,
            "lacking": lacking,
            "lacks_everywhere": candidate.paused or lacks_undertaking,
            "qualifications": posted.bits("qualification", candidate.qualifications),
            "skills": posted.bits("skill", candidate.skills),
            "clearances": [
                hash_of(clearance_word(held.organisation_id, held.legal_basis.value, held.kind_of_activity))
                for held in candidate.clearances
            ],
            "today": today,
            "now": microseconds(now),
            "always_weight": always + distance,
            "constant": static + weights.declined,
            "distance_weight": distance,
            "half_km": half_km,
            "language_weight": weights.shared_languages,
            "skill_weight": weights.skills,
            "availability_weight": weights.availability,
            "wish_weight": weights.wishes,
            "untold_wish": weights.wishes * UNTOLD,
            "urgency_weight": weights.urgency / 4,
            "wishes": [hash_of(topic) for topic in candidate.wishes],
            "has_wishes": bool(candidate.wishes),
            "slots": sum(1 << slot for slot in {slot_of(entry) for entry in candidate.availability}),
            **_languages(candidate, posted),
        },
    )


def _languages(candidate: Candidate, posted: Posted) -> dict[str, Any]:
    """The best languages one by one; further ones as if they were spoken as one's own."""
    best: dict[int, float] = {}
    for entry in candidate.languages:
        number = posted.numbers.get(("language", entry.language))
        if number is not None:
            best[number] = max(best.get(number, 0.0), QUALITY[entry.level])
    known: Sequence[tuple[int, float]] = sorted(best.items(), key=lambda each: (-each[1], each[0]))
    first = known[:_LANGUAGES]
    return {
        "spoken": sum(1 << number for number, _ in known),
        "more_languages": sum(1 << number for number, _ in known[_LANGUAGES:]),
        **{f"language_{number + 1}": nth(first, number, (EMPTY_BIT, 0.0))[0] for number in range(_LANGUAGES)},
        **{f"quality_{number + 1}": nth(first, number, (EMPTY_BIT, 0.0))[1] for number in range(_LANGUAGES)},
    }
