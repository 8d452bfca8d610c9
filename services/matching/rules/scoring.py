"""The score of a volunteer for an offer, once no hard requirement is missing: parts in [0, 1], weighed by configuration.

A part about which the offer says nothing (no language is asked for, no weekly time is set, a postal code is not known) is
left out, and the others count for the whole. So who is compared for one offer is weighed by the same parts.
"""

from collections.abc import Iterable
from datetime import date, datetime
from math import floor

from services.matching.models.offers import Offer
from services.matching.models.suggestions import Part, Scale, Scored, Weights
from services.matching.models.volunteers import Candidate
from services.matching.rules.requirements import distance_between
from services.matching.rules.times import available_share
from services.matching.rules.urgency import effective_urgency
from shared.contracts.vocabulary import Level, Travel
from shared.runtime.clock import BERLIN

MILLION = 1_000_000
WEEKS_OF_ASKS = 4
_A_MONDAY = date(2001, 1, 1)
FARTHEST_FIRST = (Travel.CAR, Travel.PUBLIC_TRANSPORT, Travel.BICYCLE, Travel.FOOT)
UNTOLD = 0.5
"""The value of a part about which the volunteer has told nothing: neither for nor against them."""
QUALITY: dict[Level, float] = {
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
        *_skills(candidate, offer),
        *_distance(candidate, offer, scale),
        *_availability(candidate, offer),
        _wishes(candidate, offer),
        _urgency(offer, now),
        Part(
            "experience",
            min(1.0, candidate.confirmed_placements / scale.full_experience_placements),
            {"placements": candidate.confirmed_placements},
        ),
        _fairness(candidate, now, scale.full_fairness_days),
        _asked(candidate, now, scale.full_asks),
        _declined(candidate, offer, now, scale.declined_days),
    )
    return Scored(weighed(parts, scale.weights), parts)


def weighed(parts: Iterable[Part], weights: Weights) -> float:
    """The mean of the parts' values by their weights, in [0, 1], in whole millionths; 0 when none of them counts.

    Millionths make ties what they are: two who differ by a rounding error only are equal, and then the id decides.
    """
    counted = [(part.value, float(getattr(weights, part.part))) for part in parts]
    total = sum(weight for _, weight in counted)
    if not total:
        return 0.0
    return in_millionths(min(1.0, sum(value * weight for value, weight in counted) / total)) / MILLION


def in_millionths(value: float) -> int:
    """A score as a whole number, to the nearest; halves go up also where the error of floating point takes them below."""
    return floor(value * MILLION + 0.5001)


def half_distance(candidate: Candidate, scale: Scale) -> float:
    """Kilometres at which the distance counts half: by the farthest-reaching means of travel that they have."""
    for means in FARTHEST_FIRST:
        if means in candidate.travel:
            return scale.half_distance_km_by_travel.get(means, scale.half_distance_km)
    return scale.half_distance_km


def week_of(instant: datetime) -> int:
    """Weeks since a Monday long ago, in Germany."""
    return (instant.astimezone(BERLIN).date() - _A_MONDAY).days // 7


def asked_lately(candidate: Candidate, now: datetime) -> int:
    """How often somebody was asked in this week and the three before."""
    this_week = week_of(now)
    return sum(1 for asked_at in candidate.asked_at if 0 <= this_week - week_of(asked_at) < WEEKS_OF_ASKS)


def _shared_languages(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    wanted = tuple(dict.fromkeys((*offer.languages_required, *offer.languages_welcome)))
    if not wanted:
        return
    best: dict[str, float] = {}
    for entry in candidate.languages:
        if entry.language in wanted:
            best[entry.language] = max(best.get(entry.language, 0.0), QUALITY[entry.level])
    missing = 1.0
    for quality in best.values():
        missing *= 1 - quality
    shared = [language for language in wanted if language in best]
    yield Part("shared_languages", 1 - missing, {"shared": shared, "wanted": list(wanted)})


def _skills(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    if offer.skills_welcome:
        shared = [skill for skill in offer.skills_welcome if skill in candidate.skills]
        value = len(shared) / len(offer.skills_welcome)
        yield Part("skills", value, {"shared": shared, "wanted": list(offer.skills_welcome)})


def _distance(candidate: Candidate, offer: Offer, scale: Scale) -> Iterable[Part]:
    km = distance_between(candidate, offer)
    if km is not None:
        half_km = half_distance(candidate, scale)
        yield Part("distance", half_km / (half_km + km), {"km": round(km, 1), "travel": _best_travel(candidate)})


def _best_travel(candidate: Candidate) -> str:
    return next((means.value for means in FARTHEST_FIRST if means in candidate.travel), "")


def _availability(candidate: Candidate, offer: Offer) -> Iterable[Part]:
    if not offer.weekly:
        return
    if not candidate.availability:
        yield Part("availability", UNTOLD, {"told": 0})
        return
    share = min(1.0, available_share(offer.weekly, candidate.availability))
    yield Part("availability", share, {"told": 1, "percent": round(share * 100)})


def _wishes(candidate: Candidate, offer: Offer) -> Part:
    if not candidate.wishes:
        return Part("wishes", UNTOLD, {"topic": offer.topic, "told": 0, "wished": 0})
    wished = offer.topic in candidate.wishes
    return Part("wishes", float(wished), {"topic": offer.topic, "told": 1, "wished": int(wished)})


def _urgency(offer: Offer, now: datetime) -> Part:
    left = effective_urgency(offer, now)
    return Part("urgency", (left - 1) / 4, {"urgency": round(left, 1)})


def _fairness(candidate: Candidate, now: datetime, full_days: int) -> Part:
    days = max(0, (now - candidate.waiting_since).days)
    return Part("fairness", min(1.0, days / full_days), {"days": days})


def _asked(candidate: Candidate, now: datetime, full_asks: int) -> Part:
    asks = asked_lately(candidate, now)
    return Part("asked", max(0.0, 1 - asks / full_asks), {"asks": asks, "weeks": WEEKS_OF_ASKS})


def _declined(candidate: Candidate, offer: Offer, now: datetime, rest_days: int) -> Part:
    declined_at = candidate.declined.get(offer.topic)
    if declined_at is None:
        return Part("declined", 1.0, {"topic": offer.topic, "declined": 0})
    days = max(0, (now - declined_at).days)
    return Part("declined", min(1.0, days / rest_days), {"topic": offer.topic, "declined": 1, "days": days})
