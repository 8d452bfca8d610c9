"""Placements, their order and their deadlines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.placements import Group, Placement, PlacementFilter, PlacementView
from services.matching.models.pools import Pool
from services.matching.store import pools
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import EndReason, PlacementStatus, SuspensionReason
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries
from shared.telemetry.correlation import current_or_new

queries = load_queries(__file__, "placements.sql")

SORTS = {"requested": None}
OF_VOLUNTEER = ListQuery(
    __file__, "placements.sql", "placements_of_volunteer_listed", sorts=SORTS, key="p.placement_id"
)
IN_SCOPE = ListQuery(__file__, "placements.sql", "placements_in_scope_listed", sorts=SORTS, key="p.placement_id")

_MOVED = (
    "placement_id", "version", "status", "queue_number", "changed_at", "offered_until", "volunteer_acted",
    "confirmed_at", "started_at", "suspended_at", "suspended_because", "completed_at", "ended_at", "end_reason",
    "override_reason", "override_by", "override_at", "due_at",
)  # fmt: skip
_SHOWN = (
    "offer_title", "district", "organisation_verified", "waiting_position", "postal_code", "place_name", "weekly",
    "starts_on", "ends_on", "shift_starts_at", "shift_ends_at", "speaker_id",
)  # fmt: skip


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
    """The id of a live placement of the volunteer with the offer or one of its shifts, if there is one."""
    found: UUID | None = await queries.live_placement(connection, offer_id=offer_id, volunteer_id=volunteer_id)
    return found


async def live_in_pool(connection: Any, pool_id: UUID, volunteer_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these volunteers have a live placement for these places."""
    rows = await queries.live_in_pool(connection, pool_id=pool_id, volunteer_ids=list(volunteer_ids))
    return {row["volunteer_id"] for row in rows}


async def insert_placements(connection: Any, new: Sequence[Placement]) -> None:
    """Keep placements that came together: alike but for whose they are; their places' rows are locked."""
    first = new[0]
    await queries.insert_placements(
        connection,
        placement_ids=[each.placement_id for each in new],
        volunteer_ids=[each.volunteer_id for each in new],
        queue_numbers=[each.queue_number for each in new],
        offer_id=first.offer_id,
        shift_id=first.shift_id,
        organisation_id=first.organisation_id,
        status=first.status.value,
        now=first.requested_at,
        offered_until=first.offered_until,
        group_id=first.group_id,
        joint_id=first.joint_id,
        invited_by=first.invited_by,
        volunteer_acted=first.volunteer_acted,
        override_reason=first.override_reason,
        override_by=first.override_by,
        override_at=first.override_at,
        due_at=first.due_at,
    )


async def move_placement(connection: Any, moved: Placement) -> None:
    """Keep how a placement stands now; its places' rows are locked."""
    fields = asdict(moved)
    await queries.move_placement(connection, **{name: fields[name] for name in _MOVED})


async def first_waiting(connection: Any, pool_id: UUID, at_most: int) -> list[Placement]:
    """Who comes next; the places' rows are locked."""
    return await _placements(connection, await queries.first_waiting_ids(connection, pool_id=pool_id, at_most=at_most))


async def waiting_together(connection: Any, joint_id: UUID) -> int:
    """How many of a group wait."""
    return int(await queries.waiting_together(connection, joint_id=joint_id))


async def joint(connection: Any, joint_id: UUID, status: PlacementStatus) -> list[Placement]:
    """The placements of a group's request that are of one status; their places' rows are locked."""
    return await _placements(connection, await queries.joint_ids(connection, joint_id=joint_id, status=status.value))


async def undecided(connection: Any, pool_id: UUID, at_most: int) -> list[Placement]:
    """Placements that nobody has decided; the places' rows are locked."""
    return await _placements(connection, await queries.undecided_ids(connection, pool_id=pool_id, at_most=at_most))


async def secured(connection: Any, pool_id: UUID, at_most: int) -> list[Placement]:
    """Placements that are agreed and not over; the places' rows are locked."""
    return await _placements(connection, await queries.secured_ids(connection, pool_id=pool_id, at_most=at_most))


async def shifts_with_undecided(connection: Any, offer_id: UUID, at_most: int) -> list[UUID | None]:
    """The shifts of an offer, and None for the offer itself, with somebody undecided; the offer's row is locked."""
    rows = await queries.shifts_with_undecided(connection, offer_id=offer_id, at_most=at_most)
    return [row["shift_id"] for row in rows]


async def lock_pool_with_something_due(connection: Any, now: datetime) -> Pool | None:
    """Places on which a deadline passed, or something begins or ends, locked."""
    row = await queries.pool_with_something_due(connection, now=now)
    return None if row is None else await pools.lock_pool(connection, row["offer_id"], row["shift_id"])


async def due(connection: Any, pool_id: UUID, now: datetime, at_most: int) -> list[Placement]:
    """The placements for which something is due, in their order; the places' rows are locked."""
    return await _placements(connection, await queries.due_ids(connection, pool_id=pool_id, now=now, at_most=at_most))


async def be_due(connection: Any, placement_id: UUID, due_at: datetime | None) -> None:
    """When something happens by itself to a placement."""
    await queries.be_due(connection, placement_id=placement_id, due_at=due_at)


async def reschedule(connection: Any, pool_id: UUID, dues: Mapping[PlacementStatus, datetime | None]) -> None:
    """By status, when something happens by itself to the placements for these places."""
    await queries.reschedule(
        connection, pool_id=pool_id, statuses=[status.value for status in dues], dues=list(dues.values())
    )


async def with_deadline_after(connection: Any, pool_id: UUID, until: datetime) -> list[Placement]:
    """Places offered and invitations that could be answered later than that; the places' rows are locked."""
    return await _placements(connection, await queries.with_deadline_after(connection, pool_id=pool_id, until=until))


async def has_own_placements(connection: Any, offer_id: UUID) -> bool:
    """Whether anybody has a live placement with an offer itself, and not with a shift of it."""
    return bool(await queries.has_own_placements(connection, offer_id=offer_id))


async def turned_down_by(connection: Any, pool: Pool, volunteer_ids: Sequence[UUID], since: datetime) -> set[UUID]:
    """Which of these volunteers have turned an offer down, or one of its shifts, or given it up, since then."""
    rows = await queries.turned_down_by(
        connection,
        offer_id=pool.offer.offer_id,
        pool_id=pool.pool_id,
        volunteer_ids=list(volunteer_ids),
        since=since,
    )
    return {row["volunteer_id"] for row in rows}


async def lock_volunteers(connection: Any, volunteer_ids: Sequence[UUID]) -> None:
    """One decision about each of these volunteers at a time."""
    await queries.lock_volunteers(connection, volunteer_ids=list(volunteer_ids))


async def group(connection: Any, group_id: UUID) -> Group | None:
    """Who speaks for a group and who is in it; None when it is not known here."""
    row = await queries.group_by_id(connection, group_id=group_id)
    return None if row is None else Group(row["group_id"], row["speaker_id"], tuple(row["member_ids"]))


async def volunteers_of_joint(connection: Any, joint_id: UUID) -> list[UUID]:
    """Whom a group's request is about."""
    return [row["volunteer_id"] for row in await queries.volunteers_of_joint(connection, joint_id=joint_id)]


async def others_of_joint(connection: Any, joint_id: UUID, placement_id: UUID) -> int:
    """How many others of a group's request still have a live placement."""
    return int(await queries.others_of_joint(connection, joint_id=joint_id, placement_id=placement_id))


async def search_replacements(connection: Any, placement_id: UUID, now: datetime) -> None:
    """Others are to be looked for; the journey goes on when that is done."""
    await queries.search_replacements(
        connection, placement_id=placement_id, correlation_id=current_or_new().correlation_id, now=now
    )


async def next_replacement_search(connection: Any) -> tuple[UUID, str] | None:
    """A placement for which others are to be looked for, with its journey; nobody else works on it."""
    row = await queries.next_replacement_search(connection)
    return None if row is None else (row["placement_id"], row["correlation_id"])


async def note_vacancy(connection: Any, pool: Pool, now: datetime) -> None:
    """Others are to be looked for in the place of somebody who was erased."""
    await queries.note_vacancy(
        connection,
        pool_id=pool.pool_id,
        offer_id=pool.offer.offer_id,
        shift_id=None if pool.shift is None else pool.shift.shift_id,
        correlation_id=current_or_new().correlation_id,
        now=now,
    )


async def next_vacancy(connection: Any) -> tuple[UUID, UUID | None, str] | None:
    """Offer, shift and journey of a place for which others are to be looked for; nobody else works on it."""
    row = await queries.next_vacancy(connection)
    return None if row is None else (row["offer_id"], row["shift_id"], row["correlation_id"])


async def remember_invited(connection: Any, offer_id: UUID, volunteer_ids: Sequence[UUID], now: datetime) -> None:
    """That these volunteers were asked, so that nobody is asked too often."""
    await queries.remember_invited(connection, offer_id=offer_id, volunteer_ids=list(volunteer_ids), now=now)


async def remember_declined(connection: Any, volunteer_id: UUID, topic: str, now: datetime) -> None:
    """That a volunteer did not want to help with a topic: they are asked less for it, for a while."""
    await queries.remember_declined(connection, volunteer_id=volunteer_id, topic=topic, now=now)


async def placements_of_volunteer(
    connection: Any, asked: Asked, volunteer_id: UUID, narrowed: PlacementFilter
) -> list[PlacementView]:
    """A stretch of a volunteer's own list."""
    rows = await OF_VOLUNTEER.fetch(connection, asked, **_narrowed(narrowed) | {"volunteer_id": volunteer_id})
    return await placement_views(connection, [row["placement_id"] for row in rows])


async def placements_in_scope(
    connection: Any, asked: Asked, scope: Sequence[tuple[UUID, str]], narrowed: PlacementFilter
) -> list[PlacementView]:
    """A stretch of a coordinator's list; `scope`: pairs of organisation and district."""
    rows = await IN_SCOPE.fetch(
        connection,
        asked,
        organisation_ids=[organisation_id for organisation_id, _ in scope],
        districts=[district for _, district in scope],
        **_narrowed(narrowed),
    )
    return await placement_views(connection, [row["placement_id"] for row in rows])


def _narrowed(narrowed: PlacementFilter) -> dict[str, Any]:
    return {
        "offer_id": narrowed.offer_id,
        "shift_id": narrowed.shift_id,
        "volunteer_id": narrowed.volunteer_id,
        "statuses": [status.value for status in narrowed.statuses] or None,
        "first_day": narrowed.first_day,
        "last_day": narrowed.last_day,
    }


async def _placements(connection: Any, rows: Sequence[Any]) -> list[Placement]:
    views = await placement_views(connection, [row["placement_id"] for row in rows])
    return [view.placement for view in views]


def _view(row: Any) -> PlacementView:
    fields = dict(row)
    fields["status"] = PlacementStatus(fields["status"])
    for name, kind in (("suspended_because", SuspensionReason), ("end_reason", EndReason)):
        fields[name] = None if fields[name] is None else kind(fields[name])
    fields["weekly"] = tuple(WeeklyTime.model_validate(time) for time in fields["weekly"])
    shown = {name: fields.pop(name) for name in _SHOWN if name in fields}
    return PlacementView(Placement(**fields), **shown)
