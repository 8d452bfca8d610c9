"""Shifts and the series that they recur in."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.models.offers import Offer
from services.matching.models.shifts import Followed, Planned, Series, Shift, ShiftStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "shifts.sql")

FIRST = UUID(int=0)
"""Before every placement."""
_SORTS: dict[str, str | None] = {"starts_at": "s.starts_at"}
OF_OFFER = ListQuery(__file__, "shifts.sql", "shifts_of_offer_listed", sorts=_SORTS, key="s.shift_id")
UNDERSTAFFED = ListQuery(__file__, "shifts.sql", "understaffed_shifts_listed", sorts=_SORTS, key="s.shift_id")


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


async def insert_shifts(
    connection: Any,
    offer: Offer,
    series_id: UUID | None,
    planned: Sequence[Planned],
    places: int,
    staffing: int,
    now: datetime,
) -> list[UUID]:
    """Keep new shifts of an offer; those of a series that are there already stay. The ids of what is new."""
    rows = await queries.insert_shifts(
        connection,
        offer_id=offer.offer_id,
        organisation_id=offer.organisation_id,
        series_id=series_id,
        shift_ids=[each.shift_id for each in planned],
        local_starts=[each.local_start for each in planned],
        starts=[each.starts_at for each in planned],
        ends=[each.ends_at for each in planned],
        places=places,
        minimum_staffing=staffing,
        now=now,
    )
    return [row["shift_id"] for row in rows]


async def update_shift(connection: Any, changed: Shift, now: datetime) -> None:
    """Keep when a shift takes place, with how many people, and whether it does; the row is locked."""
    await queries.update_shift(
        connection,
        shift_id=changed.shift_id,
        version=changed.version,
        starts_at=changed.starts_at,
        ends_at=changed.ends_at,
        places=changed.places,
        minimum_staffing=changed.minimum_staffing,
        status=changed.status.value,
        note=changed.note,
        moved_from=changed.moved_from,
        now=now,
    )


async def tell_of_shift(connection: Any, shift_id: UUID) -> None:
    """Everybody concerned is to be told how the shift is now."""
    await queries.tell_of_shift(connection, shift_id=shift_id)


async def cancel_shifts_after(connection: Any, series_id: UUID, after: datetime, note: str, now: datetime) -> int:
    """The planned shifts of a series that begin after an instant do not take place; how many."""
    return len(await queries.cancel_shifts_after(connection, series_id=series_id, after=after, note=note, now=now))


async def lock_shifts_from(connection: Any, series_id: UUID, from_day: date, now: datetime) -> list[Shift]:
    """The shifts of a series that its rule gave for a day or later and that lie ahead, locked; cancelled ones too."""
    rows = await queries.shifts_of_series_from(connection, series_id=series_id, from_day=from_day.isoformat(), now=now)
    return await lock_shifts(connection, [row["shift_id"] for row in rows])


async def shifts_with_people(connection: Any, shift_ids: Sequence[UUID]) -> set[UUID]:
    """With which of these shifts somebody has a live placement; they are locked."""
    rows = await queries.shifts_with_people(connection, shift_ids=list(shift_ids))
    return {row["shift_id"] for row in rows}


async def follow_series(
    connection: Any, series_id: UUID, followed: Sequence[Followed], note: str, now: datetime
) -> None:
    """Locked shifts go on in another series."""
    await queries.follow_series(
        connection,
        series_id=series_id,
        shift_ids=[each.shift_id for each in followed],
        local_starts=[each.local_start for each in followed],
        starts=[each.starts_at for each in followed],
        ends=[each.ends_at for each in followed],
        places=[each.places for each in followed],
        minimum_staffing=[each.minimum_staffing for each in followed],
        told=[each.is_told for each in followed],
        note=note,
        now=now,
    )


async def cancel_shifts(connection: Any, shift_ids: Sequence[UUID], note: str, now: datetime) -> None:
    """Locked shifts with which nobody has to do do not take place."""
    await queries.cancel_shifts(connection, shift_ids=list(shift_ids), note=note, now=now)


async def note_shift_days(connection: Any, offer_id: UUID, now: datetime) -> None:
    """On which days of the week an offer has shifts to come."""
    await queries.note_shift_days(connection, offer_id=offer_id, now=now)


async def renew_shift_days(connection: Any, now: datetime, rows: int) -> int:
    """The same for offers whose last shift on some day of the week has begun; how many."""
    return int(await queries.renew_shift_days(connection, now=now, rows=rows))


async def count_shifts_to_come(connection: Any, offer_id: UUID, now: datetime) -> int:
    """How many shifts of an offer are planned."""
    return int(await queries.count_shifts_to_come(connection, offer_id=offer_id, now=now))


async def planned_outside(
    connection: Any, offer_id: UUID, since: datetime | None, until: datetime | None, now: datetime
) -> bool:
    """Whether a shift to come lies before a period or behind it; None: open on that side."""
    return bool(await queries.planned_outside(connection, offer_id=offer_id, since=since, until=until, now=now))


async def shifts_to_fill(connection: Any, offer_id: UUID, now: datetime) -> tuple[int, int]:
    """How many shifts of an offer are to come, and of how many not every place is confirmed."""
    row = await queries.shifts_to_fill(connection, offer_id=offer_id, now=now)
    return row["to_come"], row["not_full"]


async def shifts_of_offer(
    connection: Any,
    asked: Asked,
    offer_id: UUID,
    since: datetime | None,
    until: datetime | None,
    series_id: UUID | None,
) -> list[Shift]:
    """A stretch of the shifts of an offer, cancelled ones too."""
    rows = await OF_OFFER.fetch(connection, asked, offer_id=offer_id, since=since, until=until, series_id=series_id)
    return await shifts(connection, [row["shift_id"] for row in rows])


async def understaffed_shifts(
    connection: Any,
    asked: Asked,
    organisation_id: UUID,
    districts: Sequence[str] | None,
    now: datetime,
    until: datetime,
) -> list[Shift]:
    """A stretch of an organisation's shifts to come that lack people; `districts` None: all of them."""
    rows = await UNDERSTAFFED.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        districts=None if districts is None else list(districts),
        now=now,
        until=until,
    )
    return await shifts(connection, [row["shift_id"] for row in rows])


async def series(connection: Any, series_id: UUID, *, lock: bool = False) -> Series | None:
    """One series, None when there is none; the row of its offer is locked before it is."""
    query = queries.lock_series if lock else queries.series_by_id
    row = await query(connection, series_id=series_id)
    return _series(row) if row else None


async def series_of_offer(connection: Any, offer_id: UUID) -> list[Series]:
    """The series of an offer."""
    return [_series(row) for row in await queries.series_of_offer(connection, offer_id=offer_id)]


async def insert_series(connection: Any, new: Series, now: datetime) -> None:
    """Keep new recurring shifts."""
    await queries.insert_series(connection, **asdict(new) | {"except_on": list(new.except_on)}, now=now)


async def update_series(connection: Any, changed: Series, now: datetime) -> None:
    """Keep how far a series was looked at, and whether anything is to come; the row is locked."""
    await queries.update_series(
        connection,
        series_id=changed.series_id,
        version=changed.version,
        generated_until=changed.generated_until,
        is_over=changed.is_over,
        last_day=changed.last_day,
        now=now,
    )


async def lock_series_to_generate(connection: Any, horizon: date) -> Series | None:
    """A series that was not looked at as far ahead, locked with its offer; None: there is none."""
    series_id = await queries.series_to_generate(connection, horizon=horizon)
    return None if series_id is None else await series(connection, series_id)


async def lock_shift_to_tell_of(connection: Any) -> tuple[UUID, UUID, UUID] | None:
    """A shift of whose change not everybody was told, its offer locked: offer, shift, and after which placement to go on."""
    row = await queries.shift_to_tell_of(connection)
    return None if row is None else (row["offer_id"], row["shift_id"], row["told_after"] or FIRST)


async def live_with(connection: Any, pool_id: UUID, after: UUID, at_most: int) -> list[tuple[UUID, UUID]]:
    """The next live placements of a shift, or of an offer without shifts: their ids, and those of their volunteers."""
    rows = await queries.live_with(connection, pool_id=pool_id, after=after, at_most=at_most)
    return [(row["placement_id"], row["volunteer_id"]) for row in rows]


async def told_of_shift(connection: Any, shift_id: UUID, after: UUID | None) -> None:
    """How far everybody was told; None: everybody was."""
    await queries.told_of_shift(connection, shift_id=shift_id, after=after)


def _shift(row: Any) -> Shift:
    return Shift(**{**dict(row), "status": ShiftStatus(row["status"])})


def _series(row: Any) -> Series:
    return Series(**{**dict(row), "except_on": tuple(row["except_on"])})
