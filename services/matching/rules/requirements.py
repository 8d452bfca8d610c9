"""The hard requirements of an offer. They are never traded: whoever misses one is not suggested and cannot be placed."""

from collections.abc import Iterable
from datetime import date

from services.matching.models.offers import Offer
from services.matching.models.suggestions import Requirement, Unmet
from services.matching.models.volunteers import Candidate, Commitment, Dated, HeldClearance
from services.matching.rules.distance import kilometres
from services.matching.rules.times import absent_throughout, commitments_overlap, days_of
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


def unmet_requirements(
    candidate: Candidate,
    offer: Offer,
    today: date,
    language_at_least: Level,
    undertaking_required: bool = False,
    shift: Dated | None = None,
) -> tuple[Unmet, ...]:
    """What the volunteer lacks for the offer, in a stable order; nothing: they may be placed.

    Parameters
    ----------
    today
        The calendar date in Germany.
    language_at_least
        From this level on a language counts as spoken, where the offer states no level of its own.
    undertaking_required
        Whether only who has signed the confidentiality undertaking may be placed.
    shift
        The shift that is asked for; None: the offer itself.
    """
    return (
        *_reach(candidate, offer),
        *_language(candidate, offer, language_at_least),
        *_skills(candidate, offer),
        *_qualifications(candidate, offer),
        *_clearance(candidate, offer),
        *_undertaking(candidate, undertaking_required),
        *_age(candidate, offer),
        *_presence(candidate, offer, today, shift),
        *_overlap(candidate, offer, shift),
        *_boundary(offer),
    )


def asked_for(offer: Offer, undertaking_required: bool = False) -> tuple[Requirement, ...]:
    """The requirements that there are for this offer, met or not; an age that was not told stands for the age."""
    conditional = {
        Requirement.LANGUAGE: bool(offer.languages_required),
        Requirement.SKILL: bool(offer.skills_required),
        Requirement.QUALIFICATION: bool(offer.qualifications),
        Requirement.CLEARANCE: offer.clearance_basis is not None,
        Requirement.UNDERTAKING: undertaking_required,
        Requirement.MINIMUM_AGE: offer.minimum_age is not None,
        Requirement.AGE_TOLD: False,
        Requirement.BOUNDARY: offer.boundary_id is not None or offer.boundary_ended,
    }
    return tuple(each for each in Requirement if conditional.get(each, True))


def _reach(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    if candidate.district == offer.district:
        return
    km = distance_between(candidate, offer)
    if km is None:
        yield Unmet(Requirement.WITHIN_REACH, {"reach_km": candidate.reach_km})
    elif km > candidate.reach_km:
        yield Unmet(Requirement.WITHIN_REACH, {"km": round(km, 1), "reach_km": candidate.reach_km})


def levels_required(offer: Offer, at_least: Level) -> dict[str, Level]:
    """Each language that is required, any one of which is enough, with the level from which it counts."""
    stated = offer.language_levels or (at_least,) * len(offer.languages_required)
    return dict(zip(offer.languages_required, stated, strict=True))


def _language(candidate: Candidate, offer: Offer, at_least: Level) -> Iterable[Unmet]:
    if not offer.languages_required:
        return
    needed = levels_required(offer, at_least)
    if not any(
        entry.language in needed and reaches(entry.level, needed[entry.language]) for entry in candidate.languages
    ):
        levels = [level.value for level in needed.values()]
        yield Unmet(Requirement.LANGUAGE, {"any_of": list(needed), "levels": levels})


def _skills(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    for skill in offer.skills_required:
        if skill not in candidate.skills:
            yield Unmet(Requirement.SKILL, {"skill": skill})


def _qualifications(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    for qualification in offer.qualifications:
        if qualification not in candidate.qualifications:
            yield Unmet(Requirement.QUALIFICATION, {"qualification": qualification})


def _clearance(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    """§ 72a SGB VIII, § 44(3) AsylG; it counts for that organisation and activity only (§ 30a(3) BZRG)."""
    if offer.clearance_basis is None or offer.clearance_activity is None:
        return
    needed = HeldClearance(offer.organisation_id, offer.clearance_basis, offer.clearance_activity)
    if needed not in candidate.clearances:
        yield Unmet(
            Requirement.CLEARANCE,
            {"legal_basis": needed.legal_basis.value, "kind_of_activity": needed.kind_of_activity},
        )


def _undertaking(candidate: Candidate, required: bool) -> Iterable[Unmet]:
    if required and not candidate.undertaking_valid:
        yield Unmet(Requirement.UNDERTAKING)


def _age(candidate: Candidate, offer: Offer) -> Iterable[Unmet]:
    if offer.minimum_age is None:
        return
    if candidate.age_reached is None:
        yield Unmet(Requirement.AGE_TOLD, {"minimum_age": offer.minimum_age})
    elif candidate.age_reached < offer.minimum_age:
        yield Unmet(Requirement.MINIMUM_AGE, {"minimum_age": offer.minimum_age})


def _presence(candidate: Candidate, offer: Offer, today: date, shift: Dated | None) -> Iterable[Unmet]:
    if candidate.paused:
        yield Unmet(Requirement.NOT_PAUSED)
    if shift is not None:
        first_day, last_day = days_of(shift)
        if absent_throughout(first_day, last_day, (), candidate.absences):
            yield _absent(first_day, last_day)
        return
    if offer.starts_on is None or offer.ends_on is None:
        return
    if absent_throughout(max(offer.starts_on, today), offer.ends_on, offer.weekly, candidate.absences):
        yield _absent(offer.starts_on, offer.ends_on)


def _absent(first_day: date, last_day: date) -> Unmet:
    return Unmet(Requirement.PRESENT, {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()})


def _overlap(candidate: Candidate, offer: Offer, shift: Dated | None) -> Iterable[Unmet]:
    asked = Commitment(offer.offer_id, () if shift else offer.weekly, offer.starts_on, offer.ends_on, shift)
    in_the_way = [
        str(commitment.offer_id)
        for commitment in candidate.commitments
        if (commitment.offer_id != offer.offer_id or (shift is not None and commitment.dated is not None))
        and commitments_overlap(commitment, asked)
    ]
    if in_the_way:
        yield Unmet(Requirement.NO_OVERLAP, {"offers": in_the_way})


def _boundary(offer: Offer) -> Iterable[Unmet]:
    if offer.boundary_ended:
        yield Unmet(Requirement.BOUNDARY, {"boundary_id": str(offer.boundary_id)})
