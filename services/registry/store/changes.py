"""The feed of changes in the database.

Rows are written by triggers where things change (migration 0004), and numbered after their commit.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.changes import Change, Cursor, StoredChange
from services.registry.models.exchange import Kind
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "changes.sql")


async def number(connection: Any, rows: int) -> int:
    """Number what was committed since the last time; how many rows.

    Two statements on purpose: the second one's snapshot is taken when the lock is held, so it sees whatever the numberer
    before has written.
    """
    last: int = (await queries.lock_numbering(connection))["last_number"]
    now: int | None = await queries.number_changes(connection, rows=rows, last_number=last)
    return 0 if now is None else now - last


async def end(connection: Any) -> tuple[Cursor, int]:
    """Where the feed ends now, and up to which number it was pruned."""
    row = await queries.last_change(connection)
    return Cursor(row["number"], row["position"]), row["pruned_through"]


async def position_of(connection: Any, number_: int) -> int | None:
    """Which change has this number."""
    found: int | None = await queries.change_at(connection, number=number_)
    return found


async def changes(
    connection: Any, organisations: Iterable[UUID], *, after: int, through: int, rows: int
) -> list[StoredChange]:
    """The next changes of these organisations."""
    found = await queries.changes_after(
        connection, organisation_ids=list(organisations), after=after, through=through, rows=rows
    )
    return [StoredChange(**{**row, "kind": Kind(row["kind"]), "change": Change(row["change"])}) for row in found]


async def prune(connection: Any, before: datetime, rows: int) -> int:
    """Forget old changes, and remember how far; how many went."""
    row = await queries.prune_changes(connection, before=before, rows=rows)
    if row["rows"]:
        await queries.remember_pruned(connection, through=row["through"])
    return int(row["rows"])


async def states(connection: Any, kind: Kind, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """How things are now, by id; none of volunteers."""
    read = {
        Kind.ORGANISATIONS: queries.organisations_now,
        Kind.CONTACTS: queries.contacts_now,
        Kind.MEMBERS: queries.members_now,
    }.get(kind)
    if read is None or not ids:
        return {}
    rows = await read(connection, ids=list(ids))
    return {row["id"]: {name: value for name, value in row.items() if name != "id"} for row in rows}
