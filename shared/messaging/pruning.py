"""Pruning of the promise's own tables: dead letters after 30 days, the memory of notices after they left every log."""

from datetime import timedelta

from shared.contracts.topics import NOTICES_KEPT, TOPICS, Kind
from shared.messaging.queries import queries
from shared.postgres.transaction import Transaction

NOTICES = [topic.name for topic in TOPICS.values() if topic.kind is Kind.NOTICES]


async def prune_dead_letters(tx: Transaction, kept: timedelta) -> int:
    """Remove dead letters that were kept long enough; how many, at most a page."""
    removed: int = await queries.prune_dead_letters(tx.connection, before=tx.now - kept)
    return removed


async def prune_reactions(tx: Transaction) -> int:
    """Forget reactions to notices that no log holds any more; how many, at most a page."""
    removed: int = await queries.prune_notice_reactions(tx.connection, before=tx.now - 2 * NOTICES_KEPT, topics=NOTICES)
    return removed
