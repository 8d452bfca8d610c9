"""Everything that matching holds of one person: to hand it out, and to erase it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.placements import Record
from services.matching.store import tandems as tandems_store
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "persons.sql")


async def record(connection: Any, volunteer_id: UUID, now: datetime) -> Record:
    """Everything of a person."""
    profile = await queries.profile(connection, volunteer_id=volunteer_id)
    member = await queries.member_of(connection, subject_id=volunteer_id)
    tandems, check_ins, wishes = await tandems_store.to_export(connection, volunteer_id)
    return Record(
        subject_id=volunteer_id,
        exported_at=now,
        member=dict(member) if member else None,
        offers=_dicts(await queries.offers_coordinated_by(connection, coordinator_id=volunteer_id)),
        activities=_dicts(await queries.activities_kept_by(connection, coordinator_id=volunteer_id)),
        moves=_dicts(await queries.moves_of(connection, volunteer_id=volunteer_id)),
        checks=_dicts(await queries.checks_of(connection, volunteer_id=volunteer_id)),
        profile=dict(profile) if profile else None,
        qualifications=_dicts(await queries.qualifications_of(connection, volunteer_id=volunteer_id)),
        clearances=_dicts(await queries.clearances_of(connection, volunteer_id=volunteer_id)),
        groups=_dicts(await queries.groups_of(connection, volunteer_id=volunteer_id)),
        contacts=_dicts(await queries.contacts_of(connection, subject_id=volunteer_id)),
        consents=await queries.consents_of(connection, volunteer_id=volunteer_id) or [],
        placements=_dicts(await queries.placements_of(connection, volunteer_id=volunteer_id)),
        tandems=tandems,
        tandem_check_ins=check_ins,
        tandem_wishes=wishes,
        plans=_dicts(await queries.plans_with(connection, subject_id=volunteer_id)),
        asks=_dicts(await queries.asks_of(connection, volunteer_id=volunteer_id)),
        declined_topics=_dicts(await queries.declined_topics_of(connection, volunteer_id=volunteer_id)),
        suggestions_told=_dicts(await queries.suggestions_told_to(connection, volunteer_id=volunteer_id)),
    )


async def placement_ids_of(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """Every placement of a person."""
    rows = await queries.placement_ids_of(connection, volunteer_id=volunteer_id)
    return [row["placement_id"] for row in rows]


async def delete_placements_of(connection: Any, volunteer_id: UUID) -> None:
    """Erase the placements of a person."""
    await queries.delete_placements_of(connection, volunteer_id=volunteer_id)


async def delete_rest_of(connection: Any, volunteer_id: UUID) -> int:
    """Erase everything else of a person; the number of rows."""
    return int(await queries.delete_rest_of(connection, volunteer_id=volunteer_id))


def _dicts(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]
