"""Tandems in the database, and what volunteers wish to do in one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.tandems import OwnWishes, Tandem, TandemView, Wish
from shared.contracts.vocabulary import PlacementStatus, TandemEndReason, TandemStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "tandems.sql")
SORTS = {"proposed": None}
OF_VOLUNTEER = ListQuery(__file__, "tandems.sql", "tandems_of_volunteer_listed", sorts=SORTS, key="t.tandem_id")
IN_SCOPE = ListQuery(__file__, "tandems.sql", "tandems_in_scope_listed", sorts=SORTS, key="t.tandem_id")

_SHOWN = (
    "offer_title", "district", "organisation_verified", "placement_status", "undertaking_valid", "reference",
    "languages", "wishes", "next_check_in_on",
)  # fmt: skip
_MOVED = (
    "tandem_id", "version", "volunteer_id", "status", "changed_at", "trial_until", "agreed_by_volunteer_at",
    "agreed_by_coordinator_at", "agreed_on", "ended_at", "end_reason",
)  # fmt: skip
_MADE = (
    "tandem_id", "version", "counterpart_id", "placement_id", "offer_id", "organisation_id", "volunteer_id", "status",
    "trial_days", "check_in_days", "proposed_at", "changed_at",
)  # fmt: skip


async def views(connection: Any, tandem_ids: Sequence[UUID]) -> list[TandemView]:
    """These tandems as they are shown, in this order."""
    rows = await queries.tandems_by_ids(connection, tandem_ids=list(tandem_ids))
    by_id = {row["tandem_id"]: _view(row) for row in rows}
    return [by_id[tandem_id] for tandem_id in tandem_ids if tandem_id in by_id]


async def view(connection: Any, tandem_id: UUID) -> TandemView | None:
    """One tandem as it is shown."""
    found = await views(connection, [tandem_id])
    return found[0] if found else None


async def locked(connection: Any, tandem_id: UUID) -> TandemView | None:
    """One tandem that nobody else moves until commit; the row of its offer is locked before."""
    if await queries.lock_tandem(connection, tandem_id=tandem_id) is None:
        return None
    return await view(connection, tandem_id)


async def insert(connection: Any, tandem: Tandem) -> None:
    """Keep a new tandem."""
    await queries.insert_tandem(connection, **_values(tandem, _MADE))


async def move(connection: Any, tandem: Tandem) -> None:
    """Keep a tandem that moved; its row is locked."""
    await queries.move_tandem(connection, **_values(tandem, _MOVED))


def _values(tandem: Tandem, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(tandem, name) for name in names}


async def of_volunteers(connection: Any, *volunteer_ids: UUID) -> list[UUID]:
    """The ids of every tandem of some volunteers."""
    rows = await queries.tandem_ids_of(connection, volunteer_ids=list(volunteer_ids))
    return [row["tandem_id"] for row in rows]


async def of_volunteer_listed(
    connection: Any, asked: Asked, volunteer_id: UUID, status: TandemStatus | None, offer_id: UUID | None
) -> list[TandemView]:
    """A stretch of a volunteer's own list."""
    rows = await OF_VOLUNTEER.fetch(connection, asked, volunteer_id=volunteer_id, status=status, offer_id=offer_id)
    return await views(connection, [row["tandem_id"] for row in rows])


async def in_scope_listed(
    connection: Any,
    asked: Asked,
    scope: Sequence[tuple[UUID, str]],
    status: TandemStatus | None,
    offer_id: UUID | None,
) -> list[TandemView]:
    """A stretch of a coordinator's list; `scope`: pairs of organisation and district."""
    rows = await IN_SCOPE.fetch(
        connection,
        asked,
        organisation_ids=[organisation_id for organisation_id, _ in scope],
        districts=[district for _, district in scope],
        status=status,
        offer_id=offer_id,
    )
    return await views(connection, [row["tandem_id"] for row in rows])


async def next_placement_over(connection: Any) -> tuple[int, UUID] | None:
    """A placement that is over, with the number of its check, locked; None when there is none."""
    row = await queries.next_placement_over(connection)
    return None if row is None else (row["check_id"], row["placement_id"])


async def live_of_placement(connection: Any, placement_id: UUID) -> UUID | None:
    """A tandem within a placement that is not ended."""
    found: UUID | None = await queries.live_tandem_of_placement(connection, placement_id=placement_id)
    return found


async def ended_with_placements(connection: Any, placement_ids: Sequence[UUID]) -> list[UUID]:
    """Tandems that ended because these placements were over, the earliest first."""
    rows = await queries.tandems_ended_with(connection, placement_ids=list(placement_ids))
    return [row["tandem_id"] for row in rows]


async def delete_check(connection: Any, check_id: int) -> None:
    """It is done."""
    await queries.delete_tandem_check(connection, check_id=check_id)


async def own_wishes(connection: Any, volunteer_id: UUID) -> OwnWishes:
    """What a volunteer wishes to do in a tandem."""
    row = await queries.own_wishes(connection, volunteer_id=volunteer_id)
    if row is None:
        return OwnWishes(volunteer_id)
    return OwnWishes(row["volunteer_id"], row["version"], tuple(Wish(wish) for wish in row["wishes"]))


async def state_wishes(
    connection: Any, volunteer_id: UUID, version: int, wishes: Sequence[Wish], now: datetime
) -> bool:
    """Write what a volunteer wishes; False when the version is another."""
    written = await queries.state_wishes(
        connection, volunteer_id=volunteer_id, version=version, wishes=list(wishes), now=now
    )
    return written is not None


async def move_wishes(connection: Any, from_id: UUID, to_id: UUID) -> bool:
    """The wishes go on under another id, unless that one has said something itself."""
    return bool(await queries.move_wishes(connection, from_id=from_id, to_id=to_id))


async def delete_of(connection: Any, volunteer_id: UUID) -> int:
    """Erase the tandems and wishes of a person; how many rows."""
    return int(await queries.delete_tandems_of(connection, volunteer_id=volunteer_id))


async def to_export(
    connection: Any, volunteer_id: UUID
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The tandems, check-ins and wishes of a person, for themselves."""
    tandems = await queries.tandems_to_export(connection, volunteer_id=volunteer_id)
    check_ins = await queries.check_ins_to_export(connection, volunteer_id=volunteer_id)
    wishes = await own_wishes(connection, volunteer_id)
    return [dict(row) for row in tandems], [dict(row) for row in check_ins], [wish.value for wish in wishes.wishes]


def _view(row: Any) -> TandemView:
    fields = dict(row)
    shown = {name: fields.pop(name) for name in _SHOWN}
    reason = fields["end_reason"]
    fields["status"] = TandemStatus(fields["status"])
    fields["end_reason"] = None if reason is None else TandemEndReason(reason)
    shown["placement_status"] = PlacementStatus(shown["placement_status"])
    shown["languages"] = tuple(shown["languages"])
    shown["wishes"] = tuple(Wish(wish) for wish in shown["wishes"])
    return TandemView(Tandem(**fields), **shown)
