"""Placements: a volunteer and an offer together."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import PlacementStatus
from shared.http.models import RequestModel

HOLDS_A_PLACE = frozenset((PlacementStatus.REQUESTED, PlacementStatus.OFFERED, PlacementStatus.CONFIRMED))
"""Statuses whose placement counts towards the places of its offer."""
LIVE = HOLDS_A_PLACE | {PlacementStatus.WAITLISTED}
"""Statuses of which a volunteer has at most one for an offer."""


class Step(StrEnum):
    """What moves a placement on."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    END = "end"
    OFFER = "offer"
    """A place came free for the first in the waiting list."""
    EXPIRE = "expire"
    """The deadline of an offered place passed."""
    CLOSE = "close"
    """The offer was closed before anybody decided."""


class Actor(StrEnum):
    """Who takes a step."""

    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Placement:
    """`queue_number`: its turn among the requests for the offer; `confirmed_at`: None unless it ever was confirmed."""

    placement_id: UUID
    version: int
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    volunteer_id: UUID
    status: PlacementStatus
    queue_number: int
    requested_at: datetime
    changed_at: datetime
    offered_until: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlacementView:
    """A placement as it is shown. `waiting_position` counts from 1 (next); None unless it waits."""

    placement: Placement
    offer_title: str
    district: str
    organisation_verified: bool
    waiting_position: int | None = None


class PlacementRequest(RequestModel):
    """A volunteer asks for a placement."""

    offer_id: UUID


@dataclass(frozen=True, slots=True)
class Record:
    """Everything of one person, for access and portability (Art. 15, 20 DSGVO)."""

    subject_id: UUID
    exported_at: datetime
    member: dict[str, Any] | None
    offers: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    profile: dict[str, Any] | None
    qualifications: list[dict[str, Any]]
    clearances: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    consents: list[str]
    placements: list[dict[str, Any]]
    suggestions_told: list[dict[str, Any]]
