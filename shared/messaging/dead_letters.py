"""Set aside, not lost: records that cannot be consumed become rows of the consumer's own table.

There is a limit: a consumer that would set everything aside is broken itself, and stops instead, so that nothing is
skipped while somebody looks at it.
"""

from base64 import b64encode
from typing import Any

import asyncpg

from shared.messaging.queries import queries
from shared.messaging.record import Item
from shared.postgres.subjects import held_or_erased
from shared.runtime.ids import new_id


class TooManyDeadLetters(Exception):
    """The limit is reached; the consumer waits until somebody has looked at them."""


async def set_aside(
    connection: "asyncpg.Connection[Any]",
    consumer: str,
    item: Item,
    *,
    reason: str,
    attempts: int,
    now: Any,
    limit: int,
) -> None:
    """Keep a record for later.

    Raises
    ------
    TooManyDeadLetters
        The consumer has `limit` of them already.
    """
    if item.person and await held_or_erased(connection, item.person):
        return
    record = item.record
    headers = [[name, None if value is None else b64encode(value).decode()] for name, value in record.headers]
    await queries.set_aside(
        connection,
        dead_letter_id=new_id(),
        consumer=consumer,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        headers=headers,
        value=record.value,
        subject_id=item.person,
        reason=reason,
        attempts=attempts,
        set_aside_at=now,
    )
    # Counted after it: one that lies aside already (a duplicate) must not halt a consumer that is just full.
    if await queries.dead_letter_count(connection, consumer=consumer, limit=limit + 1) > limit:
        raise TooManyDeadLetters
