"""The other sides of tandems in the database: references, languages, wishes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.tandems import Counterpart, CounterpartStatus, Fitting, Wish
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "counterparts.sql")
LISTED = ListQuery(
    __file__, "counterparts.sql", "counterparts_listed", sorts={"recorded": None}, key="c.counterpart_id"
)


async def counterpart(connection: Any, counterpart_id: UUID) -> Counterpart | None:
    """The other side of a tandem."""
    row = await queries.counterpart(connection, counterpart_id=counterpart_id)
    return None if row is None else _counterpart(row)


async def locked(connection: Any, counterpart_id: UUID) -> Counterpart | None:
    """The same; nobody else changes it until commit."""
    if await queries.lock_counterpart(connection, counterpart_id=counterpart_id) is None:
        return None
    return await counterpart(connection, counterpart_id)


async def insert(connection: Any, made: Counterpart) -> bool:
    """Keep a new one; False when the organisation has recorded the reference already."""
    written = await queries.insert_counterpart(
        connection,
        counterpart_id=made.counterpart_id,
        organisation_id=made.organisation_id,
        district=made.district,
        reference=made.reference,
        languages=list(made.languages),
        wishes=list(made.wishes),
        now=made.created_at,
    )
    return written is not None


async def save(connection: Any, changed: Counterpart) -> None:
    """Write it over what was there; its row is locked."""
    await queries.save_counterpart(
        connection,
        counterpart_id=changed.counterpart_id,
        version=changed.version,
        languages=list(changed.languages),
        wishes=list(changed.wishes),
        status=changed.status,
        changed_at=changed.changed_at,
    )


async def listed(
    connection: Any,
    asked: Asked,
    organisation_id: UUID,
    districts: Sequence[str],
    status: CounterpartStatus | None,
    language: str | None,
) -> list[Counterpart]:
    """A stretch of what an organisation has recorded."""
    rows = await LISTED.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        districts=list(districts),
        status=status,
        language=language,
    )
    return [_counterpart(row) for row in rows]


async def fitting(connection: Any, organisation_id: UUID, district: str, at_most: int) -> list[Fitting]:
    """Who holds a place with an offer of the organisation in the district, the latest first."""
    rows = await queries.fitting_volunteers(
        connection, organisation_id=organisation_id, district=district, at_most=at_most
    )
    return [
        Fitting(
            **{
                **row,
                "placement_status": PlacementStatus(row["placement_status"]),
                "languages": tuple(row["languages"]),
                "wishes": tuple(Wish(wish) for wish in row["wishes"]),
            }
        )
        for row in rows
    ]


async def forget_closed(connection: Any, before: datetime, rows: int) -> int:
    """Forget those that were closed long ago; how many."""
    return int(await queries.forget_closed_counterparts(connection, before=before, rows=rows))


def _counterpart(row: Any) -> Counterpart:
    return Counterpart(
        **{
            **row,
            "languages": tuple(row["languages"]),
            "wishes": tuple(Wish(wish) for wish in row["wishes"]),
            "status": CounterpartStatus(row["status"]),
        }
    )
