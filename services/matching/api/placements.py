"""`/placements`: asked for by volunteers, decided by coordinators."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.matching.api.answers import PlacementAnswer, placement_answer
from services.matching.handlers import placements as handlers
from services.matching.models.placements import PlacementRequest, PlacementView
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.contracts.vocabulary import PlacementStatus
from shared.http.commands import Command, CommandRunner
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.rate_limits import Limit
from shared.postgres.transaction import Transaction

router = APIRouter(prefix="/placements", tags=["placements"])

REQUESTS_BY_VOLUNTEER = Limit("placement-requests-by-volunteer", 60, 600)
"""Every request, and its withdrawal, is a mail to a coordinator."""

Step = Callable[[Transaction, Caller, UUID, int, MatchingSettings], Awaitable[PlacementView]]


@router.post("", status_code=201, response_model=PlacementAnswer)
async def request_placement(body: PlacementRequest, command: Command) -> Response:
    """A volunteer asks for a placement: `requested` when a place is free, `waitlisted` in order when none is."""
    await command.limit_caller(REQUESTS_BY_VOLUNTEER)
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.request_placement(tx, caller, body, settings),
        status=201,
        shape=placement_answer,
        location=lambda view: f"/placements/{view.placement.placement_id}",
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


@router.get("", response_model=Page[PlacementAnswer], responses=CSV)
async def list_placements(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(PLACEMENTS.asked)],
    offer_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[PlacementStatus | None, Query()] = None,
) -> Response:
    """A volunteer's own placements, or those in a coordinator's scope; latest first."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.placements(connection, caller, asked, offer_id, status)
    )


@router.get("/{placement_id}", response_model=PlacementAnswer)
async def get_placement(placement_id: UUID, query: SignedInQuery) -> Response:
    """One placement, with its position while it waits."""
    return await query.run(
        lambda connection, caller: handlers.placement(connection, caller, placement_id), shape=placement_answer
    )


@router.post("/{placement_id}/confirmation", response_model=PlacementAnswer)
async def confirm_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator confirms a request."""
    return await _take(command, handlers.confirm_placement, placement_id, version)


@router.post("/{placement_id}/decline", response_model=PlacementAnswer)
async def decline_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator declines a request, or somebody who waits."""
    return await _take(command, handlers.decline_placement, placement_id, version)


@router.post("/{placement_id}/end", response_model=PlacementAnswer)
async def end_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator ends a confirmed placement."""
    return await _take(command, handlers.end_placement, placement_id, version)


@router.post("/{placement_id}/withdrawal", response_model=PlacementAnswer)
async def withdraw_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The volunteer withdraws."""
    return await _take(command, handlers.withdraw_placement, placement_id, version)


@router.post("/{placement_id}/acceptance", response_model=PlacementAnswer)
async def accept_placement(placement_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The volunteer takes the place that came free, within its deadline."""
    return await _take(command, handlers.accept_placement, placement_id, version)


async def _take(command: CommandRunner, step: Step, placement_id: UUID, version: int) -> Response:
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: step(tx, caller, placement_id, version, settings),
        shape=placement_answer,
        concerns=lambda view: view.placement.volunteer_id,
    )
