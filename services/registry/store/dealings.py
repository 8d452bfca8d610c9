"""Who has dealt with whom: the read models of matching's placements and offers in the database."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "dealings.sql")


async def deals_with(connection: Any, organisation_id: UUID, volunteer_id: UUID) -> bool:
    """Whether an organisation and a volunteer have dealt with each other: the volunteer acted or was confirmed."""
    return bool(await queries.deals_with(connection, organisation_id=organisation_id, volunteer_id=volunteer_id))


async def has_to_do_with(connection: Any, organisation_id: UUID, volunteer_id: UUID) -> bool:
    """Whether an organisation has dealt with a volunteer, or registered them itself."""
    return bool(await queries.has_to_do_with(connection, organisation_id=organisation_id, volunteer_id=volunteer_id))


async def is_in_reach(connection: Any, organisation_id: UUID, districts: Collection[str], volunteer_id: UUID) -> bool:
    """Whether an organisation has dealt with a volunteer in one of these districts, or registered them there."""
    found = await queries.is_in_reach(
        connection, organisation_id=organisation_id, districts=list(districts), volunteer_id=volunteer_id
    )
    return bool(found)


async def organisations_of(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """The organisations with which a volunteer has dealt."""
    rows = await queries.organisations_of_volunteer(connection, volunteer_id=volunteer_id)
    return [row["organisation_id"] for row in rows]


async def dealt_with_among(
    connection: Any, organisation_ids: Collection[UUID], volunteer_ids: Collection[UUID]
) -> set[UUID]:
    """Which of these volunteers have dealt with one of these organisations, in one query: for lists."""
    rows = await queries.volunteers_dealt_with(
        connection, organisation_ids=list(organisation_ids), volunteer_ids=list(volunteer_ids)
    )
    return {row["volunteer_id"] for row in rows}


async def remove_of_volunteer(connection: Any, volunteer_id: UUID) -> int:
    """Forget a volunteer's placements; how many rows went."""
    return int(await queries.remove_placements_of_volunteer(connection, volunteer_id=volunteer_id))
