"""How often somebody was asked, and what they declined, is remembered for as long as it counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.matching.rules.fatigue import again_at
from services.matching.settings import MatchingSettings
from services.matching.store import telling as store
from shared.postgres.transaction import Transaction

ASKS_COUNT_FOR = timedelta(days=35)
"""Four calendar weeks, and a little more."""
FORGOTTEN_AT_ONCE = 1000


async def forget_asks(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: what no longer counts of asking and declining."""
    asks = await store.forget_asks(tx.connection, tx.now - ASKS_COUNT_FOR, FORGOTTEN_AT_ONCE)
    counts_since = tx.now - timedelta(days=settings.declined_days)
    return asks + await store.forget_declined_topics(tx.connection, counts_since, FORGOTTEN_AT_ONCE)


async def look_again_when_their_week_is_over(
    tx: Transaction, asked: Mapping[UUID, Iterable[datetime]], settings: MatchingSettings
) -> None:
    """Of these volunteers, with when they were asked, those whose week is full now are looked at when it is over."""
    again = {each: again_at(asked_at, tx.now, settings.asks_per_week) for each, asked_at in asked.items()}
    await store.check_volunteers_at(
        tx.connection, {each: due_at for each, due_at in again.items() if due_at is not None}
    )
