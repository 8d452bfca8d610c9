"""Shifts and the series that they recur in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.shifts import Shift, ShiftStatus
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "shifts.sql")


async def shifts(connection: Any, shift_ids: Sequence[UUID]) -> list[Shift]:
    """The shifts of these ids, in this order; ids without a shift are left out."""
    rows = await queries.shifts_by_ids(connection, shift_ids=list(shift_ids))
    by_id = {row["shift_id"]: _shift(row) for row in rows}
    return [by_id[shift_id] for shift_id in shift_ids if shift_id in by_id]


async def shift(connection: Any, shift_id: UUID) -> Shift | None:
    """One shift, None when there is none."""
    found = await shifts(connection, [shift_id])
    return found[0] if found else None


async def lock_shifts(connection: Any, shift_ids: Sequence[UUID]) -> list[Shift]:
    """The shifts, their rows locked until commit in the order of ids; the rows of their offers are locked before."""
    locked = await queries.lock_shifts(connection, shift_ids=list(shift_ids))
    return await shifts(connection, [row["shift_id"] for row in locked])


async def lock_shift(connection: Any, shift_id: UUID) -> Shift | None:
    """One shift, its row locked until commit; the row of its offer is locked before."""
    found = await lock_shifts(connection, [shift_id])
    return found[0] if found else None


async def count_places(
    connection: Any, shift_id: UUID, places_taken: int, waiting: int, last_queue_number: int
) -> None:
    """Keep how many places are taken and how many wait; the row is locked."""
    await queries.count_shift_places(
        connection,
        shift_id=shift_id,
        places_taken=places_taken,
        waiting=waiting,
        last_queue_number=last_queue_number,
    )


async def next_shifts(connection: Any, offer_id: UUID, now: datetime, at_most: int) -> list[Shift]:
    """The planned shifts of an offer that are not over, the next first."""
    rows = await queries.next_shift_ids(connection, offer_id=offer_id, now=now, at_most=at_most)
    return await shifts(connection, [row["shift_id"] for row in rows])


async def has_shifts(connection: Any, offer_id: UUID) -> bool:
    """Whether an offer has shifts, so that placements are of one of them."""
    return bool(await queries.has_shifts(connection, offer_id=offer_id))


def _shift(row: Any) -> Shift:
    return Shift(**{**dict(row), "status": ShiftStatus(row["status"])})
