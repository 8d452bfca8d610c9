"""What moves with a merged volunteer. Typed functions over `merges.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.registry import VolunteerMerged
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "merges.sql")


async def move(connection: Any, event: VolunteerMerged, excepted: Sequence[str]) -> None:
    """Inbox, mails and preferences of the merged volunteer become the survivor's; some kinds of mail stay."""
    moved = {
        "merge_id": event.merge_id,
        "survivor_id": event.survivor_id,
        "merged_id": event.volunteer_id,
        "until": event.undo_until,
    }
    await queries.move_messages(connection, **moved)
    await queries.move_deliveries(connection, **moved, excepted=list(excepted))
    await queries.want_no_more_than_either(connection, survivor_id=event.survivor_id, merged_id=event.volunteer_id)


async def move_back(connection: Any, merge_id: UUID) -> None:
    """What moved because of a merge goes back."""
    await queries.move_back(connection, merge_id=merge_id)


async def prune(connection: Any, now: datetime, rows: int) -> int:
    """Forget what moved because of merges that can no longer be undone; how many."""
    return int(await queries.prune_moves(connection, now=now, rows=rows))


async def erase(connection: Any, subject_id: UUID) -> int:
    """Forget the merges of a person; how many rows."""
    return int(await queries.erase_moves(connection, subject_id=subject_id))
