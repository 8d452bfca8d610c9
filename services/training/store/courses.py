"""Courses, their sessions, and what the read models say around them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.training.models import Course, Organisation, Session
from services.training.store.queries import BESIDE, queries
from shared.contracts.vocabulary import CourseStatus, OrganisationStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import along_with

PUBLISHED = ListQuery(
    BESIDE,
    "queries.sql",
    "courses_listed",
    sorts={"starts_at": "course.starts_at"},
    key="course.course_id",
)


async def volunteer_is_known(connection: Any, volunteer_id: UUID) -> bool:
    """Whether the read model has heard of the volunteer."""
    return bool(await queries.volunteer_is_known(connection, volunteer_id=volunteer_id))


async def organisation(connection: Any, organisation_id: UUID) -> Organisation | None:
    """What the read model says of an organisation; None when it has not heard of it."""
    row = await queries.organisation(connection, organisation_id=organisation_id)
    return row and Organisation(row["organisation_id"], row["status"] == OrganisationStatus.VERIFIED)


async def course(connection: Any, course_id: UUID) -> Course | None:
    """A course with its sessions."""
    return await _one(connection, await queries.course(connection, course_id=course_id))


async def lock_course(connection: Any, course_id: UUID) -> Course | None:
    """A course with its sessions, locked until commit."""
    return await _one(connection, await queries.lock_course(connection, course_id=course_id))


async def published_courses(
    connection: Any,
    asked: Asked,
    earliest: datetime,
    *,
    district: str | None,
    grants: str | None,
    organisation_id: UUID | None,
) -> list[Course]:
    """A stretch of the published courses of verified organisations that begin from an instant on."""
    rows = await PUBLISHED.fetch(
        connection, asked, earliest=earliest, district=district, grants=grants, organisation_id=organisation_id
    )
    sessions = await _sessions(connection, [row["course_id"] for row in rows])
    return [_course(row, sessions[row["course_id"]]) for row in rows]


async def add_course(connection: Any, new: Course) -> None:
    """Store a new course and its sessions."""
    await along_with(queries.insert_course, queries.upsert_sessions)(
        connection,
        organisation_id=new.organisation_id,
        grants=new.grants,
        district=new.district,
        postal_code=new.postal_code,
        languages=list(new.languages),
        **_columns(new),
        **_sessions_of(new),
    )


async def save_course(connection: Any, changed: Course) -> None:
    """Store a locked course after a change."""
    await queries.update_course(connection, **_columns(changed))


async def save_sessions(connection: Any, changed: Course) -> None:
    """Store the sessions of a locked course after a change; those that it has no longer go."""
    await queries.remove_other_sessions(
        connection, course_id=changed.course_id, session_ids=[each.session_id for each in changed.sessions]
    )
    await _save_sessions(connection, changed)


async def courses_with_overdue_offers(connection: Any, now: datetime, at_most: int) -> list[UUID]:
    """Courses in which the deadline of a place that was offered has passed."""
    rows = await queries.courses_with_overdue_offers(connection, now=now, at_most=at_most)
    return [row["course_id"] for row in rows]


async def courses_to_close(connection: Any, now: datetime, at_most: int) -> list[UUID]:
    """Courses that are over and whose waiting list was not closed yet."""
    rows = await queries.courses_to_close(connection, now=now, at_most=at_most)
    return [row["course_id"] for row in rows]


async def close_waiting_list(connection: Any, course_id: UUID) -> None:
    """Nobody waits for this course any more."""
    await queries.close_waiting_list(connection, course_id=course_id)


async def _one(connection: Any, row: Any) -> Course | None:
    if row is None:
        return None
    sessions = await _sessions(connection, [row["course_id"]])
    return _course(row, sessions[row["course_id"]])


async def _sessions(connection: Any, course_ids: Sequence[UUID]) -> dict[UUID, list[Session]]:
    found: dict[UUID, list[Session]] = defaultdict(list)
    for row in await queries.sessions_of(connection, course_ids=list(course_ids)):
        session = Session(row["session_id"], row["starts_at"], row["ends_at"], row["attendance_version"])
        found[row["course_id"]].append(session)
    return found


async def _save_sessions(connection: Any, of: Course) -> None:
    await queries.upsert_sessions(connection, course_id=of.course_id, **_sessions_of(of))


def _sessions_of(course: Course) -> dict[str, Any]:
    return {
        "session_ids": [session.session_id for session in course.sessions],
        "starts": [session.starts_at for session in course.sessions],
        "ends": [session.ends_at for session in course.sessions],
    }


def _columns(of: Course) -> dict[str, Any]:
    return {
        "course_id": of.course_id,
        "version": of.version,
        "title": of.title,
        "places": of.places,
        "places_taken": of.places_taken,
        "last_queue_number": of.last_queue_number,
        "status": of.status,
        "starts_at": of.starts_at,
        "ends_at": of.ends_at,
    }


def _course(row: Any, sessions: Sequence[Session]) -> Course:
    return Course(
        course_id=row["course_id"],
        version=row["version"],
        organisation_id=row["organisation_id"],
        title=row["title"],
        grants=row["grants"],
        district=row["district"],
        postal_code=row["postal_code"],
        languages=tuple(row["languages"]),
        places=row["places"],
        places_taken=row["places_taken"],
        last_queue_number=row["last_queue_number"],
        status=CourseStatus(row["status"]),
        sessions=tuple(sessions),
    )
