"""What people send about placements."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.vocabulary import EndReason, SuspensionReason
from shared.http.models import Line, RequestModel

INVITED_AT_ONCE = 50
Volunteers = Annotated[tuple[UUID, ...], Field(max_length=INVITED_AT_ONCE)]


class PlacementRequest(RequestModel):
    """A volunteer asks for a placement; with `group_id` its speaker does, for the group or for those named, all or none."""

    offer_id: UUID
    shift_id: UUID | None = None
    group_id: UUID | None = None
    volunteer_ids: Volunteers = ()
    """Of the group; nobody named: all of them."""


class Invitation(RequestModel):
    """A coordinator invites volunteers. It holds no place: whoever accepts takes one that is free, or waits."""

    volunteer_ids: Annotated[Volunteers, Field(min_length=1)]
    shift_id: UUID | None = None
    until: AwareDatetime | None = None
    """The deadline; the settings say how long otherwise."""
    overlap_reason: Line | None = None
    """Why they are invited even where the times overlap with a confirmed placement; they read it."""


class Confirmation(RequestModel):
    """A coordinator confirms."""

    overlap_reason: Line | None = None
    """Why, in spite of an overlap with a confirmed placement; the volunteer reads it."""


class Suspension(RequestModel):
    """A coordinator lets a placement rest."""

    because: Literal[SuspensionReason.VOLUNTEER_ASKED, SuspensionReason.ORGANISATION_ASKED]


class Ending(RequestModel):
    """A placement ends before its time."""

    reason: EndReason


class Withdrawal(RequestModel):
    """A volunteer gives a placement up."""

    reason: EndReason = EndReason.VOLUNTEER_STOPPED
    """Kept only when it had begun."""
    whole_group: bool = False
    """The speaker gives up the whole request of the group; otherwise only the volunteer's own placement goes."""
