"""Who still has to be looked at, and who was told of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.places import Box
from services.matching.models.suggestions import Check
from shared.postgres.queries import load_queries
from shared.telemetry import correlation

queries = load_queries(__file__, "telling.sql")

Pair = tuple[UUID, UUID]
"""A volunteer and an offer."""


@dataclass(frozen=True, slots=True)
class Tellable:
    """A volunteer, locked, with how many suggestions they were told of lately and when the first of those was."""

    volunteer_id: UUID
    told: int
    first_told_at: datetime | None


async def check_volunteers(connection: Any, volunteer_ids: Sequence[UUID], due_at: datetime) -> None:
    """Look at these volunteers when it is time."""
    await queries.check_volunteers(
        connection, volunteer_ids=list(volunteer_ids), due_at=due_at, correlation_id=_journey()
    )


async def check_offers(connection: Any, offer_ids: Sequence[UUID], due_at: datetime) -> None:
    """Look at the volunteers around these offers."""
    await queries.check_offers(connection, offer_ids=list(offer_ids), due_at=due_at, correlation_id=_journey())


async def check_offers_of_organisations(connection: Any, organisation_ids: Sequence[UUID], due_at: datetime) -> None:
    """Look at the volunteers around every offer of these organisations that can be seen."""
    await queries.check_offers_of_organisations(
        connection, organisation_ids=list(organisation_ids), due_at=due_at, correlation_id=_journey()
    )


async def next_check(connection: Any, now: datetime) -> Check | None:
    """The next check, locked; None when nothing is due."""
    row = await queries.next_check(connection, now=now)
    return Check(**row) if row else None


async def delete_check(connection: Any, check_id: int) -> None:
    """It is done."""
    await queries.delete_check(connection, check_id=check_id)


async def put_off_check(connection: Any, check_id: int, due_at: datetime) -> None:
    """Not before then."""
    await queries.put_off_check(connection, check_id=check_id, due_at=due_at)


async def delete_checks_of_volunteer(connection: Any, volunteer_id: UUID) -> None:
    """Whatever is waiting about this volunteer is being looked at now."""
    await queries.delete_checks_of_volunteer(connection, volunteer_id=volunteer_id)


async def volunteers_to_weigh(connection: Any, check: Check, box: Box, at_most: int) -> list[tuple[UUID, str]]:
    """The next volunteers (id, postal code) around the offer of a check."""
    rows = await queries.volunteers_to_weigh(
        connection,
        south=box.south,
        north=box.north,
        west=box.west,
        east=box.east,
        after_postal_code=check.after_postal_code,
        after_volunteer_id=check.after_volunteer_id,
        at_most=at_most,
    )
    return [(row["volunteer_id"], row["postal_code"]) for row in rows]


async def continue_check(connection: Any, check_id: int, after: tuple[UUID, str]) -> None:
    """The next step goes on after this volunteer (id, postal code)."""
    await queries.continue_check(connection, check_id=check_id, after_volunteer_id=after[0], after_postal_code=after[1])


async def lock_tellable(connection: Any, volunteer_ids: Sequence[UUID], since: datetime) -> dict[UUID, Tellable]:
    """Those of the volunteers whom nobody else works on, locked, with what they were told since."""
    rows = await queries.tellable(connection, volunteer_ids=list(volunteer_ids), since=since)
    return {row["volunteer_id"]: Tellable(**row) for row in rows}


async def told_or_placed(connection: Any, pairs: Sequence[Pair]) -> set[Pair]:
    """The pairs that need no telling: told before, or a placement was asked for at some time."""
    rows = await queries.told_or_placed(connection, **_columns(pairs))
    return {(row["volunteer_id"], row["offer_id"]) for row in rows}


async def remember_told(connection: Any, pairs: Sequence[Pair], now: datetime) -> set[Pair]:
    """Remember pairs as told; answers those that were not told before."""
    rows = await queries.remember_told(connection, **_columns(pairs), now=now)
    return {(row["volunteer_id"], row["offer_id"]) for row in rows}


async def forget_told_of_offer(connection: Any, offer_id: UUID, at_most: int) -> int:
    """Forget who was told of a closed offer; the number of rows that went."""
    status: str = await queries.forget_told_of_offer(connection, offer_id=offer_id, at_most=at_most)
    return int(status.rpartition(" ")[2])


def _journey() -> str:
    return correlation.current_or_new().correlation_id


def _columns(pairs: Sequence[Pair]) -> dict[str, list[UUID]]:
    return {
        "volunteer_ids": [volunteer_id for volunteer_id, _ in pairs],
        "offer_ids": [offer_id for _, offer_id in pairs],
    }
