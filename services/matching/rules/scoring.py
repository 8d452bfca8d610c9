"""The score of a volunteer for an offer, once no hard requirement is missing: parts in [0, 1], weighed by configuration.

A part that says nothing about this pair (no language is asked for, no weekly time is set, a postal code is not known)
is left out, and the others count for the whole.
"""

from collections.abc import Iterable
from datetime import datetime

from services.matching.models.offers import Offer
from services.matching.models.suggestions import Part, Scale, Scored, Weights
from services.matching.models.volunteers import Candidate
from services.matching.rules.requirements import distance_between
from services.matching.rules.times import available_share
from shared.contracts.vocabulary import Level

UNTOLD = 0.5
"""The value of a part about which the volunteer has told nothing: neither for nor against them."""
_QUALITY: dict[Level, float] = {
    Level.A1: 0.2,
    Level.A2: 0.4,
    Level.B1: 0.6,
    Level.B2: 0.8,
    Level.C1: 0.9,
    Level.C2: 1.0,
    Level.NATIVE: 1.0,
}


def score(candidate: Candidate, offer: Offer, now: datetime, scale: Scale) -> Scored:
    """Every part that says something, and their weighed mean."""
    parts = (
        *_shared_languages(candidate, offer),
        *_distance(candidate, offer, scale.half_distance_km),
        *_availability(candidate, offer),
        *_wishes(candidate, offer),
        Part("urgency", (offer.urgency - 1) / 4, {"urgency": offer.urgency}),
        Part(
            "experience",
            min(1.0, candidate.confirmed_placements / scale.full_experience_placements),
            {"placements": candidate.confirmed_placements},
        ),
        _fairness(candidate, now, scale.full_fairness_days),
    )
    return Scored(weighed(parts, scale.weights), parts)


def weighed(parts: Iterable[Part], weights: Weights) -> float:
    """The mean of the parts' values by their weights, in [0, 1]; 0 when none of them counts."""
    counted = [(part.value, float(getattr(weights, part.part))) for part in parts]
    total = sum(weight for _, weight in counted)
    if not total:
        return 0.0
    return min(1.0, sum(value * weight for value, weight in counted) / total)


def _shared_languages(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    wanted = tuple(dict.fromkeys((*offer.languages_required, *offer.languages_welcome)))
    if not wanted:
        return
    best: dict[str, float] = {}
    for entry in candidate.languages:
        if entry.language in wanted:
            best[entry.language] = max(best.get(entry.language, 0.0), _QUALITY[entry.level])
    missing = 1.0
    for quality in best.values():
        missing *= 1 - quality
    shared = [language for language in wanted if language in best]
    yield Part("shared_languages", 1 - missing, {"shared": shared, "wanted": list(wanted)})


def _distance(candidate: Candidate, offer: Offer, half_km: float) -> Iterable[Part]:
    km = distance_between(candidate, offer)
    if km is not None:
        yield Part("distance", half_km / (half_km + km), {"km": round(km, 1)})


def _availability(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    if not offer.weekly:
        return
    if not candidate.availability:
        yield Part("availability", UNTOLD, {"told": 0})
        return
    share = min(1.0, available_share(offer.weekly, candidate.availability))
    yield Part("availability", share, {"told": 1, "percent": round(share * 100)})


def _wishes(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    if candidate.wishes:
        wished = offer.topic in candidate.wishes
        yield Part("wishes", float(wished), {"topic": offer.topic, "wished": int(wished)})


def _fairness(candidate: Candidate, now: datetime, full_days: int) -> Part:
    days = max(0, (now - candidate.waiting_since).days)
    return Part("fairness", min(1.0, days / full_days), {"days": days})
