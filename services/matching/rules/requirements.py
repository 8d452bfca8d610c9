"""The hard requirements of an offer. They are never traded: whoever misses one is not suggested and cannot be placed."""

from collections.abc import Iterable
from datetime import date

from services.matching.models.offers import Offer
from services.matching.models.suggestions import Requirement, Unmet
from services.matching.models.volunteers import Candidate
from services.matching.rules.distance import kilometres
from services.matching.rules.times import absent_throughout, periods_overlap, times_overlap
from shared.contracts.vocabulary import Level

_LEVELS = tuple(Level)


def reaches(level: Level, at_least: Level) -> bool:
    """Is a level of the Common European Framework at least the other? `native` is above all."""
    return _LEVELS.index(level) >= _LEVELS.index(at_least)


def distance_between(candidate: Candidate, offer: Offer) -> float | None:
    """Kilometres between the two postal codes; None when one is not known here."""
    if candidate.point is None or offer.point is None:
        return None
    return kilometres(candidate.point, offer.point)


def unmet_requirements(candidate: Candidate, offer: Offer, today: date, language_at_least: Level) -> tuple[Unmet, ...]:
    """What the volunteer lacks for the offer, in a stable order; nothing: they may be placed.

    Parameters
    ----------
    today
        The calendar date in Germany.
    language_at_least
        From this level on a language counts as spoken.
    """
    return (
        *_reach(candidate, offer),
        *_language(candidate, offer, language_at_least),
        *_qualifications(candidate, offer),
        *_age(candidate, offer),
        *_presence(candidate, offer, today),
        *_overlap(candidate, offer),
    )


def _reach(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    if candidate.district == offer.district:
        return
    km = distance_between(candidate, offer)
    if km is None:
        yield Unmet(Requirement.WITHIN_REACH, {"reach_km": candidate.reach_km})
    elif km > candidate.reach_km:
        yield Unmet(Requirement.WITHIN_REACH, {"km": round(km, 1), "reach_km": candidate.reach_km})


def _language(candidate: Candidate, offer: Offer, at_least: Level) -> Iterable[Unmet]:
    if not offer.languages_required:
        return
    spoken = {entry.language for entry in candidate.languages if reaches(entry.level, at_least)}
    if spoken.isdisjoint(offer.languages_required):
        yield Unmet(Requirement.LANGUAGE, {"any_of": list(offer.languages_required), "level": at_least.value})


def _qualifications(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    for qualification in offer.qualifications:
        if qualification not in candidate.qualifications:
            yield Unmet(Requirement.QUALIFICATION, {"qualification": qualification})


def _age(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    if offer.minimum_age is None:
        return
    if candidate.age_reached is None:
        yield Unmet(Requirement.AGE_TOLD, {"minimum_age": offer.minimum_age})
    elif candidate.age_reached < offer.minimum_age:
        yield Unmet(Requirement.MINIMUM_AGE, {"minimum_age": offer.minimum_age})


def _presence(candidate: Candidate, offer: Offer, today: date) -> Iterable[Unmet]:
    if candidate.paused:
        yield Unmet(Requirement.NOT_PAUSED)
    if offer.starts_on is None or offer.ends_on is None:
        return
    first_day = max(offer.starts_on, today)
    if absent_throughout(first_day, offer.ends_on, offer.weekly, candidate.absences):
        yield Unmet(
            Requirement.PRESENT,
            {"first_day": offer.starts_on.isoformat(), "last_day": offer.ends_on.isoformat()},
        )


def _overlap(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    in_the_way = [
        str(commitment.offer_id)
        for commitment in candidate.commitments
        if commitment.offer_id != offer.offer_id
        and periods_overlap(commitment.starts_on, commitment.ends_on, offer.starts_on, offer.ends_on)
        and times_overlap(commitment.weekly, offer.weekly)
    ]
    if in_the_way:
        yield Unmet(Requirement.NO_OVERLAP, {"offers": in_the_way})
