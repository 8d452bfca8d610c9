"""Task boundaries that ended, and the offers that refer to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.postgres.queries import load_queries

queries = load_queries(__file__, "boundaries.sql")


@dataclass(frozen=True, slots=True)
class Referring:
    """An offer that refers to a boundary."""

    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID


async def note_ended(connection: Any, boundary_ids: Sequence[UUID], now: datetime) -> None:
    """Those of these boundaries that ended are to be told of."""
    await queries.note_ended_boundaries(connection, boundary_ids=list(boundary_ids), now=now)


async def next_ended(connection: Any) -> tuple[UUID, UUID] | None:
    """A boundary that ended, locked, and the last offer whose coordinator was told."""
    row = await queries.next_ended_boundary(connection)
    return None if row is None else (row["boundary_id"], row["after_offer_id"])


async def offers_of(connection: Any, boundary_id: UUID, after_offer_id: UUID, at_most: int) -> list[Referring]:
    """The next offers that refer to a boundary."""
    rows = await queries.offers_of_boundary(
        connection, boundary_id=boundary_id, after_offer_id=after_offer_id, at_most=at_most
    )
    return [Referring(**row) for row in rows]


async def told_up_to(connection: Any, boundary_id: UUID, after_offer_id: UUID, *, is_told: bool) -> None:
    """How far they were told."""
    await queries.told_up_to(connection, boundary_id=boundary_id, after_offer_id=after_offer_id, is_told=is_told)
