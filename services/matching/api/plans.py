"""`/plans`: proposals for all open places of a district at once, looked through by people and sent as invitations."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.api.answers import reader_language
from services.matching.api.plan_answers import NeedAnswer, PairingAnswer, PlanAnswer, need_answer, pairing_answer
from services.matching.handlers import plans as handlers
from services.matching.models.plans import PairingStatus, PlanDraft
from services.matching.settings import MatchingSettings
from shared.contracts.vocabulary import Term
from shared.http.commands import Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(prefix="/plans", tags=["plans"])


@router.post("", status_code=202, response_model=PlanAnswer)
async def make_plan(body: PlanDraft, command: Command) -> Response:
    """Let a plan be computed for an organisation's offers, or for everybody's in districts; `GET` tells how far it is."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.make(tx, caller, body, settings),
        status=202,
        shape=PlanAnswer,
        location=lambda plan: f"/plans/{plan.plan_id}",
    )


PLANS = Listing("plans", PlanAnswer, sorts={"created": None}, key="plan_id", descending=True)


@router.get("", response_model=Page[PlanAnswer], responses=CSV)
async def list_plans(query: SignedInQuery, listed: Annotated[Listed, Depends(PLANS.asked)]) -> Response:
    """The plans that one asked for, latest first."""
    return await listed.answer(query, handlers.own_plans)


@router.get("/{plan_id}", response_model=PlanAnswer)
async def get_plan(plan_id: UUID, query: SignedInQuery) -> Response:
    """How far it is, and when it is ready, what it would change."""
    return await query.run(lambda connection, caller: handlers.plan(connection, caller, plan_id), shape=PlanAnswer)


@router.delete("/{plan_id}", status_code=204)
async def throw_plan_away(plan_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Forget it now; invitations that went out stand."""
    return await command.run(lambda tx, caller: handlers.throw_away(tx, caller, plan_id, version), status=204)


NEEDS = Listing(
    "needs",
    NeedAnswer,
    sorts={"urgency": float},
    key="pool_id",
    descending=True,
    columns=tuple(NeedAnswer.model_fields),
)


@router.get("/{plan_id}/needs", response_model=Page[NeedAnswer], responses=CSV)
async def list_needs(
    plan_id: UUID,
    query: SignedInQuery,
    request: Request,
    listed: Annotated[Listed, Depends(NEEDS.asked)],
    unfilled: Annotated[bool | None, Query(description="true: only what the plan leaves open")] = None,
    topic: Annotated[Term | None, Query()] = None,
) -> Response:
    """What the plan makes of every open need, and why places stay open: nobody near, nobody with Arabic, nobody cleared."""
    return await _in_language(listed, need_answer(reader_language(request))).answer(
        query, lambda connection, caller, asked: handlers.needs(connection, caller, plan_id, asked, unfilled, topic)
    )


PAIRINGS = Listing(
    "pairings",
    PairingAnswer,
    sorts={"score": float},
    key="pairing_id",
    descending=True,
    columns=tuple(PairingAnswer.model_fields),
)


@router.get("/{plan_id}/pairings", response_model=Page[PairingAnswer], responses=CSV)
async def list_pairings(
    plan_id: UUID,
    query: SignedInQuery,
    request: Request,
    listed: Annotated[Listed, Depends(PAIRINGS.asked)],
    status: Annotated[PairingStatus | None, Query()] = None,
    offer_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Who is proposed for which of one's own offers, with the reasons; the best first."""
    return await _in_language(listed, pairing_answer(reader_language(request))).answer(
        query, lambda connection, caller, asked: handlers.pairings(connection, caller, plan_id, asked, status, offer_id)
    )


def _in_language(listed: Listed, item: Callable[[Any], Any]) -> Listed:
    return replace(listed, listing=replace(listed.listing, item=item))


@router.post("/{plan_id}/pairings/{pairing_id}/removal", response_model=PairingAnswer)
async def take_pairing_out(plan_id: UUID, pairing_id: UUID, command: Command) -> Response:
    """Take one proposal out before anything is sent."""
    return await command.run(
        lambda tx, caller: handlers.take_out(tx, caller, plan_id, pairing_id),
        shape=pairing_answer(reader_language(command.request)),
    )


@router.post("/{plan_id}/pairings/{pairing_id}/return", response_model=PairingAnswer)
async def put_pairing_back(plan_id: UUID, pairing_id: UUID, command: Command) -> Response:
    """A proposal that was taken out stands again."""
    return await command.run(
        lambda tx, caller: handlers.put_back(tx, caller, plan_id, pairing_id),
        shape=pairing_answer(reader_language(command.request)),
    )


@router.post("/{plan_id}/invitations", status_code=202, response_model=PlanAnswer)
async def send_invitations(plan_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Send what is still proposed for one's own offers as invitations; each pairing tells what became of it."""
    return await command.run(
        lambda tx, caller: handlers.send(tx, caller, plan_id, version), status=202, shape=PlanAnswer
    )
