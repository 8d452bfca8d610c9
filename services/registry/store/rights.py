"""What the other services know of what persons asked about their data."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.models.requests import RequestKind
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "rights.sql")


async def hold(connection: Any, subject_id: UUID) -> None:
    """Until the commit nobody else works out the rights of this person."""
    await queries.hold_rights(connection, subject_id=subject_id)


async def asked(connection: Any, subject_id: UUID, kinds: Collection[RequestKind]) -> tuple[bool, date | None]:
    """Whether the data is restricted, and the last day on which an open request of these kinds is due."""
    row = await queries.rights_asked(connection, subject_id=subject_id, kinds=[kind.value for kind in kinds])
    return row["restricted"], row["due_on"]


async def save(connection: Any, subject_id: UUID, *, restricted: bool, export_until: date | None) -> int | None:
    """Write it; the new version, None when it was so already, or there is nothing to be known."""
    version = await queries.save_rights(
        connection, subject_id=subject_id, restricted=restricted, export_until=export_until
    )
    return None if version is None else int(version)


async def is_known(connection: Any, subject_id: UUID) -> bool:
    """Was anything ever published of a person?"""
    return bool(await queries.rights_are_known(connection, subject_id=subject_id))
