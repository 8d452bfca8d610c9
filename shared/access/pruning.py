"""What the worker forgets of mailed links."""

from typing import Any

from shared.access.identity import LEEWAY
from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction

queries: Any = load_queries(__file__)


async def prune_burned_links(tx: Transaction, at_most: int = 1000) -> int:
    """A timer's step: forget links that have expired anyway. Returns how many."""
    status: str = await queries.prune_burned_links(tx.connection, before=tx.now - 2 * LEEWAY, at_most=at_most)
    return int(status.rpartition(" ")[2])
