"""Whose placements still have to be looked at, and what they hang on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.suspensions import RequirementCheck, Standing
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason
from shared.postgres.queries import load_queries
from shared.telemetry import correlation

queries = load_queries(__file__, "suspensions.sql")


async def check_placed(connection: Any, volunteer_ids: Sequence[UUID], due_at: datetime) -> None:
    """Look at these volunteers' placements when it is time."""
    journey = correlation.current_or_new().correlation_id
    await queries.check_placed(connection, volunteer_ids=list(volunteer_ids), due_at=due_at, correlation_id=journey)


async def check_next_placed(connection: Any, after: UUID, due_at: datetime, rows: int) -> tuple[int, UUID | None]:
    """Look at the next volunteers with agreed placements, by id; how many, and after whom to go on (None: nobody)."""
    found = await queries.check_next_placed(connection, after=after, due_at=due_at, rows=rows)
    ids = [row["volunteer_id"] for row in found]
    return len(ids), max(ids) if len(ids) == rows else None


async def next_check(connection: Any, now: datetime) -> RequirementCheck | None:
    """The next check, locked; None when nothing is due."""
    row = await queries.next_requirement_check(connection, now=now)
    return RequirementCheck(**row) if row else None


async def put_off(connection: Any, check_id: int, due_at: datetime) -> None:
    """Not before then."""
    await queries.put_off_requirement_check(connection, check_id=check_id, due_at=due_at)


async def settled(connection: Any, volunteer_id: UUID, look_again_at: datetime | None) -> None:
    """Nothing is left to do for a volunteer until then."""
    await queries.delete_requirement_checks_of(connection, volunteer_id=volunteer_id)
    if look_again_at is not None:
        await queries.look_again(connection, volunteer_id=volunteer_id, due_at=look_again_at)


async def standings(
    connection: Any, volunteer_id: UUID, placement_id: UUID | None = None, *, undertaking_required: bool
) -> list[Standing]:
    """The agreed placements of a volunteer, or one of them, with what they hang on."""
    rows = await queries.standings(connection, volunteer_id=volunteer_id, placement_id=placement_id)
    return [_standing(row, undertaking_required) for row in rows]


def _standing(row: Any, undertaking_required: bool) -> Standing:
    because = row["suspended_because"]
    standing = Standing(
        **{
            **row,
            "status": PlacementStatus(row["status"]),
            "suspended_because": None if because is None else SuspensionReason(because),
        }
    )
    return standing if undertaking_required else replace(standing, has_undertaking=True)
