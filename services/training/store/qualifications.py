"""Qualifications, and the completed courses on which they rest."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.training.models import Proof, Qualification
from services.training.store.queries import BESIDE, queries
from shared.postgres.lists import Asked, ListQuery
from shared.runtime.clock import BERLIN

LISTED = ListQuery(
    BESIDE,
    "queries.sql",
    "qualifications_listed",
    sorts={"qualification_id": None, "granted_on": "held.granted_on"},
    key="held.qualification_id",
)


async def lock_holders(connection: Any, volunteer_ids: Collection[UUID]) -> None:
    """Until commit nobody else decides about the qualifications of these volunteers."""
    await queries.lock_qualification_holders(connection, volunteer_ids=list(volunteer_ids))


async def held(connection: Any, volunteer_ids: Collection[UUID], qualification: str) -> dict[UUID, Qualification]:
    """The qualifications of one kind that some volunteers hold, locked: volunteer → qualification."""
    rows = await queries.live_qualifications(connection, volunteer_ids=list(volunteer_ids), qualification=qualification)
    return {row["volunteer_id"]: qualification_of(row) for row in rows}


async def proofs(
    connection: Any, volunteer_ids: Collection[UUID], qualification: str
) -> Mapping[UUID, Sequence[Proof]]:
    """The completed courses of some volunteers that grant a qualification: volunteer → proofs."""
    found: dict[UUID, list[Proof]] = defaultdict(list)
    for row in await queries.proofs(connection, volunteer_ids=list(volunteer_ids), qualification=qualification):
        completed_on = row["completed_on"].astimezone(BERLIN).date()
        found[row["volunteer_id"]].append(Proof(row["course_id"], completed_on))
    return found


async def save(connection: Any, qualification: Qualification) -> None:
    """Store a qualification, new or after a change."""
    await queries.save_qualification(
        connection,
        qualification_id=qualification.qualification_id,
        version=qualification.version,
        volunteer_id=qualification.volunteer_id,
        qualification=qualification.qualification,
        course_id=qualification.course_id,
        granted_on=qualification.granted_on,
        valid_until=qualification.valid_until,
        ended_at=qualification.ended_at,
    )


async def expired(connection: Any, today: date, at_most: int) -> list[Qualification]:
    """Qualifications whose last valid day has passed, locked."""
    rows = await queries.expired_qualifications(connection, today=today, at_most=at_most)
    return [qualification_of(row) for row in rows]


async def listed(
    connection: Any, asked: Asked, volunteer_id: UUID, *, qualification: str | None, ended: bool | None
) -> list[Qualification]:
    """A stretch of a volunteer's qualifications."""
    rows = await LISTED.fetch(connection, asked, volunteer_id=volunteer_id, qualification=qualification, ended=ended)
    return [qualification_of(row) for row in rows]


def qualification_of(row: Any) -> Qualification:
    """From a row of the table."""
    return Qualification(
        qualification_id=row["qualification_id"],
        version=row["version"],
        volunteer_id=row["volunteer_id"],
        qualification=row["qualification"],
        course_id=row["course_id"],
        granted_on=row["granted_on"],
        valid_until=row["valid_until"],
        ended_at=row["ended_at"],
    )
