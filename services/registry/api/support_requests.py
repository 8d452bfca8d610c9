"""Volunteers' own contacts, and what they ask them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.api.access import settings_of
from services.registry.handlers import own_contacts, support_requests
from services.registry.models.own_contacts import LookedAfterAnswer, OwnContactAnswer
from services.registry.models.support_requests import (
    AskForSupport,
    NeedAnswer,
    RequestStatus,
    SupportRequestAnswer,
    SupportThreadAnswer,
    WriteMessage,
)
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import Command, RecordedQuery
from shared.http.commands import Query as SignedInQuery
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page
from shared.http.rate_limits import Limit

router = APIRouter(tags=["support"])

SUPPORT_REQUESTS_BY_CALLER = Limit("support-requests-by-caller", 10, 24 * 3600)
SUPPORT_MESSAGES_BY_CALLER = Limit("support-messages-by-caller", 60, 3600)

LOOKED_AFTER = Listing("own-volunteers", LookedAfterAnswer, key="volunteer_id", sorts={"since": datetime})
REQUESTS = Listing(
    "support-requests",
    SupportRequestAnswer,
    key="request_id",
    sorts={"asked_at": datetime, "due_on": date},
    descending=True,
)
NEEDS = Listing("needs", NeedAnswer, key="cell", key_kind=str, sorts={"cell": None, "requests": int})


@router.get("/volunteers/me/contact", response_model=OwnContactAnswer)
async def own_contact(query: SignedInQuery) -> Response:
    """Whom a volunteer can turn to, and who stands in today."""
    now = query.state.clock.now()
    return await query.run(
        lambda connection, caller: own_contacts.own_contact(connection, caller, caller.require_person(), now)
    )


@router.get("/contacts/{contact_id}/volunteers", response_model=Page[LookedAfterAnswer], responses=CSV)
async def looked_after(
    contact_id: UUID, query: RecordedQuery, listed: Annotated[Listed, Depends(LOOKED_AFTER.asked)]
) -> Response:
    """The volunteers whose own contact this is: for the contact and the substitute. Recorded."""
    return await listed.answer(
        query, lambda tx, caller, asked: own_contacts.looked_after(tx, caller, asked, contact_id)
    )


@router.post("/support-requests", status_code=201, response_model=SupportThreadAnswer)
async def ask_for_support(body: AskForSupport, command: Command) -> Response:
    """A volunteer, or the speaker of an initiative, asks their own contact, or another one of the directory."""
    await command.limit_caller(SUPPORT_REQUESTS_BY_CALLER)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: support_requests.ask(tx, caller, settings, body),
        status=201,
        location=lambda request: f"/support-requests/{request.request_id}",
    )


@router.get("/support-requests", response_model=Page[SupportRequestAnswer], responses=CSV)
async def support_request_list(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(REQUESTS.asked)],
    status: RequestStatus | None = None,
    topic: Annotated[Term | None, Query()] = None,
) -> Response:
    """What a volunteer asked; what a member is to answer as a contact, a substitute or for the organisation."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: support_requests.support_requests(
            connection, caller, asked, status=status, topic=topic
        ),
    )


@router.get("/support-requests/{request_id}", response_model=SupportThreadAnswer)
async def support_request(request_id: UUID, query: RecordedQuery) -> Response:
    """One request with what was written. Recorded."""
    return await query.run(lambda tx, caller: support_requests.support_request(tx, caller, request_id))


@router.post("/support-requests/{request_id}/messages", status_code=201, response_model=SupportThreadAnswer)
async def write_support_message(request_id: UUID, body: WriteMessage, command: Command) -> Response:
    """The contact answers, or the volunteer asks further."""
    await command.limit_caller(SUPPORT_MESSAGES_BY_CALLER)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: support_requests.write(tx, caller, settings, request_id, body),
        status=201,
        secret=True,
        again=lambda tx, caller: support_requests.support_request(tx, caller, request_id),
    )


@router.post("/support-requests/{request_id}/closing", response_model=SupportThreadAnswer)
async def close_support_request(request_id: UUID, command: Command) -> Response:
    """Nothing more is needed; either side may say so."""
    return await command.run(
        lambda tx, caller: support_requests.close(tx, caller, request_id),
        secret=True,
        again=lambda tx, caller: support_requests.support_request(tx, caller, request_id),
    )


@router.get("/needs", response_model=Page[NeedAnswer], responses=CSV)
async def needs(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(NEEDS.asked)],
    district: Annotated[AGS | None, Query()] = None,
    topic: Annotated[Term | None, Query()] = None,
) -> Response:
    """How often support was asked for per district and topic in the last year; nothing of fewer than five."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: support_requests.needs(
            connection, caller, asked, district=district, topic=topic
        ),
    )
