"""Placements and invitations as they are shown."""

from datetime import date, datetime
from uuid import UUID

from services.matching.api.shapes import Answer
from services.matching.models.placements import Invitations, LeftOutBecause, PlacementView, Step
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import EndReason, PlacementStatus, SuspensionReason


class PlacementAnswer(Answer):
    """A placement, with where and when it is, and what whoever looks can do.

    `waiting_position` counts from 1 (next), null unless it waits. `offered_until`: the deadline of an offered place, or of
    an invitation. `overlap_reason`: why a coordinator placed somebody in spite of an overlap. `possible`: the steps that
    the caller can take now.
    """

    placement_id: UUID
    version: int
    offer_id: UUID
    offer_title: str
    organisation_id: UUID
    district: str
    volunteer_id: UUID
    status: PlacementStatus
    waiting_position: int | None
    requested_at: datetime
    changed_at: datetime
    offered_until: datetime | None
    confirmed_at: datetime | None
    coordinator_id: UUID
    postal_code: str
    place_name: str
    weekly: list[WeeklyTime]
    starts_on: date | None
    ends_on: date | None
    shift_id: UUID | None
    shift_starts_at: datetime | None
    shift_ends_at: datetime | None
    group_id: UUID | None
    joint_id: UUID | None
    invited: bool
    started_at: datetime | None
    suspended_at: datetime | None
    suspended_because: SuspensionReason | None
    completed_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    overlap_reason: str | None
    overlap_overridden_at: datetime | None
    possible: list[Step]


class LeftOutAnswer(Answer):
    """Somebody who is not invited, and why."""

    volunteer_id: UUID
    because: LeftOutBecause


class InvitationsAnswer(Answer):
    """What became of inviting several volunteers."""

    invited: list[PlacementAnswer]
    left_out: list[LeftOutAnswer]


def placement_answer(view: PlacementView) -> PlacementAnswer:
    """A placement as it is shown."""
    placement = view.placement
    return PlacementAnswer(
        placement_id=placement.placement_id,
        version=placement.version,
        offer_id=placement.offer_id,
        offer_title=view.offer_title,
        organisation_id=placement.organisation_id,
        district=view.district,
        volunteer_id=placement.volunteer_id,
        status=placement.status,
        waiting_position=view.waiting_position,
        requested_at=placement.requested_at,
        changed_at=placement.changed_at,
        offered_until=placement.offered_until,
        confirmed_at=placement.confirmed_at,
        coordinator_id=placement.coordinator_id,
        postal_code=view.postal_code,
        place_name=view.place_name,
        weekly=list(view.weekly),
        starts_on=view.starts_on,
        ends_on=view.ends_on,
        shift_id=placement.shift_id,
        shift_starts_at=view.shift_starts_at,
        shift_ends_at=view.shift_ends_at,
        group_id=placement.group_id,
        joint_id=placement.joint_id,
        invited=placement.invited_by is not None,
        started_at=placement.started_at,
        suspended_at=placement.suspended_at,
        suspended_because=placement.suspended_because,
        completed_at=placement.completed_at,
        ended_at=placement.ended_at,
        end_reason=placement.end_reason,
        overlap_reason=placement.override_reason,
        overlap_overridden_at=placement.override_at,
        possible=list(view.possible),
    )


def invitations_answer(made: Invitations) -> InvitationsAnswer:
    """What became of inviting several volunteers, as it is shown to the coordinator."""
    return InvitationsAnswer(
        invited=[placement_answer(view) for view in made.invited],
        left_out=[LeftOutAnswer.model_validate(each) for each in made.left_out],
    )
