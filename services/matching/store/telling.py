"""Who still has to be looked at, and who was told of what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.suggestions import Check
from shared.postgres.queries import load_queries
from shared.telemetry import correlation

queries = load_queries(__file__, "telling.sql")

Pair = tuple[UUID, UUID]
"""A volunteer and an offer."""


async def check_volunteers(connection: Any, volunteer_ids: Sequence[UUID], due_at: datetime) -> None:
    """Look at these volunteers when it is time."""
    await check_volunteers_at(connection, dict.fromkeys(volunteer_ids, due_at))


async def check_volunteers_at(connection: Any, due_at: Mapping[UUID, datetime]) -> None:
    """Look at each of these volunteers when their time has come."""
    if due_at:
        await queries.check_volunteers(
            connection, volunteer_ids=list(due_at), due_at=list(due_at.values()), correlation_id=_journey()
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
    return Check(**{**row, "passed_over": tuple(row["passed_over"])}) if row else None


async def delete_check(connection: Any, check_id: int) -> None:
    """It is done."""
    await queries.delete_check(connection, check_id=check_id)


async def put_off_check(connection: Any, check_id: int, due_at: datetime) -> None:
    """Not before then."""
    await queries.put_off_check(connection, check_id=check_id, due_at=due_at)


async def delete_checks_of_volunteer(connection: Any, volunteer_id: UUID) -> None:
    """Whatever is waiting about this volunteer is being looked at now."""
    await queries.delete_checks_of_volunteer(connection, volunteer_id=volunteer_id)


async def continue_check(connection: Any, check_id: int, passed_over: Sequence[UUID]) -> None:
    """The next step passes over these volunteers as well."""
    await queries.continue_check(connection, check_id=check_id, passed_over=list(passed_over))


async def may_be_told(connection: Any, volunteer_id: UUID) -> bool:
    """Whether a volunteer consents to being told of suggestions."""
    return bool(await queries.may_be_told(connection, volunteer_id=volunteer_id))


async def told_of(connection: Any, offer_id: UUID) -> list[UUID]:
    """Who was told of an offer."""
    return [row["volunteer_id"] for row in await queries.told_of(connection, offer_id=offer_id)]


async def offers_settled_with(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """The offers of which a volunteer was told, and those with which they ever asked for a placement."""
    return [row["offer_id"] for row in await queries.offers_settled_with(connection, volunteer_id=volunteer_id)]


async def lock_tellable(connection: Any, volunteer_ids: Sequence[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """Those of the volunteers whom nobody else works on, locked, with when they were asked since."""
    rows = await queries.lock_tellable(connection, volunteer_ids=list(volunteer_ids))
    locked: dict[UUID, list[datetime]] = {row["volunteer_id"]: [] for row in rows}
    for row in await queries.asked_since(connection, volunteer_ids=list(locked), since=since):
        locked[row["volunteer_id"]].append(row["asked_at"])
    return locked


async def forget_asks(connection: Any, before: datetime, at_most: int) -> int:
    """Forget when somebody was asked when it no longer counts; how many."""
    return int(await queries.forget_asks(connection, before=before, at_most=at_most))


async def forget_declined_topics(connection: Any, before: datetime, at_most: int) -> int:
    """Forget that somebody declined a topic when it no longer counts; how many."""
    return int(await queries.forget_declined_topics(connection, before=before, at_most=at_most))


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
