"""What matching shows of offers: the shapes of its answers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.matching.api.shapes import Answer
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.searches import FoundOffer, SimilarOffer, TopicCoverage
from services.matching.models.shifts import Shift, ShiftStatus
from services.matching.rules.urgency import effective_urgency
from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import Level


class OfferAnswer(Answer):
    """An offer as everybody may see it."""

    offer_id: UUID
    version: int
    organisation_id: UUID
    organisation_name: str
    title: str
    description: str
    topic: str
    district: str
    postal_code: str
    place_name: str
    weekly: list[WeeklyTime]
    starts_on: date | None
    ends_on: date | None
    languages_required: list[str]
    languages_welcome: list[str]
    qualifications: list[str]
    minimum_age: int | None
    places: int
    places_free: int
    waiting: int
    urgency: int
    status: OfferStatus
    translations: dict[str, Translation]
    language_levels: list[Level] = Field(description="parallel to languages_required")
    skills_required: list[str]
    skills_welcome: list[str]
    clearance_basis: LegalBasis | None
    clearance_activity: str | None
    clearance_stated: str | None
    boundary_id: UUID | None
    volunteer_tasks: str
    staff_tasks: str
    urgency_reason: str
    urgency_set_at: datetime
    urgency_half_life_days: int | None
    accompanied_first: bool
    contact_id: UUID | None = Field(description="null: the coordinator is the contact")
    confirmed_on: date
    is_stale: bool = Field(description="not confirmed for months: may be out of date")


class ShiftAnswer(Answer):
    """A shift as everybody may see it."""

    shift_id: UUID
    version: int
    offer_id: UUID
    series_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    local_start: str = Field(description="wall time in Europe/Berlin, as planned at first")
    places: int
    places_free: int
    waiting: int
    status: ShiftStatus
    note: str = Field(description="why it was moved or cancelled")
    moved_from: datetime | None


class SimilarOfferAnswer(Answer):
    """An open offer near another one: of the same topic, or with the same words."""

    offer_id: UUID
    title: str
    organisation_id: UUID
    organisation_name: str
    topic: str
    postal_code: str
    place_name: str
    distance_km: float
    same_topic: bool
    same_organisation: bool


class NewOfferAnswer(OfferAnswer):
    """A new offer, and what is similar near it."""

    similar: list[SimilarOfferAnswer]


class OfferDetailAnswer(OfferAnswer):
    """An offer with its next shifts."""

    effective_urgency: float = Field(description="what the decay has left of the urgency, 1 to 5")
    shifts: list[ShiftAnswer]


class FoundOfferAnswer(OfferAnswer):
    """An offer in the public list."""

    distance_km: float | None = Field(description="from the postal code that was named")


class TopicAnswer(Answer):
    """One topic in one district."""

    topic: str
    offers: int
    places: int
    places_free: int
    urgency: float
    activities: int
    organisations: int
    doubled_by: list[UUID] = Field(description="organisations that do it close to another one")


class CoverageAnswer(Answer):
    """What a district has of each topic."""

    district: str
    uncovered: list[TopicAnswer]
    doubled: list[TopicAnswer]
    topics: list[TopicAnswer]


def offer_answer(offer: Offer) -> OfferAnswer:
    """An offer as it is shown."""
    return OfferAnswer.model_validate(offer)


def found_offer_answer(found: FoundOffer) -> FoundOfferAnswer:
    """An offer in the public list as it is shown."""
    km = found.distance_km
    return FoundOfferAnswer(**dict(offer_answer(found.offer)), distance_km=None if km is None else round(km, 1))


def similar_offer_answer(found: SimilarOffer) -> SimilarOfferAnswer:
    """A similar offer as it is shown."""
    offer = found.offer
    return SimilarOfferAnswer(
        offer_id=offer.offer_id,
        title=offer.title,
        organisation_id=offer.organisation_id,
        organisation_name=offer.organisation_name,
        topic=offer.topic,
        postal_code=offer.postal_code,
        place_name=offer.place_name,
        distance_km=round(found.distance_km, 1),
        same_topic=found.same_topic,
        same_organisation=found.same_organisation,
    )


def new_offer_answer(made: tuple[Offer, Sequence[SimilarOffer]]) -> NewOfferAnswer:
    """A new offer as it is shown."""
    offer, similar = made
    return NewOfferAnswer(**dict(offer_answer(offer)), similar=[similar_offer_answer(each) for each in similar])


def shift_answer(shift: Shift) -> ShiftAnswer:
    """A shift as it is shown."""
    return ShiftAnswer.model_validate(shift)


def offer_detail_answer(offer: Offer, shifts: Sequence[Shift], now: datetime) -> OfferDetailAnswer:
    """An offer with its next shifts as it is shown."""
    return OfferDetailAnswer(
        **dict(offer_answer(offer)),
        effective_urgency=round(effective_urgency(offer, now), 2),
        shifts=[shift_answer(shift) for shift in shifts],
    )


def coverage_answer(district: str, topics: Sequence[TopicCoverage]) -> CoverageAnswer:
    """What a district has, as it is shown: the most urgent first where something is missing."""
    uncovered = sorted((each for each in topics if each.is_uncovered), key=lambda each: (-each.urgency, each.topic))
    return CoverageAnswer(
        district=district,
        uncovered=[TopicAnswer.model_validate(each) for each in uncovered],
        doubled=[TopicAnswer.model_validate(each) for each in topics if each.is_doubled],
        topics=[TopicAnswer.model_validate(each) for each in topics],
    )
