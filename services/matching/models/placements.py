"""Placements: a volunteer and an offer together."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import EndReason, PlacementStatus, SuspensionReason

SECURED = frozenset((PlacementStatus.CONFIRMED, PlacementStatus.ACTIVE, PlacementStatus.SUSPENDED))
"""Statuses in which both sides have agreed, and it is not over."""
HOLDS_A_PLACE = SECURED | {PlacementStatus.REQUESTED, PlacementStatus.OFFERED}
"""Statuses whose placement counts towards the places of its offer or shift. An invitation holds none."""
LIVE = HOLDS_A_PLACE | {PlacementStatus.WAITLISTED, PlacementStatus.INVITED}
"""Statuses of which a volunteer has at most one for an offer or shift; what is not live is over."""


class Step(StrEnum):
    """What moves a placement on."""

    REQUEST = "request"
    INVITE = "invite"
    ACCEPT = "accept"
    CONFIRM = "confirm"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    COMPLETE = "complete"
    END = "end"
    OFFER = "offer"
    """A place came free for the first in the waiting list."""
    EXPIRE = "expire"
    """The deadline of an offered place, or of an invitation, passed."""
    CLOSE = "close"
    """The offer was closed, or the shift is over or cancelled, before anybody decided."""
    CANCEL = "cancel"
    """The shift was cancelled."""


class Actor(StrEnum):
    """Who takes a step."""

    VOLUNTEER = "volunteer"
    """For a group's request its speaker, too."""
    COORDINATOR = "coordinator"
    SYSTEM = "system"


class Circumstance(StrEnum):
    """What else decides where a step leads."""

    PLACE_FREE = "place_free"
    """A place is free and nobody waits for it; for a group, as many as they are."""
    NONE_FREE = "none_free"
    ASKED = "asked"
    """The volunteer asked for it."""
    INVITED = "invited"
    """The organisation invited them, and so has decided already."""
    BEGUN = "begun"
    NOT_BEGUN = "not_begun"


@dataclass(frozen=True, slots=True)
class Placement:
    """A volunteer and the places of an offer or shift.

    `queue_number`: its turn among the requests for the same places; `confirmed_at`: None unless it ever was confirmed;
    `joint_id`: the request of a group, the same for all of its placements; `due_at`: when something happens by itself.
    """

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
    shift_id: UUID | None = None
    group_id: UUID | None = None
    joint_id: UUID | None = None
    invited_by: UUID | None = None
    volunteer_acted: bool = True
    started_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_because: SuspensionReason | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    override_reason: str | None = None
    override_by: UUID | None = None
    override_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def pool_id(self) -> UUID:
        """Whose places it takes."""
        return self.shift_id or self.offer_id


@dataclass(frozen=True, slots=True)
class Details:
    """What a step tells besides."""

    offered_until: datetime | None = None
    suspended_because: SuspensionReason | None = None
    end_reason: EndReason | None = None
    override_reason: str | None = None
    """Why somebody is placed in spite of an overlap, and by whom."""
    override_by: UUID | None = None


NO_DETAILS = Details()


@dataclass(frozen=True, slots=True)
class PlacementView:
    """A placement as it is shown, with where and when it is. `waiting_position` counts from 1; None unless it waits."""

    placement: Placement
    offer_title: str
    district: str
    organisation_verified: bool
    waiting_position: int | None = None
    postal_code: str = ""
    place_name: str = ""
    weekly: tuple[WeeklyTime, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    shift_starts_at: datetime | None = None
    shift_ends_at: datetime | None = None
    speaker_id: UUID | None = None
    """Who speaks for the group that asked."""
    possible: tuple[Step, ...] = ()
    """What whoever looks can do now."""


class LeftOutBecause(StrEnum):
    """Why somebody is not invited."""

    UNKNOWN = "unknown"
    """Not known here, or too far away to be suggested."""
    ONESELF = "oneself"
    ALREADY_THERE = "already_there"
    PAUSED = "paused"
    REQUIREMENTS_MISSING = "requirements_missing"
    DECLINED = "declined"
    """They turned this offer down, or gave it up."""
    ASKED_OFTEN = "asked_often"
    """As often as anybody may be in a week."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who is not invited."""

    volunteer_id: UUID
    because: LeftOutBecause


@dataclass(frozen=True, slots=True)
class Invitations:
    """What became of inviting several volunteers."""

    invited: tuple[PlacementView, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Volunteers who are placed together; the speaker asks for them."""

    group_id: UUID
    speaker_id: UUID
    member_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PlacementFilter:
    """What a list of placements is narrowed to; None or nothing asks for nothing."""

    offer_id: UUID | None = None
    shift_id: UUID | None = None
    volunteer_id: UUID | None = None
    statuses: tuple[PlacementStatus, ...] = ()
    first_day: date | None = None
    """Takes place on this day or later; what is open-ended always does."""
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything of one person, for access and portability (Art. 15, 20 DSGVO)."""

    subject_id: UUID
    exported_at: datetime
    member: dict[str, Any] | None
    offers: list[dict[str, Any]]
    activities: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    profile: dict[str, Any] | None
    qualifications: list[dict[str, Any]]
    clearances: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    consents: list[str]
    placements: list[dict[str, Any]]
    tandems: list[dict[str, Any]]
    tandem_check_ins: list[dict[str, Any]]
    tandem_wishes: list[str]
    plans: list[dict[str, Any]]
    asks: list[dict[str, Any]]
    declined_topics: list[dict[str, Any]]
    suggestions_told: list[dict[str, Any]]
