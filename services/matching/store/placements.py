"""Placements, their order and their deadlines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.offers import Offer
from services.matching.models.placements import Placement, PlacementView
from services.matching.store import offers as offers_store
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "placements.sql")

SORTS = {"requested": None}
OF_VOLUNTEER = ListQuery(
    __file__, "placements.sql", "placements_of_volunteer_listed", sorts=SORTS, key="p.placement_id"
)
IN_SCOPE = ListQuery(__file__, "placements.sql", "placements_in_scope_listed", sorts=SORTS, key="p.placement_id")


async def placement_views(connection: Any, placement_ids: Sequence[UUID]) -> list[PlacementView]:
    """The placements of these ids as they are shown, in this order; ids without a placement are left out."""
    rows = await queries.placements_by_ids(connection, placement_ids=list(placement_ids))
    by_id = {row["placement_id"]: _view(row) for row in rows}
    return [by_id[placement_id] for placement_id in placement_ids if placement_id in by_id]


async def placement_view(connection: Any, placement_id: UUID) -> PlacementView | None:
    """One placement as it is shown, None when there is none."""
    found = await placement_views(connection, [placement_id])
    return found[0] if found else None


async def live_placement(connection: Any, offer_id: UUID, volunteer_id: UUID) -> UUID | None:
    """The id of the volunteer's live placement with the offer, if there is one."""
    found: UUID | None = await queries.live_placement(connection, offer_id=offer_id, volunteer_id=volunteer_id)
    return found


async def insert_placement(connection: Any, new: Placement) -> None:
    """Keep a request; the offer's row is locked."""
    await queries.insert_placement(
        connection,
        placement_id=new.placement_id,
        offer_id=new.offer_id,
        organisation_id=new.organisation_id,
        volunteer_id=new.volunteer_id,
        status=new.status.value,
        queue_number=new.queue_number,
        now=new.requested_at,
    )


async def move_placement(connection: Any, moved: Placement) -> None:
    """Keep a placement's new status; the offer's row is locked."""
    await queries.move_placement(
        connection,
        placement_id=moved.placement_id,
        version=moved.version,
        status=moved.status.value,
        now=moved.changed_at,
        offered_until=moved.offered_until,
        confirmed_at=moved.confirmed_at,
    )


async def first_waiting(connection: Any, offer_id: UUID, at_most: int) -> list[Placement]:
    """Who comes next; the offer's row is locked."""
    return await _placements(
        connection, await queries.first_waiting_ids(connection, offer_id=offer_id, at_most=at_most)
    )


async def undecided(connection: Any, offer_id: UUID, at_most: int) -> list[Placement]:
    """Placements that nobody has decided; the offer's row is locked."""
    return await _placements(connection, await queries.undecided_ids(connection, offer_id=offer_id, at_most=at_most))


async def lock_offer_with_passed_deadline(connection: Any, now: datetime) -> Offer | None:
    """One offer on which an offered place was not taken in time, locked."""
    offer_id = await queries.offer_with_passed_deadline(connection, now=now)
    return None if offer_id is None else await offers_store.offer(connection, offer_id)


async def with_passed_deadline(connection: Any, offer_id: UUID, now: datetime, at_most: int) -> list[Placement]:
    """The placements of an offer whose deadline has passed; the offer's row is locked."""
    rows = await queries.ids_with_passed_deadline(connection, offer_id=offer_id, now=now, at_most=at_most)
    return await _placements(connection, rows)


async def placements_of_volunteer(
    connection: Any, asked: Asked, volunteer_id: UUID, offer_id: UUID | None, status: PlacementStatus | None
) -> list[PlacementView]:
    """A stretch of a volunteer's own list."""
    rows = await OF_VOLUNTEER.fetch(connection, asked, volunteer_id=volunteer_id, offer_id=offer_id, status=status)
    return await placement_views(connection, [row["placement_id"] for row in rows])


async def placements_in_scope(
    connection: Any,
    asked: Asked,
    scope: Sequence[tuple[UUID, str]],
    offer_id: UUID | None,
    status: PlacementStatus | None,
) -> list[PlacementView]:
    """A stretch of a coordinator's list; `scope`: pairs of organisation and district."""
    rows = await IN_SCOPE.fetch(
        connection,
        asked,
        organisation_ids=[organisation_id for organisation_id, _ in scope],
        districts=[district for _, district in scope],
        offer_id=offer_id,
        status=status,
    )
    return await placement_views(connection, [row["placement_id"] for row in rows])


async def _placements(connection: Any, rows: Sequence[Any]) -> list[Placement]:
    views = await placement_views(connection, [row["placement_id"] for row in rows])
    return [view.placement for view in views]


def _view(row: Any) -> PlacementView:
    fields = dict(row)
    fields["status"] = PlacementStatus(fields["status"])
    shown = {
        name: fields.pop(name) for name in ("offer_title", "district", "organisation_verified", "waiting_position")
    }
    return PlacementView(Placement(**fields), **shown)
