"""Mistakes on the way from the outbox into the log."""

import asyncio
import random
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from aiokafka.errors import KafkaError

from shared.messaging import connection, publication, relay
from shared.messaging.queries import queries
from shared.postgres.database import Database
from tests.faults.bugs.planting import put


def relay_without_fence() -> None:
    """A transactional id of its own for every process: nobody fences anybody."""
    original = connection.producer_arguments
    put(publication, "producer_arguments", lambda settings, name: original(settings, f"{name}-{uuid4()}"))


def relay_after_the_last_position() -> None:
    """The relay reads what lies above the last position that it has published."""
    original, last = queries.next_events, [0]

    async def next_events(reading: Any, *, limit: int) -> Any:
        rows = [row for row in await original(reading, limit=limit) if row["position"] > last[0]]
        if rows:
            last[0] = rows[-1]["position"]
        return rows

    put(queries, "next_events", next_events)


def removed_before_acknowledged() -> None:
    """The outbox is emptied when the batch is read."""
    original = relay.Relay._name

    async def name(self: Any, lease: Any, waiting: Any, committed: Any) -> Any:
        batch = await original(self, lease, waiting, committed)
        async with self._database.reading() as reading:
            await reading.execute("DELETE FROM outbox WHERE position = ANY ($1)", waiting.positions)
        return batch

    put(relay.Relay, "_name", name)


def last_batch_not_asked_for() -> None:
    """A new relay does not ask Kafka whether the last batch is in the log."""

    async def nothing(self: Any) -> None:
        return None

    put(publication.Publication, "last_committed", nothing)


def commit_error_is_success() -> None:
    """An error while committing is logged and forgotten: the rows leave the outbox."""
    original = publication.Publication.publish

    async def publish(self: Any, batches: Any, batch: Any = None) -> None:
        with suppress(KafkaError):
            await original(self, batches, batch)

    put(publication.Publication, "publish", publish)


def partition_by_chance() -> None:
    """Events are spread evenly over the partitions."""
    put(publication, "partition_of", lambda key: random.randrange(12))


def outbox_after_the_commit() -> None:
    """Events are written in a transaction of their own, after the change."""
    original = Database.transaction

    @asynccontextmanager
    async def transaction(self: Any) -> Any:
        async with original(self) as tx:
            yield tx
            waiting, tx._records = tx._records, []
        await asyncio.sleep(0.05)
        if waiting:
            async with original(self) as second:
                second._records = waiting

    Database.transaction = transaction  # type: ignore[method-assign]


def read_ahead_from_the_start() -> None:
    """What follows the batch under way is read as if that were gone already."""

    async def events_after(reading: Any, *, limit: int, **_: Any) -> Any:
        return await queries.next_events(reading, limit=limit)

    put(queries, "events_after", events_after)


def late_commit_behind_what_is_read_ahead() -> None:
    """Who reads ahead does not ask whether somebody committed late before the batch under way."""

    async def events_after(reading: Any, *, last: int, limit: int, **_: Any) -> Any:
        return await reading.fetch(
            "SELECT position, topic, key, headers, value FROM outbox WHERE position > $1 ORDER BY position LIMIT $2",
            last,
            limit,
        )

    put(queries, "events_after", events_after)
