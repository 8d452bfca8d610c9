"""Plans: proposals for all open places of a district at once, which people look through and send as invitations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.matching.models.suggestions import Part
from shared.contracts.vocabulary import AGS
from shared.http.models import RequestModel


class PlanStatus(StrEnum):
    QUEUED = "queued"
    GATHERING = "gathering"
    """Who fits where is being found out, offer by offer."""
    SOLVING = "solving"
    READY = "ready"
    FAILED = "failed"


class PairingStatus(StrEnum):
    PROPOSED = "proposed"
    TAKEN_OUT = "taken_out"
    TO_INVITE = "to_invite"
    """The invitation is on its way out."""
    INVITED = "invited"
    REFUSED = "refused"
    """It could not be sent any more, because something has changed since."""


class WhyOpen(StrEnum):
    """What a district would have to recruit, or do, for the places that a plan leaves open."""

    NO_ONE_NEAR = "no_one_near"
    NO_ONE_WITH_LANGUAGE = "no_one_with_language"
    NO_ONE_CLEARED = "no_one_cleared"
    NO_ONE_QUALIFIED = "no_one_qualified"
    NO_ONE_OF_AGE = "no_one_of_age"
    NO_ONE_AVAILABLE = "no_one_available"
    """Those who have what it takes are away, have been asked already, or lack something else."""
    NEEDED_ELSEWHERE = "needed_elsewhere"
    """Those who fit are proposed where they are needed more."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many volunteers are left after each condition, from a bounded look at those around an offer."""

    near: int
    speaking: int
    cleared: int
    qualified: int
    of_age: int
    fitting: int
    """Who meet every hard requirement and may be asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for and how far it is. `organisation_id` None: the offers of all organisations in the districts."""

    plan_id: UUID
    version: int
    organisation_id: UUID | None
    districts: tuple[str, ...]
    made_by: UUID
    asked_at_most: int
    status: PlanStatus
    done: int
    in_all: int
    summary: Mapping[str, Any] | None
    created_at: datetime
    finished_at: datetime | None
    forgotten_at: datetime
    attempts: int = 0
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """An offer, or a shift of one, with places that nobody holds and nobody waits for: `places_open` of them."""

    offer_id: UUID
    shift_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    places_open: int

    @property
    def pool_id(self) -> UUID:
        return self.shift_id or self.offer_id


@dataclass(frozen=True, slots=True)
class PlannedNeed:
    """What a plan makes of an open need; `best_alone`: what taking the best pairing one after the other would fill.

    `filled`, `best_alone` None: so few people that it is not told to who looks.
    """

    pool_id: UUID
    offer_id: UUID
    shift_id: UUID | None
    organisation_id: UUID
    district: str
    topic: str
    urgency: float
    places_open: int
    filled: int | None
    best_alone: int | None
    reason: WhyOpen | None
    facts: Mapping[str, int | None]
    offer_title: str = ""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A proposal: this volunteer for this offer or shift."""

    pairing_id: UUID
    pool_id: UUID
    volunteer_id: UUID
    score: float
    parts: Sequence[Part]
    status: PairingStatus = PairingStatus.PROPOSED
    refusal: str | None = None
    placement_id: UUID | None = None
    offer_id: UUID | None = None
    shift_id: UUID | None = None
    offer_title: str = ""
    organisation_id: UUID | None = None
    district: str = ""


@dataclass(frozen=True, slots=True)
class ToInvite:
    """A proposal that a coordinator has sent and that is to go out as an invitation."""

    pairing_id: UUID
    plan_id: UUID
    volunteer_id: UUID
    invited_for: UUID
    offer_id: UUID
    shift_id: UUID | None


class PlanDraft(RequestModel):
    """For which offers a plan is made. `asked_at_most`: so many offers for one person."""

    organisation_id: UUID | None = None
    districts: Annotated[tuple[AGS, ...], Field(min_length=1, max_length=60)]
    asked_at_most: Annotated[int, Field(ge=1, le=5)] = 1
