"""A privacy officer takes a request up, extends it, carries it out, answers or refuses it. All of it is recorded.

Nobody decides about themself: what a privacy officer asked is worked on by another one.
They are reminded a week before the day, and when it has passed.
"""

from dataclasses import replace
from uuid import UUID

import structlog

from services.registry.handlers import erasures, restricting, rights
from services.registry.handlers.audit import record
from services.registry.handlers.requests.telling import answer_of, close, is_member_or_gone, step, tell_officers
from services.registry.models.requests import (
    AnswerRequest,
    ExtendRequest,
    PersonRequest,
    RefuseRequest,
    RequestAnswer,
    RequestKind,
    RequestOutcome,
    RequestStatus,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import requests as rules
from services.registry.rules.request_refusals import (
    extension_too_late,
    not_carried_out,
    nothing_to_carry_out,
    own_request,
    request_closed,
    roles_held,
)
from services.registry.store import requests as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import PersonRequestExtended
from shared.postgres.subjects import lock_subject, lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch

log = structlog.get_logger()


REMINDED_AT_ONCE = 50
FORGOTTEN_AT_ONCE = 500


async def carry_out(tx: Transaction, caller: Caller, request_id: UUID, version: int) -> RequestAnswer:
    """A privacy officer carries out a recorded erasure or restriction."""
    request = await opened(tx, caller, request_id, version)
    if request.subject_id is None or not rules.is_carried_out_at_once(request.kind):
        raise nothing_to_carry_out()
    by_member = await is_member_or_gone(tx.connection, request.subject_id)
    if by_member is None:
        # They went in the meantime: there is nothing left that it could be carried out on.
        return await answer_of(
            tx.connection, await close(tx, request, RequestStatus.ANSWERED, RequestOutcome.NOTHING_HELD, caller)
        )
    if not rules.is_carried_out_at_once(request.kind, is_member=by_member):
        raise roles_held()
    await record(tx, caller, "carried-out", "person-request", request.request_id, request.subject_id)
    return await carried_out(tx, caller, request, by_member=by_member)


async def carried_out(tx: Transaction, caller: Caller, request: PersonRequest, *, by_member: bool) -> RequestAnswer:
    assert request.subject_id is not None
    if request.kind is RequestKind.ERASURE:
        closed = await close(tx, request, RequestStatus.ANSWERED, RequestOutcome.FULFILLED, caller, told=False)
        answer = await answer_of(tx.connection, closed)
        accepted = await erasures.request_erasure(tx, caller, request.subject_id, by_request=True)
        return answer.model_copy(update={"erasure_id": accepted.erasure_id})
    assert request.ground is not None
    await restricting.begin(tx, request.subject_id, request.request_id, request.ground)
    closed = await close(tx, request, RequestStatus.ANSWERED, RequestOutcome.FULFILLED, caller, by_member=by_member)
    return await answer_of(tx.connection, closed)


async def take_up(tx: Transaction, caller: Caller, request_id: UUID, version: int) -> RequestAnswer:
    """Somebody begins to work on a request."""
    request = await opened(tx, caller, request_id, version)
    if request.status is RequestStatus.RECEIVED:
        request = replace(request, status=RequestStatus.IN_PROGRESS, version=request.version + 1)
        await store.save(tx.connection, request)
        await step(tx, request, "taken-up", caller)
    return await answer_of(tx.connection, request)


async def extend(tx: Transaction, caller: Caller, request_id: UUID, version: int, told: ExtendRequest) -> RequestAnswer:
    """Two more months, with a reason that the person is told (Art. 12(3) DSGVO)."""
    request = await opened(tx, caller, request_id, version)
    if not rules.may_be_extended(request, tx.now.astimezone(BERLIN).date()):
        raise extension_too_late()
    request = replace(
        request,
        due_on=rules.extended_due_on(request.received_on, request.legal_profile),
        extension_reason=told.reason,
        version=request.version + 1,
        reminded_for=None,
    )
    await store.save(tx.connection, request)
    await step(tx, request, "extended", caller, reason=told.reason.value)
    if request.subject_id is not None:
        await rights.renew(tx, request.subject_id)
        by_member = await is_member_or_gone(tx.connection, request.subject_id)
    # Who is gone is told nothing.
    if request.subject_id is not None and by_member is not None:
        tx.publish(
            PersonRequestExtended(
                request_id=request_id,
                subject_id=request.subject_id,
                by_member=by_member,
                kind=request.kind,
                received_on=request.received_on,
                due_on=request.due_on,
                reason=told.reason,
            )
        )
    return await answer_of(tx.connection, request)


async def answer(tx: Transaction, caller: Caller, request_id: UUID, version: int, told: AnswerRequest) -> RequestAnswer:
    """The request was met."""
    request = await opened(tx, caller, request_id, version)
    if request.subject_id is not None and rules.is_carried_out_at_once(request.kind):
        raise not_carried_out()
    closed = await close(tx, request, RequestStatus.ANSWERED, told.outcome, caller)
    return await answer_of(tx.connection, closed)


async def refuse(tx: Transaction, caller: Caller, request_id: UUID, version: int, told: RefuseRequest) -> RequestAnswer:
    """The request is refused; the person is told why and where to complain (Art. 12(4) DSGVO)."""
    request = await opened(tx, caller, request_id, version)
    closed = await close(tx, request, RequestStatus.REFUSED, RequestOutcome.REFUSED, caller, reason=told.reason.value)
    return await answer_of(tx.connection, closed)


async def withdraw(tx: Transaction, caller: Caller, request_id: UUID, version: int) -> RequestAnswer:
    """A person wants no answer any more."""
    request = await _found(tx, caller, "withdraw-person-request", request_id, version)
    closed = replace(request, status=RequestStatus.WITHDRAWN, closed_at=tx.now, version=request.version + 1)
    await store.save(tx.connection, closed)
    await step(tx, closed, "withdrawn", caller, by_person=True)
    if closed.subject_id is not None:
        await rights.renew(tx, closed.subject_id)
    return await answer_of(tx.connection, closed)


async def opened(tx: Transaction, caller: Caller, request_id: UUID, version: int) -> PersonRequest:
    """A request that a privacy officer works on; that they did is recorded."""
    found = await _found(tx, caller, "handle-person-request", request_id, version)
    if caller.is_person(found.subject_id):
        raise own_request()
    await record(tx, caller, "changed", "person-request", request_id, found.subject_id)
    return found


async def _found(tx: Transaction, caller: Caller, operation: str, request_id: UUID, version: int) -> PersonRequest:
    seen = await store.request(tx.connection, request_id)
    person = None if seen is None else seen.subject_id
    PERMISSIONS.require(operation, caller, Belongs(person=person), what="person-request")
    if seen is None:
        raise not_found("person-request")
    if seen.subject_id is not None:
        await lock(tx, seen.subject_id, seen.kind)
    found = await store.request(tx.connection, request_id, lock=True)
    if found is None:
        raise not_found("person-request")
    if found.version != version:
        raise version_mismatch(found.version)
    if not rules.is_open(found):
        raise request_closed()
    return found


async def lock(tx: Transaction, subject_id: UUID, kind: RequestKind) -> None:
    """An erasure takes its lock at once: two that first held the shared one would wait for each other for ever.

    A restriction takes the same one: what a command about the person that is under way has read of it holds until it ends.
    """
    if kind in (RequestKind.ERASURE, RequestKind.RESTRICTION):
        if await lock_subject_for_erasure(tx, subject_id):
            raise not_found("person")
    else:
        await lock_subject(tx, subject_id)


async def remind(tx: Transaction) -> int:
    """A timer's step: remind the privacy officers a week before the day, and when it has passed."""
    today = tx.now.astimezone(BERLIN).date()
    due = await store.to_remind(tx.connection, today, today + rules.SOON, REMINDED_AT_ONCE)
    for request in due:
        occasion = rules.reminder_of(request, today)
        assert occasion is not None
        await store.save(tx.connection, replace(request, reminded_for=occasion))
        await tell_officers(tx, request, occasion)
        log.info("person-request-due", request_id=str(request.request_id), occasion_kind=occasion)
    return len(due)


async def forget(tx: Transaction, years: int) -> int:
    """A timer's step: forget requests, and what was locked, when proof of them is not needed any more."""
    # By the calendar: what was closed in a year goes when the year of its end has passed.
    first_kept = tx.now.astimezone(BERLIN).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    closed_before = first_kept.replace(year=first_kept.year - years)
    forgotten = await store.forget_closed(tx.connection, closed_before, FORGOTTEN_AT_ONCE)
    return forgotten + await store.forget_retained(tx.connection, FORGOTTEN_AT_ONCE)
