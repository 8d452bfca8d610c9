"""What the worker forgets of what requests left behind; it needs no HTTP for it."""

from datetime import timedelta
from typing import Any

from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction

KEPT = timedelta(hours=24)
"""How long the answer to a command is kept for its repetition."""

queries: Any = load_queries(__file__)


async def prune_idempotency_keys(tx: Transaction, at_most: int = 1000) -> int:
    """A timer's step: forget answers after 24 hours. Returns how many."""
    status: str = await queries.prune_idempotency_keys(tx.connection, before=tx.now - KEPT, at_most=at_most)
    return int(status.rpartition(" ")[2])


async def prune_rate_limits(tx: Transaction, at_most: int = 1000) -> int:
    """A timer's step: forget windows that are over, and the keys of past days. Returns how many windows."""
    await queries.prune_salts(tx.connection, before=tx.now.date() - timedelta(days=2))
    status: str = await queries.prune_rate_limits(tx.connection, now=tx.now, at_most=at_most)
    return int(status.rpartition(" ")[2])
