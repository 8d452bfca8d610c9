"""Signed undertakings of confidentiality in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.undertakings import SignedUndertaking
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "undertakings.sql")


async def sign(connection: Any, volunteer_id: UUID, text_version: str, language: str, signed_at: datetime) -> None:
    """A volunteer signs a text; the first signature counts."""
    await queries.sign_undertaking(
        connection, volunteer_id=volunteer_id, text_version=text_version, language=language, signed_at=signed_at
    )


async def signed(connection: Any, volunteer_id: UUID) -> list[SignedUndertaking]:
    """What a volunteer has signed."""
    rows = await queries.undertakings_of_volunteer(connection, volunteer_id=volunteer_id)
    return [SignedUndertaking(**row) for row in rows]


async def has_signed(connection: Any, volunteer_id: UUID, text_version: str) -> bool:
    """Whether a volunteer has signed the text of a version."""
    return bool(await queries.undertaking_signed(connection, volunteer_id=volunteer_id, text_version=text_version))


async def outdated(connection: Any, text_version: str, rows: int) -> list[UUID]:
    """Volunteers who count as bound by an earlier text, locked."""
    found = await queries.undertakings_outdated(connection, text_version=text_version, rows=rows)
    return [row["volunteer_id"] for row in found]
