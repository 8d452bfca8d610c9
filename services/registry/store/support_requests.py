"""Support requests in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.support_requests import (
    Escalation,
    MessageAnswer,
    NeedAnswer,
    RequestStatus,
    SupportRequest,
)
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "support_requests.sql")

_SORTS = {"asked_at": "s.asked_at", "due_on": "s.due_on"}
_ASKED = ListQuery(__file__, "support_requests.sql", "support_requests_asked", sorts=_SORTS, key="s.request_id")
_TO_HANDLE = ListQuery(__file__, "support_requests.sql", "support_requests_to_handle", sorts=_SORTS, key="s.request_id")
_NEEDS = ListQuery(
    __file__, "support_requests.sql", "needs", sorts={"cell": None, "requests": "n.requests"}, key="n.cell"
)


def _request(row: Any) -> SupportRequest:
    return SupportRequest(
        **{**row, "status": RequestStatus(row["status"]), "escalation": Escalation(row["escalation"])}
    )


def _columns(request: SupportRequest) -> dict[str, Any]:
    return {**asdict(request), "status": request.status.value, "escalation": request.escalation.value}


async def add(connection: Any, request: SupportRequest) -> None:
    """Insert a request."""
    await queries.add_support_request(connection, **_columns(request))


async def save(connection: Any, request: SupportRequest, now: datetime) -> None:
    """Write a request that has changed."""
    columns = {**_columns(request), "changed_at": now}
    for unchanging in ("volunteer_id", "group_id", "organisation_id", "district", "topic", "asked_at"):
        del columns[unchanging]
    await queries.save_support_request(connection, **columns)


async def request(connection: Any, request_id: UUID, *, lock: bool = False) -> SupportRequest | None:
    """One request; `lock` holds it until commit."""
    read = queries.support_request_for_update if lock else queries.support_request_by_id
    row = await read(connection, request_id=request_id)
    return None if row is None else _request(row)


async def add_message(
    connection: Any,
    request_id: UUID,
    number: int,
    *,
    from_volunteer: bool,
    text: str,
    now: datetime,
    author_id: UUID | None = None,
) -> None:
    """Somebody wrote."""
    await queries.add_support_message(
        connection,
        request_id=request_id,
        number=number,
        from_volunteer=from_volunteer,
        text=text,
        written_at=now,
        author_id=author_id,
    )


async def threads(connection: Any, request_ids: Collection[UUID]) -> dict[UUID, list[MessageAnswer]]:
    """What was written in each of these requests, in order."""
    found: dict[UUID, list[MessageAnswer]] = defaultdict(list)
    for row in await queries.support_messages(connection, request_ids=list(request_ids)):
        found[row["request_id"]].append(MessageAnswer(**row))
    return found


async def count_open(connection: Any, volunteer_id: UUID) -> int:
    """How many requests of a volunteer are not closed."""
    return int(await queries.count_open_of_volunteer(connection, volunteer_id=volunteer_id))


async def asked(
    connection: Any, asked: Asked, volunteer_id: UUID, group_ids: Sequence[UUID], status: RequestStatus | None
) -> list[SupportRequest]:
    """A stretch of what a volunteer asked, for themselves or for initiatives."""
    rows = await _ASKED.fetch(
        connection,
        asked,
        volunteer_id=volunteer_id,
        group_ids=list(group_ids),
        status=None if status is None else status.value,
    )
    return [_request(row) for row in rows]


async def to_handle(
    connection: Any,
    asked: Asked,
    contact_ids: Sequence[UUID],
    organisation_ids: Collection[UUID],
    status: RequestStatus | None,
    topic: str | None,
) -> list[SupportRequest]:
    """A stretch of what these contacts are asked, and of what came to these organisations."""
    rows = await _TO_HANDLE.fetch(
        connection,
        asked,
        contact_ids=list(contact_ids),
        organisation_ids=list(organisation_ids),
        status=None if status is None else status.value,
        topic=topic,
    )
    return [_request(row) for row in rows]


async def contacts_of_member(connection: Any, subject_id: UUID, organisation_ids: Collection[UUID]) -> list[UUID]:
    """Which contacts a member is, in these organisations."""
    rows = await queries.contacts_of_member(connection, subject_id=subject_id, organisation_ids=list(organisation_ids))
    return [row["contact_id"] for row in rows]


async def is_speaker(connection: Any, group_id: UUID, volunteer_id: UUID) -> bool:
    """Whether a volunteer speaks for an initiative."""
    return bool(await queries.is_speaker(connection, group_id=group_id, volunteer_id=volunteer_id))


async def groups_spoken_for(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """The initiatives for which a volunteer speaks."""
    return [row["group_id"] for row in await queries.groups_spoken_for(connection, volunteer_id=volunteer_id)]


async def asker(connection: Any, volunteer_id: UUID) -> tuple[str, str | None] | None:
    """Name and address of whoever asks; None: they are being erased."""
    row = await queries.asker(connection, volunteer_id=volunteer_id)
    return None if row is None else (row["name"], row["mail"])


async def who_asked(connection: Any, organisation_id: UUID, volunteer_ids: Collection[UUID]) -> set[UUID]:
    """Which of these volunteers have asked an organisation for support."""
    rows = await queries.who_asked(connection, organisation_id=organisation_id, volunteer_ids=list(volunteer_ids))
    return {row["volunteer_id"] for row in rows}


async def hand_over(
    connection: Any, next_contacts: Sequence[tuple[UUID, UUID, UUID]], today: date
) -> list[SupportRequest]:
    """(volunteer, organisation, contact): where whoever was asked has left, the next one answers; what that concerns."""
    rows = await queries.hand_over(
        connection,
        volunteer_ids=[volunteer_id for volunteer_id, _, _ in next_contacts],
        organisation_ids=[organisation_id for _, organisation_id, _ in next_contacts],
        contact_ids=[contact_id for _, _, contact_id in next_contacts],
        today=today,
    )
    return [SupportRequest(**row) for row in rows]


async def contact_left(connection: Any, contact_id: UUID, today: date) -> None:
    """Whoever was to answer has left: overdue at once."""
    await queries.contact_left(connection, contact_id=contact_id, today=today)


async def overdue(connection: Any, today: date, rows: int) -> list[tuple[UUID, UUID]]:
    """Overdue requests with their volunteers."""
    found = await queries.overdue_requests(connection, today=today, rows=rows)
    return [(row["request_id"], row["volunteer_id"]) for row in found]


async def overdue_locked(connection: Any, request_ids: Collection[UUID], today: date) -> list[SupportRequest]:
    """Those of these requests that are overdue still, locked."""
    rows = await queries.overdue_for_update(connection, request_ids=list(request_ids), today=today)
    return [_request(row) for row in rows]


async def close_unheard(connection: Any, before: datetime, now: datetime, rows: int) -> int:
    """Close what was answered long ago; how many."""
    status: str = await queries.close_unheard(connection, before=before, now=now, rows=rows)
    return int(status.rpartition(" ")[2])


async def forget_closed(connection: Any, before: datetime, rows: int) -> int:
    """Forget what was closed long ago; how many."""
    status: str = await queries.forget_closed(connection, before=before, rows=rows)
    return int(status.rpartition(" ")[2])


async def needs(connection: Any, asked: Asked, *, districts: list[str] | None, topic: str | None) -> list[NeedAnswer]:
    """A stretch of the counts per district and topic."""
    return [NeedAnswer(**row) for row in await _NEEDS.fetch(connection, asked, districts=districts, topic=topic)]


async def count_needs(
    connection: Any, *, counted_before: datetime, now: datetime, since: datetime, today: date, persons: int
) -> bool:
    """Count the needs anew, nothing that fewer than so many persons asked; False when somebody has just done it."""
    if not await queries.begin_counting_needs(connection, now=now, before=counted_before):
        return False
    await queries.forget_needs(connection)
    await queries.count_needs(connection, since=since, today=today, persons=persons)
    return True


async def remove_of_volunteer(connection: Any, volunteer_id: UUID) -> int:
    """Forget what a volunteer asked, with everything that was written; how many rows went."""
    return int(await queries.remove_support_requests(connection, volunteer_id=volunteer_id))
