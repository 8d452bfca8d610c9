"""Everything of one person: for their own eyes, and for erasure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.training.models import Record
from services.training.store.queries import queries


async def record(connection: Any, volunteer_id: UUID, now: datetime) -> Record:
    """Everything that is stored of a person."""
    member = await queries.record_of_member(connection, subject_id=volunteer_id)
    return Record(
        subject_id=volunteer_id,
        exported_at=now,
        is_known_as_volunteer=bool(await queries.is_known_volunteer(connection, volunteer_id=volunteer_id)),
        moves=[dict(row) for row in await queries.record_of_moves(connection, volunteer_id=volunteer_id)],
        member=None if member is None else dict(member),
        enrolments=[dict(row) for row in await queries.record_of_enrolments(connection, volunteer_id=volunteer_id)],
        attendance=[dict(row) for row in await queries.record_of_attendance(connection, volunteer_id=volunteer_id)],
        qualifications=[
            dict(row) for row in await queries.record_of_qualifications(connection, volunteer_id=volunteer_id)
        ],
    )


async def courses_of(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """The courses in which a volunteer is or was enrolled, in the order in which they are locked."""
    return [row["course_id"] for row in await queries.courses_of_volunteer(connection, volunteer_id=volunteer_id)]


async def erase_attendance(connection: Any, volunteer_id: UUID) -> int:
    """Remove a volunteer's attendance; how many rows."""
    return int(await queries.erase_attendance(connection, volunteer_id=volunteer_id))


async def erase_enrolments(connection: Any, volunteer_id: UUID) -> list[tuple[UUID, UUID, str]]:
    """Remove a volunteer's enrolments: (enrolment, course, status) of each."""
    rows = await queries.erase_enrolments(connection, volunteer_id=volunteer_id)
    return [(row["enrolment_id"], row["course_id"], row["status"]) for row in rows]


async def erase_qualifications(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """Remove a volunteer's qualifications; their ids."""
    rows = await queries.erase_qualifications(connection, volunteer_id=volunteer_id)
    return [row["qualification_id"] for row in rows]


async def erase_volunteer(connection: Any, volunteer_id: UUID) -> int:
    """Remove a volunteer from the read model; how many rows."""
    return int(await queries.erase_volunteer(connection, volunteer_id=volunteer_id))
