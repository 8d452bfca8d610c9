"""Enrolments and attendance."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.training.models import Attendance, Enrolment, EnrolmentView, Session
from services.training.store.queries import BESIDE, queries
from shared.contracts.vocabulary import EnrolmentStatus
from shared.postgres.lists import Asked, ListQuery

LISTED = ListQuery(
    BESIDE, "queries.sql", "enrolments_listed", sorts={"enrolment_id": None}, key="enrolment.enrolment_id"
)


async def enrolment(connection: Any, enrolment_id: UUID) -> Enrolment | None:
    """One enrolment."""
    row = await queries.enrolment(connection, enrolment_id=enrolment_id)
    return row and enrolment_of(row)


async def shown_enrolment(connection: Any, enrolment_id: UUID) -> EnrolmentView | None:
    """One enrolment as it is shown."""
    row = await queries.shown_enrolment(connection, enrolment_id=enrolment_id)
    return row and _view(row)


async def listed(
    connection: Any, asked: Asked, *, volunteer_id: UUID | None, course_id: UUID | None, status: str | None
) -> list[EnrolmentView]:
    """A stretch of a volunteer's enrolments, or of a course's."""
    rows = await LISTED.fetch(connection, asked, volunteer_id=volunteer_id, course_id=course_id, status=status)
    return [_view(row) for row in rows]


async def enrolments_of_course(
    connection: Any, course_id: UUID, enrolment_ids: Collection[UUID]
) -> dict[UUID, Enrolment]:
    """Those among some enrolments that belong to a course."""
    rows = await queries.enrolments_of_course(connection, course_id=course_id, enrolment_ids=list(enrolment_ids))
    return {row["enrolment_id"]: enrolment_of(row) for row in rows}


async def recorded_enrolments(connection: Any, course_id: UUID) -> list[Enrolment]:
    """A course's enrolments that hold a place and have any attendance recorded."""
    return _all(await queries.recorded_enrolments(connection, course_id=course_id))


async def undecided_enrolments(connection: Any, course_id: UUID) -> list[Enrolment]:
    """A course's enrolments that are enrolled, waiting or offered a place."""
    return _all(await queries.undecided_enrolments(connection, course_id=course_id))


async def waiting_enrolments(connection: Any, course_id: UUID) -> list[Enrolment]:
    """A course's enrolments that wait or are offered a place."""
    return _all(await queries.waiting_enrolments(connection, course_id=course_id))


async def overdue_enrolments(connection: Any, course_id: UUID, now: datetime) -> list[Enrolment]:
    """A course's enrolments whose place was offered until `now` or earlier."""
    return _all(await queries.overdue_enrolments(connection, course_id=course_id, now=now))


async def next_waiting(connection: Any, course_id: UUID, at_most: int) -> list[Enrolment]:
    """Those who wait for a course, in order."""
    return _all(await queries.next_waiting(connection, course_id=course_id, at_most=at_most))


async def count_waiting(connection: Any, course_id: UUID) -> int:
    """How many wait for a course."""
    return int(await queries.count_waiting(connection, course_id=course_id))


async def is_enrolled(connection: Any, course_id: UUID, volunteer_id: UUID) -> bool:
    """Whether a volunteer is enrolled in a course, waits for it, or has been through it."""
    return bool(await queries.is_enrolled(connection, course_id=course_id, volunteer_id=volunteer_id))


async def add_enrolment(connection: Any, new: Enrolment, now: datetime) -> None:
    """Store a new enrolment."""
    await queries.insert_enrolment(
        connection,
        enrolment_id=new.enrolment_id,
        version=new.version,
        course_id=new.course_id,
        volunteer_id=new.volunteer_id,
        status=new.status,
        queue_number=new.queue_number,
        offered_until=new.offered_until,
        completed_at=new.completed_at,
        now=now,
    )


async def save_enrolments(connection: Any, changed: Sequence[Enrolment], now: datetime) -> None:
    """Store enrolments of a locked course after a step."""
    await queries.update_enrolments(
        connection,
        enrolment_ids=[each.enrolment_id for each in changed],
        versions=[each.version for each in changed],
        statuses=[each.status for each in changed],
        offered_untils=[each.offered_until for each in changed],
        completed_ats=[each.completed_at for each in changed],
        now=now,
    )


async def attendance(connection: Any, course_id: UUID, session: Session) -> Attendance:
    """Who was recorded for a session, as far as they hold a place."""
    rows = await queries.attendance_of_session(connection, session_id=session.session_id)
    return Attendance(
        course_id=course_id,
        session_id=session.session_id,
        version=session.attendance_version,
        attended=tuple(row["enrolment_id"] for row in rows if row["attended"]),
        absent=tuple(row["enrolment_id"] for row in rows if not row["attended"]),
    )


async def record_attendance(connection: Any, recorded: Attendance, now: datetime) -> None:
    """Store a list of attendance with its version."""
    marks = [(each, True) for each in recorded.attended] + [(each, False) for each in recorded.absent]
    await queries.record_attendance(
        connection,
        session_id=recorded.session_id,
        enrolment_ids=[enrolment_id for enrolment_id, _ in marks],
        attended=[attended for _, attended in marks],
        now=now,
    )
    await queries.set_attendance_version(
        connection, session_id=recorded.session_id, attendance_version=recorded.version
    )


async def marks(connection: Any, enrolment_ids: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, bool]]:
    """All attendance of some enrolments: enrolment → session → attended."""
    found: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    for row in await queries.marks_of_enrolments(connection, enrolment_ids=list(enrolment_ids)):
        found[row["enrolment_id"]][row["session_id"]] = row["attended"]
    return found


def _all(rows: Sequence[Any]) -> list[Enrolment]:
    return [enrolment_of(row) for row in rows]


def enrolment_of(row: Any) -> Enrolment:
    """From a row of the table."""
    return Enrolment(
        enrolment_id=row["enrolment_id"],
        version=row["version"],
        course_id=row["course_id"],
        volunteer_id=row["volunteer_id"],
        status=EnrolmentStatus(row["status"]),
        queue_number=row["queue_number"],
        offered_until=row["offered_until"],
        completed_at=row["completed_at"],
    )


def _view(row: Any) -> EnrolmentView:
    return EnrolmentView(enrolment_of(row), row["title"], row["waiting_position"])
