"""`/placements`: asked for by volunteers, decided by coordinators; `/offers/{id}/invitations`: the other way round."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.api.answers import VolunteerSuggestions, reader_language, volunteer_suggestions
from services.matching.api.placement_answers import (
    InvitationsAnswer,
    PlacementAnswer,
    invitations_answer,
    placement_answer,
)
from services.matching.handlers import invitations, placement_requests, replacements, viewing
from services.matching.handlers import placements as handlers
from services.matching.models.placement_requests import (
    Confirmation,
    Ending,
    Invitation,
    PlacementRequest,
    Suspension,
    Withdrawal,
)
from services.matching.models.placements import PlacementFilter, PlacementView
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.contracts.vocabulary import PlacementStatus
from shared.http.commands import Command, CommandRunner
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.models import Day
from shared.http.rate_limits import Limit
from shared.postgres.transaction import Transaction

router = APIRouter(tags=["placements"])

REQUESTS_BY_VOLUNTEER = Limit("placement-requests-by-volunteer", 60, 600)
"""Every request, and its withdrawal, is a mail to a coordinator."""
INVITATIONS_BY_MEMBER = Limit("invitations-by-member", 60, 3600)
"""Every one is up to as many mails as volunteers may be named."""

Step = Callable[[Transaction, Caller, UUID, int, MatchingSettings], Awaitable[PlacementView]]


@router.post("/placements", status_code=201, response_model=PlacementAnswer)
async def request_placement(body: PlacementRequest, command: Command) -> Response:
    """A volunteer asks for a placement: `requested` when a place is free, `waitlisted` in order when none is.

    With `group_id` its speaker asks for the group, or for a part of it: together or not at all.
    """
    await command.limit_caller(REQUESTS_BY_VOLUNTEER)
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: placement_requests.request_placement(tx, caller, body, settings),
        status=201,
        shape=placement_answer,
        location=lambda view: f"/placements/{view.placement.placement_id}",
    )


@router.post("/offers/{offer_id}/invitations", status_code=201, response_model=InvitationsAnswer)
async def invite_volunteers(offer_id: UUID, body: Invitation, command: Command) -> Response:
    """A coordinator invites volunteers, with a deadline. It holds no place; who is left out is said, and why."""
    await command.limit_caller(INVITATIONS_BY_MEMBER)
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: invitations.invite(
            tx, caller, offer_id, body.volunteer_ids, settings, body.shift_id, body.until, body.overlap_reason
        ),
        status=201,
        shape=invitations_answer,
    )


PLACEMENTS = Listing(
    "placements",
    placement_answer,
    sorts={"requested": None},
    key="placement_id",
    descending=True,
    columns=tuple(PlacementAnswer.model_fields),
    value=lambda view, name: getattr(view.placement, name),
)


@router.get("/placements", response_model=Page[PlacementAnswer], responses=CSV)
async def list_placements(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(PLACEMENTS.asked)],
    offer_id: Annotated[UUID | None, Query()] = None,
    shift_id: Annotated[UUID | None, Query()] = None,
    volunteer_id: Annotated[UUID | None, Query(description="For coordinators")] = None,
    status: Annotated[list[PlacementStatus] | None, Query(max_length=12, description="One or several")] = None,
    first_day: Annotated[Day | None, Query(description="Takes place on this day or later")] = None,
    last_day: Annotated[Day | None, Query(description="Takes place on this day or earlier")] = None,
) -> Response:
    """A volunteer's own placements, or those in a coordinator's scope; latest first."""
    narrowed = PlacementFilter(offer_id, shift_id, volunteer_id, tuple(status or ()), first_day, last_day)
    return await listed.answer(
        query, lambda connection, caller, asked: viewing.placements(connection, caller, asked, narrowed)
    )


@router.get("/placements/{placement_id}", response_model=PlacementAnswer)
async def get_placement(placement_id: UUID, query: SignedInQuery) -> Response:
    """One placement, with its position while it waits."""
    return await query.run(
        lambda connection, caller: viewing.placement(connection, caller, placement_id), shape=placement_answer
    )


@router.get("/placements/{placement_id}/replacements", response_model=VolunteerSuggestions)
async def find_replacements(placement_id: UUID, request: Request, query: SignedInQuery) -> Response:
    """For a coordinator: the best volunteers, not asked yet, in the place of this one."""
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    language = reader_language(request)
    return await query.run(
        lambda connection, caller: replacements.replacements(connection, caller, placement_id, settings, now),
        shape=lambda found: volunteer_suggestions(found, language),
    )


@router.post("/placements/{placement_id}/confirmation", response_model=PlacementAnswer)
async def confirm_placement(
    placement_id: UUID, command: Command, version: ExpectedVersion, body: Confirmation | None = None
) -> Response:
    """The coordinator confirms a request; of a group's all of it. An overlap is overridden by saying why."""
    return await _take(
        command,
        lambda tx, caller, at, expected, settings: handlers.confirm_placement(tx, caller, at, expected, settings, body),
        placement_id,
        version,
    )


@router.post("/placements/{placement_id}/decline", response_model=PlacementAnswer)
async def decline_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator declines a request, or somebody who waits; the volunteer declines an invitation."""
    return await _take(command, handlers.decline_placement, placement_id, version)


@router.post("/placements/{placement_id}/start", response_model=PlacementAnswer)
async def start_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """It has begun; one with a date begins by itself."""
    return await _take(command, handlers.start_placement, placement_id, version)


@router.post("/placements/{placement_id}/suspension", response_model=PlacementAnswer)
async def suspend_placement(
    placement_id: UUID, body: Suspension, command: Command, version: ExpectedVersion
) -> Response:
    """The coordinator lets it rest; its place is kept."""
    return await _take(
        command,
        lambda tx, caller, at, expected, settings: handlers.suspend_placement(tx, caller, at, expected, settings, body),
        placement_id,
        version,
    )


@router.post("/placements/{placement_id}/resumption", response_model=PlacementAnswer)
async def resume_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """It goes on; hard requirements are looked at again."""
    return await _take(command, handlers.resume_placement, placement_id, version)


@router.post("/placements/{placement_id}/completion", response_model=PlacementAnswer)
async def complete_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """An open-ended engagement came to its regular end; one with a date completes by itself."""
    return await _take(command, handlers.complete_placement, placement_id, version)


@router.post("/placements/{placement_id}/end", response_model=PlacementAnswer)
async def end_placement(placement_id: UUID, body: Ending, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator ends a placement before its time, with a reason."""
    return await _take(
        command,
        lambda tx, caller, at, expected, settings: handlers.end_placement(tx, caller, at, expected, settings, body),
        placement_id,
        version,
    )


@router.post("/placements/{placement_id}/withdrawal", response_model=PlacementAnswer)
async def withdraw_placement(
    placement_id: UUID, command: Command, version: ExpectedVersion, body: Withdrawal | None = None
) -> Response:
    """The volunteer gives it up in one step, at any time; the coordinator takes an invitation back."""
    return await _take(
        command,
        lambda tx, caller, at, expected, settings: handlers.withdraw_placement(
            tx, caller, at, expected, settings, body
        ),
        placement_id,
        version,
    )


@router.post("/placements/{placement_id}/acceptance", response_model=PlacementAnswer)
async def accept_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The volunteer takes the place that came free, or the invitation, within its deadline."""
    return await _take(command, handlers.accept_placement, placement_id, version)


async def _take(command: CommandRunner, step: Step, placement_id: UUID, version: int) -> Response:
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: step(tx, caller, placement_id, version, settings),
        shape=placement_answer,
        concerns=lambda view: view.placement.volunteer_id,
    )
