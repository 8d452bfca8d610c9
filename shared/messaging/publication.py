"""One Kafka transaction of a relay: a batch of outbox rows and the name of the batch, committed together.

The name is committed as the metadata of an offset of the group `relay-<service>`. So whoever takes over learns from Kafka
itself whether the last batch is in the log: nothing is published twice, not even by a relay that died between Kafka's
commit and the removal from the outbox.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CoordinatorNotAvailableError, MessageSizeTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.structs import OffsetAndMetadata

from shared.contracts.topics import PARTITIONS
from shared.messaging.connection import producer_arguments, security
from shared.runtime.settings import Settings

Answer = TypeVar("Answer")
Record = tuple[bytes, bytes | None, list[tuple[str, bytes]]]
"""Key, value, headers."""
Packed = tuple[TopicPartition, Any]
"""A batch of records as aiokafka builds it, and where it goes."""
AT_A_STRETCH = 250
"""So many are prepared before whatever else is under way has its turn: the transaction before must not wait for these."""


@lru_cache(maxsize=200_000)
def partition_of(key: str) -> int:
    """The partition of a key, as Java's clients compute it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS)


def group_of(service: str) -> str:
    """The consumer group whose offset carries the name of the last batch."""
    return f"relay-{service}"


def marker_of(service: str) -> TopicPartition:
    """The partition whose offset carries the name of the last batch."""
    return TopicPartition(f"{service}.privacy", 0)


async def records_of(rows: Sequence[asyncpg.Record]) -> Mapping[TopicPartition, list[Record]]:
    """Outbox rows as records by partition; per partition in the order of the rows."""
    found: dict[TopicPartition, list[Record]] = defaultdict(list)
    for number, row in enumerate(rows):
        if number % AT_A_STRETCH == AT_A_STRETCH - 1:
            await asyncio.sleep(0)
        headers = [(name, value.encode()) for name, value in orjson.loads(row["headers"])]
        found[TopicPartition(row["topic"], partition_of(row["key"]))].append(
            (row["key"].encode(), row["value"], headers)
        )
    return found


class Publication:
    """The producer of one relay, alive from one take-over to the next."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._producer = AIOKafkaProducer(**producer_arguments(settings, f"relay-{service}"))
        self._connecting: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Connect and fence every predecessor: its open transaction is aborted, its later sends are refused."""
        await self._undisturbed(self._producer.start())

    async def stop(self) -> None:
        """Close the producer."""
        await asyncio.gather(*self._connecting, return_exceptions=True)
        await self._producer.stop()

    async def _undisturbed(self, connecting: Coroutine[Any, Any, Answer]) -> Answer:
        """Cancelled while it connects, aiokafka would leave the connection open: it finishes, and `stop` waits for it."""
        task = asyncio.create_task(connecting)
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return await asyncio.shield(task)

    async def last_committed(self) -> UUID | None:
        """The name of the last batch that Kafka committed, None when there was none.

        Raises
        ------
        KafkaError
            The group's coordinator does not know at the moment. Never taken for "none": that would publish twice.
        """
        return await self._undisturbed(self._ask_for_last_committed())

    async def _ask_for_last_committed(self) -> UUID | None:
        admin = AIOKafkaAdminClient(**security(self._settings))
        try:
            await admin.start()
            marker = marker_of(self._service)
            offsets: dict[Any, Any] = await admin.list_consumer_group_offsets(
                group_of(self._service), partitions=[marker]
            )
        finally:
            await admin.close()
        if marker not in offsets:
            # An error of the whole group (its coordinator is loading, say) arrives as an answer without partitions.
            raise CoordinatorNotAvailableError(f"no answer about {group_of(self._service)}")
        name: str = offsets[marker].metadata
        return UUID(name) if name else None

    async def packed(self, records: Mapping[TopicPartition, Sequence[Record]]) -> list[Packed]:
        """The records as the producer's batches, in their order.

        Raises
        ------
        MessageSizeTooLargeError
            An event does not fit into any batch.
        """
        found: list[Packed] = []
        for partition, waiting in records.items():
            builder = self._producer.create_batch()
            for key, value, headers in waiting:
                if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                    found.append((partition, builder))
                    builder = self._producer.create_batch()
                    if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                        raise MessageSizeTooLargeError(f"an event of {partition.topic} does not fit into any batch")
            found.append((partition, builder))
            await asyncio.sleep(0)
        return found

    async def publish(self, batches: Iterable[Packed], batch: UUID | None = None) -> None:
        """Commit all records, and the name of the batch, in one Kafka transaction."""
        producer = self._producer
        await producer.begin_transaction()
        acknowledgements = [
            await producer.send_batch(builder, partition.topic, partition=partition.partition)
            for partition, builder in batches
        ]
        await asyncio.gather(*acknowledgements)
        if batch is not None:
            # Not while the broker takes the records in: to it the transaction would be busy, it would refuse them, and
            # aiokafka would wait a tenth of a second before it tries again.
            offsets = {marker_of(self._service): OffsetAndMetadata(1, str(batch))}
            await producer.send_offsets_to_transaction(offsets, group_of(self._service))
        await producer.commit_transaction()
