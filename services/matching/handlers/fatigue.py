"""How often somebody was asked, and what they declined, is remembered for as long as it counts."""

from datetime import timedelta

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
