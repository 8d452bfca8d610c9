"""Requests of persons about their data: one's own, recorded ones, and the privacy officer's work on them; restrictions."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.registry.api.access import settings_of
from services.registry.handlers import corrections, restricting
from services.registry.handlers.requests import asking, working
from services.registry.models.requests import (
    AnswerRequest,
    CorrectPerson,
    ExtendRequest,
    LiftRestriction,
    RecordRequest,
    RefuseRequest,
    RegisterRequest,
    RequestAnswer,
    RequestKind,
    RequestRow,
    RequestStatus,
    RestrictionAnswer,
)
from shared.http.commands import Command, Query, RecordedQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page
from shared.http.rate_limits import Limit

router = APIRouter(tags=["requests of persons"])

REQUESTS_BY_CALLER = Limit("person-requests-by-caller", 60, 3600)
LISTING = Listing("person-requests", RequestRow, {"due_on": date, "request_id": None}, key="request_id")
OWN = Listing(
    "own-person-requests",
    RequestAnswer,
    {"registered_at": datetime, "due_on": date, "request_id": None},
    key="request_id",
    descending=True,
)


@router.post("/person-requests", status_code=201, response_model=RequestAnswer)
async def register_person_request(body: RegisterRequest, command: Command) -> Response:
    """Ask about my data. An erasure and a restriction happen at once; the rest is answered within the period of the law."""
    await command.limit_caller(REQUESTS_BY_CALLER)
    return await command.run(
        lambda tx, caller: asking.register(tx, caller, body),
        status=201,
        location=lambda request: f"/person-requests/{request.request_id}",
    )


@router.post("/person-requests/recorded", status_code=201, response_model=RequestAnswer)
async def record_person_request(body: RecordRequest, command: Command) -> Response:
    """Record what somebody asked by letter, phone or in person, and how it was made sure who they are."""
    await command.limit_caller(REQUESTS_BY_CALLER)
    return await command.run(
        lambda tx, caller: asking.record_request(tx, caller, body),
        status=201,
        location=lambda request: f"/person-requests/{request.request_id}",
        concerns=lambda request: request.subject_id,
        still=lambda tx, caller: asking.require_recording(tx, caller, body),
    )


@router.get("/person-requests", response_model=Page[RequestRow], responses=CSV)
async def person_requests(
    query: RecordedQuery,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    status: Annotated[RequestStatus | None, Parameter()] = None,
    kind: Annotated[RequestKind | None, Parameter()] = None,
    subject_id: Annotated[UUID | None, Parameter(description="the person who asked")] = None,
    addressed_to: Annotated[UUID | None, Parameter(description="the organisation that was asked")] = None,
    due_before: Annotated[date | None, Parameter(description="open, and to be answered before this day")] = None,
) -> Response:
    """All requests, soonest due first (privacy_officer). Looking at them is recorded."""
    return await listed.answer(
        query,
        lambda tx, caller, asked: asking.requests(
            tx,
            caller,
            asked,
            status=None if status is None else status.value,
            kind=None if kind is None else kind.value,
            subject_id=subject_id,
            addressed_to=addressed_to,
            due_before=due_before,
        ),
    )


@router.get("/me/person-requests", response_model=Page[RequestAnswer], responses=CSV)
async def own_person_requests(query: Query, listed: Annotated[Listed, Depends(OWN.asked)]) -> Response:
    """What I asked, latest first, and how it stands."""
    return await listed.answer_few(query, asking.own_requests)


@router.get("/person-requests/{request_id}", response_model=RequestAnswer)
async def person_request(request_id: UUID, query: RecordedQuery) -> Response:
    """One request with its history: one's own, or any (privacy_officer)."""
    return await query.run(lambda tx, caller: asking.request(tx, caller, request_id))


@router.post("/person-requests/{request_id}/start", response_model=RequestAnswer)
async def take_up_person_request(request_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Begin to work on it (privacy_officer)."""
    return await command.run(
        lambda tx, caller: working.take_up(tx, caller, request_id, version),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/extension", response_model=RequestAnswer)
async def extend_person_request(
    request_id: UUID, body: ExtendRequest, command: Command, version: ExpectedVersion
) -> Response:
    """Two more months, with a reason that the person is told (Art. 12(3) DSGVO; privacy_officer)."""
    return await command.run(
        lambda tx, caller: working.extend(tx, caller, request_id, version, body),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/execution", response_model=RequestAnswer)
async def carry_out_person_request(request_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Carry out a recorded erasure or restriction (privacy_officer)."""
    return await command.run(
        lambda tx, caller: working.carry_out(tx, caller, request_id, version),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/correction", response_model=RequestAnswer)
async def correct_person(request_id: UUID, body: CorrectPerson, command: Command, version: ExpectedVersion) -> Response:
    """Put right what is wrong, as the person asked (Art. 16 DSGVO; privacy_officer); every service hears of it."""
    return await command.run(
        lambda tx, caller: corrections.correct(tx, settings_of(command.state), caller, request_id, version, body),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/answer", response_model=RequestAnswer)
async def answer_person_request(
    request_id: UUID, body: AnswerRequest, command: Command, version: ExpectedVersion
) -> Response:
    """It was met (privacy_officer)."""
    return await command.run(
        lambda tx, caller: working.answer(tx, caller, request_id, version, body),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/refusal", response_model=RequestAnswer)
async def refuse_person_request(
    request_id: UUID, body: RefuseRequest, command: Command, version: ExpectedVersion
) -> Response:
    """It is refused, with a reason that the person is told (Art. 12(4) DSGVO; privacy_officer)."""
    return await command.run(
        lambda tx, caller: working.refuse(tx, caller, request_id, version, body),
        concerns=lambda request: request.subject_id,
        secret=True,
        again=lambda tx, caller: asking.request(tx, caller, request_id),
    )


@router.post("/person-requests/{request_id}/withdrawal", response_model=RequestAnswer)
async def withdraw_person_request(request_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """I want no answer any more."""
    return await command.run(lambda tx, caller: working.withdraw(tx, caller, request_id, version))


@router.get("/persons/{subject_id}/restriction", response_model=RestrictionAnswer)
async def restriction(subject_id: UUID, query: RecordedQuery) -> Response:
    """Whether data may only be stored, since when and why (Art. 18 DSGVO)."""
    return await query.run(lambda tx, caller: restricting.restriction(tx, caller, subject_id))


@router.post("/persons/{subject_id}/restriction/end", status_code=204)
async def lift_restriction(subject_id: UUID, body: LiftRestriction, command: Command) -> Response:
    """End a restriction: one's own at once, another's a week after they were told (Art. 18(3) DSGVO; privacy_officer)."""
    return await command.run(lambda tx, caller: restricting.lift(tx, caller, subject_id, body), status=204)
