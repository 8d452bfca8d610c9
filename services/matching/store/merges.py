"""What moves with a merged volunteer, and what is remembered to move it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.placements import Placement
from services.matching.store.placements import placement_views
from shared.contracts.registry import VolunteerMerged
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "merges.sql")

PLACEMENT, GIVEN_UP, TOLD, TANDEM, TANDEM_WISHES = "placement", "given_up", "told", "tandem", "tandem_wishes"
KINDS = (PLACEMENT, GIVEN_UP, TOLD, TANDEM, TANDEM_WISHES)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that moved. `was`: the status of a request before it was given up."""

    kind: str
    thing_id: UUID
    was: PlacementStatus | None = None


async def version_of_volunteer(connection: Any, volunteer_id: UUID) -> int | None:
    """At which version the read model knows a volunteer; None: not at all."""
    found: int | None = await queries.version_of_volunteer(connection, volunteer_id=volunteer_id)
    return found


async def placements_of(connection: Any, *volunteer_ids: UUID) -> list[Placement]:
    """Every placement of some volunteers."""
    rows = await queries.placement_ids_of_both(connection, volunteer_ids=list(volunteer_ids))
    views = await placement_views(connection, [row["placement_id"] for row in rows])
    return [view.placement for view in views]


async def hand_over(connection: Any, moved: Placement) -> None:
    """A placement goes on under another id; the offer's row is locked."""
    await queries.hand_over_placement(
        connection, placement_id=moved.placement_id, version=moved.version, volunteer_id=moved.volunteer_id
    )


async def move_told(connection: Any, from_id: UUID, to_id: UUID, only: Sequence[UUID] | None = None) -> list[UUID]:
    """What one was told counts as told to the other; the offers of which that had not been told before."""
    rows = await queries.move_told(connection, from_id=from_id, to_id=to_id, only=None if only is None else list(only))
    return [row["offer_id"] for row in rows]


async def move_asks(connection: Any, from_id: UUID, to_id: UUID) -> None:
    """How often one was asked, and what they declined, counts for the other; it stays there when the merge is undone."""
    await queries.move_asks(connection, from_id=from_id, to_id=to_id)


async def drop_checks(connection: Any, volunteer_id: UUID) -> None:
    """Nobody looks at a merged volunteer any more."""
    await queries.drop_checks_of(connection, volunteer_id=volunteer_id)


async def remember(connection: Any, event: VolunteerMerged, moves: Iterable[Move]) -> None:
    """What moved, until the merge can no longer be undone."""
    listed = list(moves)
    await queries.remember_moves(
        connection,
        merge_id=event.merge_id,
        survivor_id=event.survivor_id,
        merged_id=event.volunteer_id,
        until=event.undo_until,
        kinds=[move.kind for move in listed],
        thing_ids=[move.thing_id for move in listed],
        were=[move.was.value if move.was else None for move in listed],
    )


async def take_moves(connection: Any, merge_id: UUID) -> list[Move]:
    """What moved because of a merge; it is not remembered any longer."""
    rows = await queries.moves_of(connection, merge_id=merge_id)
    await queries.forget_moves(connection, merge_id=merge_id)
    return [Move(row["kind"], row["thing_id"], PlacementStatus(row["was"]) if row["was"] else None) for row in rows]


async def prune(connection: Any, now: datetime, rows: int) -> int:
    """Forget what moved because of merges that can no longer be undone; how many."""
    return int(await queries.prune_moves(connection, now=now, rows=rows))


async def erase(connection: Any, volunteer_id: UUID) -> int:
    """Forget the merges of a person; how many rows."""
    return int(await queries.erase_moves(connection, volunteer_id=volunteer_id))
