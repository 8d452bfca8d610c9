"""`/tandems`: proposed by coordinators, accepted by volunteers, agreed by both; and their check-ins."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.matching.api.tandem_answers import CheckInAnswer, CheckIns, DueCheckInAnswer, TandemAnswer, tandem_answer
from services.matching.handlers import check_ins
from services.matching.handlers import tandems as handlers
from services.matching.models.tandems import (
    CheckInStatus,
    EndTandem,
    ProlongTrial,
    ProposeTandem,
    SettleCheckIn,
    TandemView,
)
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.contracts.vocabulary import TandemStatus
from shared.http.commands import Command, CommandRunner
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.models import Day
from shared.postgres.transaction import Transaction

router = APIRouter(tags=["tandems"])

Step = Callable[[Transaction, Caller, UUID, int], Awaitable[TandemView]]


@router.post("/tandems", status_code=201, response_model=TandemAnswer)
async def propose_tandem(body: ProposeTandem, command: Command) -> Response:
    """A coordinator proposes a tandem within a placement of their organisation."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.propose(tx, caller, body, settings),
        status=201,
        shape=tandem_answer,
        location=lambda view: f"/tandems/{view.tandem.tandem_id}",
        concerns=lambda view: view.tandem.volunteer_id,
    )


TANDEMS = Listing(
    "tandems",
    tandem_answer,
    sorts={"proposed": None},
    key="tandem_id",
    descending=True,
    columns=tuple(TandemAnswer.model_fields),
    value=lambda view, name: getattr(view.tandem, name),
)


@router.get("/tandems", response_model=Page[TandemAnswer], responses=CSV)
async def list_tandems(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(TANDEMS.asked)],
    status: Annotated[TandemStatus | None, Query()] = None,
    offer_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """A volunteer's own tandems, or those in a coordinator's scope; the latest first."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.tandems(connection, caller, asked, status, offer_id)
    )


@router.get("/tandems/{tandem_id}", response_model=TandemAnswer)
async def get_tandem(tandem_id: UUID, query: SignedInQuery) -> Response:
    """One tandem."""
    return await query.run(
        lambda connection, caller: handlers.tandem(connection, caller, tandem_id), shape=tandem_answer
    )


@router.post("/tandems/{tandem_id}/acceptance", response_model=TandemAnswer)
async def accept_tandem(tandem_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The volunteer accepts: the trial begins. The placement has begun, and the undertaking is signed."""
    return await _take(command, handlers.accept, tandem_id, version)


@router.post("/tandems/{tandem_id}/decline", response_model=TandemAnswer)
async def decline_tandem(tandem_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The volunteer declines; the placement stays."""
    return await _take(command, handlers.decline, tandem_id, version)


@router.post("/tandems/{tandem_id}/withdrawal", response_model=TandemAnswer)
async def withdraw_tandem(tandem_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The coordinator takes a proposal back."""
    return await _take(command, handlers.withdraw, tandem_id, version)


@router.post("/tandems/{tandem_id}/agreement", response_model=TandemAnswer)
async def agree_to_tandem(tandem_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Volunteer or coordinator agrees, each for themselves; with the second one it is agreed."""
    return await _take(command, handlers.agree, tandem_id, version)


@router.post("/tandems/{tandem_id}/trial", response_model=TandemAnswer)
async def prolong_trial(tandem_id: UUID, body: ProlongTrial, command: Command, version: ExpectedVersion) -> Response:
    """The trial phase gets another last day."""
    return await _take(
        command,
        lambda tx, caller, at, expected: handlers.prolong(tx, caller, at, expected, body.trial_until),
        tandem_id,
        version,
    )


@router.post("/tandems/{tandem_id}/end", response_model=TandemAnswer)
async def end_tandem(tandem_id: UUID, body: EndTandem, command: Command, version: ExpectedVersion) -> Response:
    """Volunteer or coordinator ends it, with a reason; the placement stays."""
    return await _take(
        command,
        lambda tx, caller, at, expected: handlers.end(tx, caller, at, expected, body.reason),
        tandem_id,
        version,
    )


async def _take(command: CommandRunner, step: Step, tandem_id: UUID, version: int) -> Response:
    return await command.run(
        lambda tx, caller: step(tx, caller, tandem_id, version),
        shape=tandem_answer,
        concerns=lambda view: view.tandem.volunteer_id,
    )


@router.get("/tandems/{tandem_id}/check-ins", response_model=CheckIns)
async def list_check_ins_of_tandem(tandem_id: UUID, query: SignedInQuery) -> Response:
    """When it is asked how the tandem goes, and what came of it."""
    return await query.run(
        lambda connection, caller: check_ins.of_tandem(connection, caller, tandem_id),
        shape=lambda found: CheckIns(check_ins=[CheckInAnswer.model_validate(each) for each in found]),
    )


DUE = Listing("tandem-check-ins", DueCheckInAnswer, sorts={"due_on": date}, key="check_in_id")


@router.get("/tandem-check-ins", response_model=Page[DueCheckInAnswer], responses=CSV)
async def list_check_ins_due(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(DUE.asked)],
    due_by: Annotated[Day | None, Query(description="Due on this day or before")] = None,
) -> Response:
    """The check-ins that a coordinator has to see to, what has been due longest first."""
    return await listed.answer(
        query, lambda connection, caller, asked: check_ins.due(connection, caller, asked, due_by)
    )


@router.post("/tandem-check-ins/{check_in_id}/completion", response_model=CheckInAnswer)
async def complete_check_in(
    check_in_id: UUID, body: SettleCheckIn, command: Command, version: ExpectedVersion
) -> Response:
    """The coordinator asked how it goes; while the tandem runs another check-in follows."""
    return await _settle(command, check_in_id, body, version, CheckInStatus.DONE)


@router.post("/tandem-check-ins/{check_in_id}/skipping", response_model=CheckInAnswer)
async def skip_check_in(check_in_id: UUID, body: SettleCheckIn, command: Command, version: ExpectedVersion) -> Response:
    """There was none this time, and why."""
    return await _settle(command, check_in_id, body, version, CheckInStatus.SKIPPED)


async def _settle(
    command: CommandRunner, check_in_id: UUID, body: SettleCheckIn, version: int, status: CheckInStatus
) -> Response:
    return await command.run(
        lambda tx, caller: check_ins.settle(tx, caller, check_in_id, version, body.outcome, status),
        shape=CheckInAnswer,
    )
