"""Writing to Kafka as an owner's relay would, or as it never would; reading what a fresh consumer sees."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope, text_headers, write_value
from shared.contracts.topics import PARTITIONS
from shared.messaging.publication import partition_of
from shared.runtime.ids import new_id
from tests.support.platform import Broker
from tests.support.waiting import eventually

OPEN_TRANSACTION_SECONDS = 2.0
"""A transaction that is open for longer was left open: what it wrote is not waited for."""


def envelope_of(event: EventData, **changed: Any) -> Envelope:
    """The envelope with which a service would publish `event` now."""
    terms = event.contract
    found = Envelope(
        id=new_id(),
        type=terms.type,
        major=terms.major,
        source=f"urn:tandem:{terms.topic_of(event).partition('.')[0]}",
        time=datetime.now(UTC),
        subject=terms.key_of(event),
        correlation_id=str(new_id()),
        person=terms.person_of(event),
    )
    return replace(found, **changed)


@dataclass(frozen=True)
class Raw:
    """A record as bytes: what no relay would write."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, Any]] = ()
    partition: int | None = None

    @classmethod
    def of(cls, event: EventData, **changed: Any) -> "Raw":
        """The record of an event; `changed` replaces attributes of its envelope."""
        envelope = envelope_of(event, **changed)
        return cls(
            event.contract.topic_of(event),
            envelope.subject.encode(),
            write_value(event),
            [(name, value.encode()) for name, value in envelope.headers()],
        )

    @classmethod
    def tombstone(cls, topic: str, key: UUID | str) -> "Raw":
        """The record that deletes `key`."""
        return cls(topic, str(key).encode(), None, [("ce_type", b"tombstone")])


class EventLog:
    """The log, seen with the administrator's rights. Used as a context: `async with event_log(server) as log`."""

    def __init__(self, server: Broker, producer: AIOKafkaProducer) -> None:
        self._server = server
        self._producer = producer

    async def publish(self, *events: EventData | Raw) -> list[Any]:
        """Write records one after the other; where each of them lies (topic, partition, offset)."""
        records = [event if isinstance(event, Raw) else Raw.of(event) for event in events]
        sent = [await self._send(record) for record in records]
        return [await acknowledgement for acknowledgement in sent]

    async def _send(self, record: Raw) -> Any:
        partition = record.partition
        if partition is None:
            partition = partition_of(record.key.decode()) if record.key and record.key.isascii() else 0
        return await self._producer.send(
            record.topic, record.value, key=record.key, partition=partition, headers=list(record.headers)
        )

    async def read(self, topic: str, key: UUID | str | None = None, *, committed: bool = True) -> list[ConsumerRecord]:
        """All records of a topic (of one key), in order, as a fresh consumer sees them."""
        partition = None if key is None else partition_of(str(key))
        found: list[ConsumerRecord] = []
        async for records in self.stretches(topic, partition, committed=committed):
            found += records if key is None else [one for one in records if one.key == str(key).encode()]
        return found

    async def stretches(
        self, topic: str, partition: int | None = None, *, committed: bool = True
    ) -> AsyncIterator[list[ConsumerRecord]]:
        """The same a stretch at a time, each of one partition: a log of any length fits into memory."""
        numbers = range(PARTITIONS) if partition is None else (partition,)
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer = AIOKafkaConsumer(
            **self._server.aiokafka_settings(),
            isolation_level="read_committed" if committed else "read_uncommitted",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            consumer.assign(partitions)
            if committed:
                await self._settled(consumer, partitions)
            ends = await consumer.end_offsets(partitions)
            while behind := [at for at in partitions if await consumer.position(at) < ends[at]]:
                for records in (await consumer.getmany(*behind, timeout_ms=200)).values():
                    yield records
        finally:
            await consumer.stop()

    async def _settled(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """Wait until no transaction is open, for a moment at most: markers follow an acknowledged commit."""
        everything = AIOKafkaConsumer(**self._server.aiokafka_settings(), enable_auto_commit=False)
        await everything.start()
        try:
            written = await everything.end_offsets(partitions)
        finally:
            await everything.stop()

        async def seen() -> bool:
            ends = await consumer.end_offsets(partitions)
            return all(ends[at] >= written[at] for at in partitions)

        with suppress(AssertionError):
            await eventually(seen, OPEN_TRANSACTION_SECONDS)

    async def committed(self, group: str, topic: str, key: UUID | str) -> int:
        """The offset up to which a group has committed the partition of a key; -1 when it has not."""
        partition = TopicPartition(topic, partition_of(str(key)))
        async with self._admin() as admin:
            offsets = await admin.list_consumer_group_offsets(group, partitions=[partition])
        return int(offsets[partition].offset)

    async def end(self, topic: str, key: UUID | str) -> int:
        """The offset after the last record of the partition of a key."""
        partition = TopicPartition(topic, partition_of(str(key)))
        consumer = AIOKafkaConsumer(**self._server.aiokafka_settings(), enable_auto_commit=False)
        await consumer.start()
        try:
            return int((await consumer.end_offsets([partition]))[partition])
        finally:
            await consumer.stop()

    async def forget_offsets(self, *groups: str) -> None:
        """Groups without members begin anew, as groups that never were."""

        def forgotten() -> bool:
            admin = AdminClient({"log_level": 3, **self._server.confluent_settings()})
            try:
                for answer in admin.delete_consumer_groups(list(groups), request_timeout=10).values():
                    answer.result()
            except KafkaException as error:
                return bool(error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND)
            return True

        await eventually(lambda: asyncio.to_thread(forgotten), 30, every=0.2)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._server.aiokafka_settings())
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


@asynccontextmanager
async def event_log(server: Broker) -> AsyncIterator[EventLog]:
    """Open the log of a broker."""
    producer = AIOKafkaProducer(**server.aiokafka_settings(), acks="all", linger_ms=0, request_timeout_ms=8_000)
    await producer.start()
    try:
        yield EventLog(server, producer)
    finally:
        await producer.stop()


def headers_of(record: Any) -> dict[str, str]:
    """A record's headers as text."""
    return text_headers(record.headers)
