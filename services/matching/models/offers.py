"""Offers: what an organisation states it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.matching.models.places import Point
from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import Level


class OfferStatus(StrEnum):
    """The states of an offer. A draft is known to its organisation only: no event tells of it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    """Hidden, and nobody can ask for it; its waiting list stays as it is."""
    FILLED = "filled"
    """Published, and every place is confirmed: whoever asks waits. Set and undone by itself."""
    CLOSED = "closed"


OPEN = frozenset((OfferStatus.PUBLISHED, OfferStatus.FILLED))
"""Statuses in which everybody sees an offer and may ask for it."""
RUNNING = OPEN | {OfferStatus.PAUSED}
"""Published at some time, and not closed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A concrete need for volunteers.

    `places_taken` counts placements that hold a place, `waiting` those on the waiting list, `last_queue_number` numbers
    the requests in the order in which they came. `point` is None when the postal code is not known here.
    `language_levels` is parallel to `languages_required`. `urgency` is as it was set at `urgency_set_at`; how much of it is
    left: `rules/urgency.py`. An offer without a named contact has its coordinator.
    """

    offer_id: UUID
    version: int
    organisation_id: UUID
    coordinator_id: UUID
    title: str
    description: str
    topic: str
    district: str
    postal_code: str
    weekly: tuple[WeeklyTime, ...]
    starts_on: date | None
    ends_on: date | None
    languages_required: tuple[str, ...]
    languages_welcome: tuple[str, ...]
    qualifications: tuple[str, ...]
    minimum_age: int | None
    places: int
    urgency: int
    status: OfferStatus
    places_taken: int = 0
    waiting: int = 0
    last_queue_number: int = 0
    translations: Mapping[str, Translation] = field(default_factory=dict)
    language_levels: tuple[Level, ...] = ()
    skills_required: tuple[str, ...] = ()
    skills_welcome: tuple[str, ...] = ()
    clearance_basis: LegalBasis | None = None
    clearance_activity: str | None = None
    clearance_stated: str | None = None
    boundary_id: UUID | None = None
    boundary_ended: bool = False
    """What staff and volunteers agreed on no longer holds: nobody may be confirmed on it."""
    volunteer_tasks: str = ""
    staff_tasks: str = ""
    urgency_reason: str = ""
    urgency_set_at: datetime | None = None
    urgency_half_life_days: int | None = None
    accompanied_first: bool = False
    contact_id: UUID | None = None
    confirmed_on: date | None = None
    is_stale: bool = False
    template_id: UUID | None = None
    organisation_name: str = ""
    organisation_verified: bool = True
    place_name: str = ""
    point: Point | None = None

    @property
    def places_free(self) -> int:
        return self.places - self.places_taken

    @property
    def is_open(self) -> bool:
        """Everybody sees it and may ask for it."""
        return self.status in OPEN

    def is_over(self, today: date) -> bool:
        """Its last day has passed."""
        return self.ends_on is not None and self.ends_on < today


@dataclass(frozen=True, slots=True)
class Boundary:
    """A task boundary as the read model knows it. In force: agreed, and not ended."""

    district: str
    organisation_ids: tuple[UUID, ...]
    is_in_force: bool
