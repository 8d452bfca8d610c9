"""What a search for offers or activities asks for, and what it finds."""

from dataclasses import dataclass
from uuid import UUID

from services.matching.models.offers import Offer
from services.matching.models.places import Plane
from shared.contracts.vocabulary import Weekday


@dataclass(frozen=True, slots=True)
class Near:
    """Around a place: its middle on the plane, and how far, in kilometres."""

    here: Plane
    within_km: float


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """What a public list of offers is narrowed to; None asks for nothing."""

    district: str | None = None
    topic: str | None = None
    language: str | None = None
    """Required or welcome."""
    organisation_id: UUID | None = None
    day: Weekday | None = None
    """A weekly time, or a shift, on this day."""
    words: str | None = None
    """In German, as somebody types them into a search box."""
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """An offer in a list. `position`: where the list goes on after it; `distance_km`: None unless a place was named."""

    offer: Offer
    position: float | bool
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class SimilarOffer:
    """An open offer near another one, of the same topic or with the same words."""

    offer: Offer
    distance_km: float
    same_topic: bool
    same_organisation: bool


@dataclass(frozen=True, slots=True)
class TopicCoverage:
    """One topic in one district: what is needed, what is covered, and who does the same close by."""

    topic: str
    offers: int
    places: int
    places_free: int
    urgency: float
    """The greatest that is left of the offers with free places; 0 without any."""
    activities: int
    organisations: int
    doubled_by: tuple[UUID, ...]
    """Organisations that do it within a short way of another one."""

    @property
    def is_uncovered(self) -> bool:
        return self.places_free > 0

    @property
    def is_doubled(self) -> bool:
        return bool(self.doubled_by)
