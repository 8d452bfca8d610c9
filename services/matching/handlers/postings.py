"""What volunteers and offers are found by: made anew in bounded steps, and counted for speed."""

from uuid import UUID

import structlog

from services.matching.store import postings as store
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

POSTED_AT_ONCE = 500
_BEFORE_ALL = UUID(int=0)


async def post_everything(database: Database) -> int:
    """Post every volunteer and every offer anew, whatever is posted now; how many. Others work on meanwhile."""
    posted = 0
    for post_next in (store.post_next_volunteers, store.post_next_offers, store.drop_next_left_behind):
        after: UUID | None = _BEFORE_ALL
        while after is not None:
            async with database.transaction() as tx:
                number, after = await post_next(tx.connection, after, POSTED_AT_ONCE)
            posted += number
    log.info("posted-anew", posted_count=posted)
    return posted


async def count_postings(tx: Transaction) -> int:
    """A timer's step: how common terms are, and how many are where; nothing is left to do after it."""
    await store.count_postings(tx.connection)
    return 0
