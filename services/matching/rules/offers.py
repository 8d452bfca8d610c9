"""What an offer must keep, whether it is new or changed, and the one state machine of offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.models.offers import RUNNING, Boundary, Offer, OfferStatus
from services.matching.models.places import Place
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import Level


class OfferStep(StrEnum):
    """What moves an offer on."""

    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    FILL = "fill"
    """The last place was confirmed."""
    REOPEN = "reopen"
    """A confirmed place came free, or places were added."""


@dataclass(frozen=True, slots=True)
class OfferTransition:
    """A step: from which statuses, to which, and whether it happens by itself."""

    before: frozenset[OfferStatus]
    after: OfferStatus
    by_itself: bool = False


MACHINE: dict[OfferStep, OfferTransition] = {
    OfferStep.PUBLISH: OfferTransition(frozenset((OfferStatus.DRAFT,)), OfferStatus.PUBLISHED),
    OfferStep.PAUSE: OfferTransition(frozenset((OfferStatus.PUBLISHED, OfferStatus.FILLED)), OfferStatus.PAUSED),
    OfferStep.RESUME: OfferTransition(frozenset((OfferStatus.PAUSED,)), OfferStatus.PUBLISHED),
    OfferStep.CLOSE: OfferTransition(RUNNING | {OfferStatus.DRAFT}, OfferStatus.CLOSED),
    OfferStep.FILL: OfferTransition(frozenset((OfferStatus.PUBLISHED,)), OfferStatus.FILLED, by_itself=True),
    OfferStep.REOPEN: OfferTransition(frozenset((OfferStatus.FILLED,)), OfferStatus.PUBLISHED, by_itself=True),
}


def offer_status_after(status: OfferStatus, step: OfferStep) -> OfferStatus:
    """The status to which a step moves an offer.

    Raises
    ------
    Refusal
        `offer-closed`, or `offer-step-impossible` with the status and the steps that somebody could take instead.
    """
    transition = MACHINE[step]
    if status in transition.before:
        return transition.after
    if status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    raise refusals.offer_step_impossible(status, step, possible_offer_steps(status))


def possible_offer_steps(status: OfferStatus) -> tuple[OfferStep, ...]:
    """The steps that somebody can take from a status, in the machine's order."""
    return tuple(step for step, t in MACHINE.items() if status in t.before and not t.by_itself)


def step_by_places(status: OfferStatus, is_full: bool) -> OfferStep | None:
    """What the places ask for: `fill` when every one is confirmed, `reopen` when that is no longer so."""
    if status is OfferStatus.PUBLISHED and is_full:
        return OfferStep.FILL
    if status is OfferStatus.FILLED and not is_full:
        return OfferStep.REOPEN
    return None


def levels_of(
    languages: tuple[str, ...], stated: tuple[Level, ...] | None, known: Mapping[str, Level], otherwise: Level
) -> tuple[Level, ...]:
    """The level from which each language counts: as stated, else as it was before, else the usual one."""
    if stated:
        return stated
    return tuple(known.get(language, otherwise) for language in languages)


def check_offer(offer: Offer, place: Place | None) -> None:
    """Refuse an offer that contradicts itself or lies nowhere.

    Raises
    ------
    Refusal
        `offer-period`, `language-levels`, `clearance-without-basis`, `translation-into-german`, `postal-code-unknown` or
        `district-does-not-fit`.
    """
    if offer.starts_on and offer.ends_on and offer.ends_on < offer.starts_on:
        raise refusals.offer_period()
    if len(offer.language_levels) != len(offer.languages_required):
        raise refusals.language_levels()
    if not _is_lawful(offer):
        raise refusals.clearance_without_basis()
    if "de" in offer.translations:
        raise refusals.translation_into_german()
    if place is None:
        raise refusals.postal_code_unknown()
    if place.districts and offer.district not in place.districts:
        raise refusals.district_does_not_fit(place.districts)


def _is_lawful(offer: Offer) -> bool:
    """Asking for a clearance needs its legal basis and the activity (§ 30a(2) BZRG); another basis is stated in words."""
    if (offer.clearance_basis is None) != (offer.clearance_activity is None):
        return False
    return (offer.clearance_basis is LegalBasis.OTHER) == (offer.clearance_stated is not None)


def check_contact(offer: Offer, organisation_id: UUID) -> None:
    """Refuse a named contact of another organisation.

    Raises
    ------
    Refusal
        `contact-not-of-organisation`.
    """
    if offer.organisation_id != organisation_id:
        raise refusals.contact_not_of_organisation()


def check_boundary(offer: Offer, boundary: Boundary) -> None:
    """Refuse a task boundary that is not in force, or that others agreed, or for another district.

    Raises
    ------
    Refusal
        `boundary-does-not-fit`.
    """
    concerns = offer.organisation_id in boundary.organisation_ids and offer.district == boundary.district
    if not concerns or not boundary.is_in_force:
        raise refusals.boundary_does_not_fit()


def check_places(places: int, places_taken: int) -> None:
    """Refuse fewer places than are taken.

    Raises
    ------
    Refusal
        `places-below-taken`, with the number taken.
    """
    if places < places_taken:
        raise refusals.places_below_taken(places_taken)


def with_urgency_set(values: Mapping[str, Any]) -> bool:
    """Whether a change says anew how urgent it is: then the decay begins again."""
    return not {"urgency", "urgency_half_life_days"}.isdisjoint(values)
