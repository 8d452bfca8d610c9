"""Requests of persons about their data, their history, and what stays locked after an erasure, in the database."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.erasures import RetainedRecord
from services.registry.models.requests import (
    ExtensionReason,
    IdentityEstablished,
    PersonRequest,
    RequestKind,
    RequestRow,
    RequestStatus,
    RequestStep,
    RestrictionGround,
)
from shared.contracts.vocabulary import LegalProfile
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries
from shared.runtime.ids import new_id

queries: Any = load_queries(__file__, "requests.sql")
_LISTED = ListQuery(
    __file__,
    "requests.sql",
    "person_requests_listed",
    sorts={"due_on": "r.due_on", "request_id": None},
    key="r.request_id",
)
ROWS_AT_MOST = 10_000


def _request(row: Any) -> PersonRequest:
    return PersonRequest(
        request_id=row["request_id"],
        version=row["version"],
        subject_id=row["subject_id"],
        kind=RequestKind(row["kind"]),
        addressed_to=row["addressed_to"],
        legal_profile=LegalProfile(row["legal_profile"]),
        received_on=row["received_on"],
        due_on=row["due_on"],
        identity_established=IdentityEstablished(row["identity_established"]),
        recorded_by=row["recorded_by"],
        status=RequestStatus(row["status"]),
        registered_at=row["registered_at"],
        ground=None if row["ground"] is None else RestrictionGround(row["ground"]),
        told=row["told"],
        reference=row["reference"],
        extension_reason=None if row["extension_reason"] is None else ExtensionReason(row["extension_reason"]),
        outcome_reason=row["outcome_reason"],
        closed_at=row["closed_at"],
        reminded_for=row["reminded_for"],
    )


async def add(connection: Any, request: PersonRequest) -> None:
    """Insert a request."""
    await queries.add_person_request(
        connection,
        request_id=request.request_id,
        subject_id=request.subject_id,
        kind=request.kind.value,
        addressed_to=request.addressed_to,
        legal_profile=request.legal_profile.value,
        received_on=request.received_on,
        due_on=request.due_on,
        identity_established=request.identity_established.value,
        recorded_by=request.recorded_by,
        ground=None if request.ground is None else request.ground.value,
        told=request.told,
        reference=request.reference,
        status=request.status.value,
        registered_at=request.registered_at,
    )


async def save(connection: Any, request: PersonRequest) -> None:
    """Write how far it has come."""
    await queries.save_person_request(
        connection,
        request_id=request.request_id,
        version=request.version,
        status=request.status.value,
        due_on=request.due_on,
        extension_reason=None if request.extension_reason is None else request.extension_reason.value,
        outcome_reason=request.outcome_reason,
        closed_at=request.closed_at,
        reminded_for=request.reminded_for,
    )


async def request(connection: Any, request_id: UUID, *, lock: bool = False) -> PersonRequest | None:
    """One request; `lock` holds the row until commit."""
    read = queries.person_request_for_update if lock else queries.person_request_by_id
    row = await read(connection, request_id=request_id)
    return None if row is None else _request(row)


async def add_step(connection: Any, request_id: UUID, step: RequestStep) -> None:
    """Add a step to a history."""
    await queries.add_person_request_step(
        connection,
        step_id=new_id(),
        request_id=request_id,
        taken_at=step.taken_at,
        step=step.step,
        taken_by=step.taken_by,
        actor_id=step.actor_id,
        reason=step.reason,
    )


async def steps(connection: Any, request_id: UUID) -> list[RequestStep]:
    """The history of a request."""
    return [RequestStep(**dict(row)) for row in await queries.person_request_steps(connection, request_id=request_id)]


async def of_person(connection: Any, subject_id: UUID) -> list[PersonRequest]:
    """What a person asked, latest first."""
    return [
        _request(row) for row in await queries.person_requests_of(connection, subject_id=subject_id, rows=ROWS_AT_MOST)
    ]


async def steps_of_person(connection: Any, subject_id: UUID) -> list[dict[str, Any]]:
    """The histories of what a person asked: with `request_id`, without whoever acted."""
    return [
        dict(row) for row in await queries.person_request_steps_of(connection, subject_id=subject_id, rows=ROWS_AT_MOST)
    ]


async def open_count(connection: Any, subject_id: UUID) -> int:
    """How many requests of a person wait for an answer; whoever counts them besides waits for the commit."""
    await queries.hold_count_of_person_requests(connection, subject_id=subject_id)
    return int(await queries.person_requests_open_count(connection, subject_id=subject_id))


async def has_open(connection: Any, subject_id: UUID, kinds: Collection[RequestKind]) -> bool:
    """Does a person wait for the answer to a request of one of these kinds?"""
    wanted = [kind.value for kind in kinds]
    return bool(await queries.has_open_person_request(connection, subject_id=subject_id, kinds=wanted))


async def to_remind(connection: Any, today: date, soon: date, rows: int) -> list[PersonRequest]:
    """Open requests whose reminder is due, locked until commit."""
    found = await queries.person_requests_to_remind(connection, today=today, soon=soon, rows=rows)
    return [_request(row) for row in found]


async def privacy_officers(connection: Any) -> list[UUID]:
    """Who is told of requests."""
    return [row["subject_id"] for row in await queries.privacy_officers(connection)]


async def remove_of_person(connection: Any, subject_id: UUID) -> int:
    """Forget what a person asked; how many rows went."""
    return int(await queries.remove_person_requests_of(connection, subject_id=subject_id))


async def forget_closed(connection: Any, closed_before: datetime, rows: int) -> int:
    """Forget requests that were closed so long ago; how many went."""
    return int(await queries.forget_closed_person_requests(connection, closed_before=closed_before, rows=rows))


async def retain(connection: Any, erasure_id: UUID, record: RetainedRecord, locked_at: datetime) -> None:
    """Lock a record until its day."""
    await queries.retain_record(
        connection,
        record_id=new_id(),
        erasure_id=erasure_id,
        kind=record.kind,
        ground=record.ground,
        kept_until=record.kept_until,
        content=record.content,
        locked_at=locked_at,
    )


async def retained(connection: Any, erasure_id: UUID) -> list[RetainedRecord]:
    """What stays locked after an erasure."""
    rows = await queries.retained_records_of(connection, erasure_id=erasure_id)
    return [RetainedRecord(row["kind"], row["ground"], row["kept_until"], row["content"]) for row in rows]


async def forget_retained(connection: Any, rows: int) -> int:
    """Forget locked records whose day has passed; how many went."""
    return int(await queries.forget_retained_records(connection, at_most=rows))


async def listed(
    connection: Any,
    asked: Asked,
    *,
    status: str | None,
    kind: str | None,
    subject_id: UUID | None,
    addressed_to: UUID | None,
    due_before: date | None,
) -> list[RequestRow]:
    """A stretch of the list of requests."""
    rows = await _LISTED.fetch(
        connection,
        asked,
        status=status,
        kind=kind,
        subject_id=subject_id,
        addressed_to=addressed_to,
        due_before=due_before,
    )
    return [RequestRow(**dict(row)) for row in rows]
