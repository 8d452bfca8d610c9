"""The audit log in the database. It can be added to and read; sealing and forgetting are functions of the schema's owner."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.models.audit import AuditAnswer, AuditEntry, Link, SealedEntry
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "audit.sql")
_LISTED = ListQuery(__file__, "audit.sql", "audit_entries_listed", sorts={"entry_id": None}, key="e.entry_id")


async def append(connection: Any, entries: Sequence[AuditEntry]) -> None:
    """Add entries of one actor's one act on several things."""
    first = entries[0]
    await queries.append_audit_entries(
        connection,
        recorded_at=first.recorded_at,
        actor_kind=first.actor_kind,
        actor_id=first.actor_id,
        organisation_ids=list(first.organisation_ids),
        action=first.action,
        kind=first.kind,
        why=first.why,
        entry_ids=[entry.entry_id for entry in entries],
        thing_ids=[entry.thing_id for entry in entries],
        persons=[entry.concerning for entry in entries],
    )


async def seal(connection: Any, at_most: int) -> tuple[int, Link]:
    """Chain up what was appended; how many entries, and the end of the chain."""
    row = await queries.seal_audit_log(connection, at_most=at_most)
    return row["sealed"], Link(row["head_position"], row["head_hash"])


async def forget(connection: Any, at_most: int) -> int:
    """Forget the oldest entries whose time has come."""
    return int(await queries.forget_audit_log(connection, at_most=at_most))


async def chain(connection: Any) -> tuple[Link, Link]:
    """Where the chain begins (what came before is forgotten) and where it ends."""
    row = await queries.audit_chain(connection)
    return Link(row["base_position"], row["base_hash"]), Link(row["head_position"], row["head_hash"])


async def sealed_after(connection: Any, position: int, rows: int) -> list[SealedEntry]:
    """The next entries of the chain."""
    found = await queries.audit_entries_from(connection, position=position, rows=rows)
    return [SealedEntry(row["position"], row["hash"], _entry(row)) for row in found]


async def unsealed(connection: Any) -> int:
    """How many entries wait to be sealed."""
    return int(await queries.unsealed_audit_entries(connection))


async def entries(
    connection: Any, asked: Asked, *, concerning: UUID | None, actor_id: UUID | None, thing_id: UUID | None
) -> list[AuditAnswer]:
    """A stretch of the log."""
    found = await _LISTED.fetch(connection, asked, concerning=concerning, actor_id=actor_id, thing_id=thing_id)
    return [AuditAnswer(**row) for row in found]


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        entry_id=row["entry_id"],
        recorded_at=row["recorded_at"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        organisation_ids=tuple(row["organisation_ids"]),
        action=row["action"],
        kind=row["kind"],
        thing_id=row["thing_id"],
        concerning=row["concerning"],
        why=row["why"],
    )
