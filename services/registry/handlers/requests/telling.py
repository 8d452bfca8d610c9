"""What becomes of a request: its history, and what the person and the privacy officers are told."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import rights
from services.registry.models.requests import (
    PersonRequest,
    RequestAnswer,
    RequestOutcome,
    RequestRow,
    RequestStatus,
    RequestStep,
    StepAnswer,
)
from services.registry.store import members, volunteers
from services.registry.store import requests as store
from shared.access.callers import Caller
from shared.contracts.registry import PersonRequestAnswered, PersonRequestDue, PersonRequestReceived
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

log = structlog.get_logger()


async def close(
    tx: Transaction,
    request: PersonRequest,
    status: RequestStatus,
    outcome: RequestOutcome,
    caller: Caller,
    *,
    reason: str | None = None,
    told: bool = True,
    by_member: bool | None = None,
) -> PersonRequest:
    closed = replace(
        request,
        status=status,
        outcome_reason=reason or outcome.value,
        closed_at=tx.now,
        version=request.version + 1,
    )
    await store.save(tx.connection, closed)
    if request.subject_id is not None:
        await rights.renew(tx, request.subject_id)
    await step(tx, closed, status.value, caller, reason=reason or outcome.value)
    log.info("person-request-closed", request_id=str(request.request_id), request_status=status)
    if told and request.subject_id is not None:
        if by_member is None:
            by_member = await is_member_or_gone(tx.connection, request.subject_id)
        # Who is gone is told nothing; the request is closed all the same.
        if by_member is not None:
            tx.publish(
                PersonRequestAnswered(
                    request_id=request.request_id,
                    subject_id=request.subject_id,
                    by_member=by_member,
                    kind=request.kind,
                    received_on=request.received_on,
                    outcome=outcome,
                    reason=reason,
                )
            )
    return closed


async def announce(tx: Transaction, request: PersonRequest, *, by_member: bool | None) -> None:
    """Tell the person that it has come in, and the privacy officers that there is something to do."""
    if request.subject_id is not None and by_member is not None:
        tx.publish(
            PersonRequestReceived(
                request_id=request.request_id,
                subject_id=request.subject_id,
                by_member=by_member,
                kind=request.kind,
                received_on=request.received_on,
                due_on=request.due_on,
            )
        )
    await tell_officers(tx, request, "new")


async def tell_officers(tx: Transaction, request: PersonRequest, occasion: str) -> None:
    for officer_id in await store.privacy_officers(tx.connection):
        tx.publish(
            PersonRequestDue(
                request_id=request.request_id,
                officer_id=officer_id,
                kind=request.kind,
                occasion=occasion,
                due_on=request.due_on,
            )
        )


async def step(
    tx: Transaction,
    request: PersonRequest,
    step: str,
    caller: Caller | None,
    *,
    reason: str | None = None,
    by_person: bool = False,
) -> None:
    is_person = by_person or (caller is not None and caller.is_person(request.subject_id))
    taken_by: Any = "system" if caller is None else "person" if is_person else "staff"
    actor_id = None if caller is None else caller.subject_id
    await store.add_step(tx.connection, request.request_id, RequestStep(tx.now, step, taken_by, actor_id, reason))


async def is_member(connection: Any, subject_id: UUID) -> bool:
    """Is the person staff, or a volunteer (`person-not-found` when neither)?"""
    found = await is_member_or_gone(connection, subject_id)
    if found is None:
        raise not_found("person")
    return found


async def is_member_or_gone(connection: Any, subject_id: UUID) -> bool | None:
    """Whether the person is staff; None: they are gone."""
    if await volunteers.volunteer(connection, subject_id) is not None:
        return False
    return True if await members.member(connection, subject_id) is not None else None


async def answer_of(connection: Any, request: PersonRequest) -> RequestAnswer:
    history = [
        StepAnswer(taken_at=step.taken_at, step=step.step, taken_by=step.taken_by, reason=step.reason)
        for step in await store.steps(connection, request.request_id)
    ]
    return shown(request, history)


def shown(request: PersonRequest, history: list[StepAnswer]) -> RequestAnswer:
    row = RequestRow.model_validate(request, from_attributes=True)
    return RequestAnswer(**row.model_dump(), told=request.told, history=history)
