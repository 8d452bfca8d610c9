"""The consumer: fetch, decode, validate, recognise, apply, commit; against its parts alone, and one message at a time."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from services.matching.subscribers import projections
from shared.contracts.envelope import Envelope, write_value
from shared.contracts.topics import PARTITIONS
from shared.contracts.training import CourseUpdated
from shared.messaging.connection import consumer_arguments
from shared.messaging.consumer import COMMIT_SECONDS, Consumer
from shared.messaging.intake import Intake
from shared.messaging.projection import Projection
from shared.messaging.publication import partition_of
from shared.messaging.record import decode
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.ids import new_id
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics
from tests.benchmarks.platform.rounds import Plan
from tests.benchmarks.platform.stage import DISTRICT, ORGANISATION, POSTAL_CODE, Stage

EVENTS = 20_000
ONE_BY_ONE = 200
VALUE_BYTES = 600
TOPIC, GROUP = "training.courses", "matching.projections"
PARTS = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]

Offsets = dict[TopicPartition, int]


async def measure(stage: Stage, plan: Plan) -> None:
    """Events per second, each with an effect on a read model."""
    stage.started()
    async with _bench(stage) as bench:
        found = await plan.in_turn({"consumer": bench.whole, "parts": bench.parts, "one by one": bench.one_at_a_time})
    plan.compare("consumer, and the sum of its parts", "events/s", found["consumer"], found["parts"])
    plan.compare("consumer, and one message at a time", "events/s", found["consumer"], found["one by one"])


class Timed(Consumer):
    """Knows when it began to read and when everything was taken in and committed."""

    def __init__(self, *told: Any, projections: Sequence[Projection]) -> None:
        super().__init__(*told, projections=projections)
        (self.subscription,) = self.subscriptions
        self.began: float | None = None
        assigned = self.subscription.on_partitions_assigned

        async def began(partitions: Any) -> None:
            await assigned(partitions)
            self.began = time.perf_counter()

        cast(Any, self.subscription).on_partitions_assigned = began

    def reached(self, end: Offsets) -> bool:
        """Whether everything before these offsets was taken in."""
        return all(self.subscription._taken.get(part, -1) >= offset for part, offset in end.items())


class Bench:
    """One topic, one read model, and versions that only go up: every event has an effect."""

    def __init__(self, stage: Stage, database: Database, producer: AIOKafkaProducer, settings: Settings) -> None:
        self.database, self.producer, self.settings = database, producer, settings
        (self.projection,) = (each for each in projections() if each.topic == TOPIC)
        # As many keys as events, however many courses there are: of several events of one key a batch writes the last alone.
        self.ids = list(stage.course_ids(EVENTS))
        self.ids += [new_id() for _ in range(EVENTS - len(self.ids))]
        self.version = 1
        self.intake = Intake(GROUP, database, settings, Metrics(), projections=[self.projection])

    async def whole(self) -> float:
        """The worker's own consumer."""
        begin, end = await self.published(EVENTS)
        async with self.reader(GROUP) as reader:
            await reader.commit(begin)
        consumer = Timed("matching", self.database, self.settings, Metrics(), projections=[self.projection])
        await consumer.start()
        try:
            while not consumer.reached(end):
                assert not consumer.failed.done(), "the consumer failed"
                await asyncio.sleep(0.002)
            await consumer.subscription.commit()
            assert consumer.began is not None
            return EVENTS / (time.perf_counter() - consumer.began)
        finally:
            await consumer.stop()

    async def parts(self) -> float:
        """Each part alone, their times added."""
        begin, end = await self.published(EVENTS)
        async with self.reader(GROUP) as reader:
            for part, offset in begin.items():
                reader.seek(part, offset)
            began = time.perf_counter()
            records: list[ConsumerRecord] = []
            while len(records) < EVENTS:
                for found in (await reader.getmany(timeout_ms=20, max_records=self.settings.consumer_batch)).values():
                    records += found
            wanted = self.intake.wanted(TOPIC)
            items = [decode(record, wanted) for record in records]
            size = self.settings.consumer_batch
            for first in range(0, EVENTS, size):
                async with self.database.transaction() as tx:
                    await self.projection.apply(tx.connection, items[first : first + size], tx.now)
            applied = time.perf_counter()
            commits = 1 + int((applied - began) / COMMIT_SECONDS)
            for _ in range(commits):
                await reader.commit(end)
            return EVENTS / (time.perf_counter() - began)

    async def one_at_a_time(self) -> float:
        """What a handler per message does: a transaction and an offset for each."""
        begin, _ = await self.published(ONE_BY_ONE)
        async with self.reader(GROUP) as reader:
            for part, offset in begin.items():
                reader.seek(part, offset)
            began = time.perf_counter()
            for _ in range(ONE_BY_ONE):
                record = await reader.getone()
                await self.intake.take([record])
                await reader.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
            return ONE_BY_ONE / (time.perf_counter() - began)

    async def published(self, events: int) -> tuple[Offsets, Offsets]:
        """So many fresh events lie in the topic; where they begin and end."""
        self.version += 1
        begin = await self.ends()
        futures = []
        for number in range(events):
            key, value, headers = self._record(self.ids[number], self.version)
            futures.append(
                await self.producer.send(TOPIC, value, key=key.encode(), partition=partition_of(key), headers=headers)
            )
        await asyncio.gather(*futures)
        return begin, await self.ends()

    async def ends(self) -> Offsets:
        """Where the topic ends now."""
        async with self.reader(None) as reader:
            return dict(await reader.end_offsets(PARTS))

    @asynccontextmanager
    async def reader(self, group: str | None) -> AsyncIterator[AIOKafkaConsumer]:
        """A bare consumer with the worker's settings."""
        kafka = AIOKafkaConsumer(group_id=group, **consumer_arguments(self.settings))
        await kafka.start()
        kafka.assign(PARTS)
        try:
            yield kafka
        finally:
            await kafka.stop()

    def _record(self, course_id: Any, version: int) -> tuple[str, bytes, list[tuple[str, bytes]]]:
        now = self.database.clock.now()
        event = CourseUpdated.model_validate(
            {
                "course_id": course_id,
                "version": version,
                "organisation_id": ORGANISATION,
                "title": "x" * 180,
                "grants": "basic",
                "district": DISTRICT,
                "postal_code": POSTAL_CODE,
                "languages": ["de"],
                "places": 20,
                "places_free": 20,
                "status": "published",
                "sessions": [{"session_id": new_id(), "starts_at": now, "ends_at": now, "ue": 4}],
            }
        )
        envelope = Envelope(
            id=new_id(),
            type=event.contract.type,
            major=event.contract.major,
            source="urn:tandem:training",
            time=now,
            subject=str(course_id),
            correlation_id=str(new_id()),
            causation_id=str(new_id()),
            traceparent="00-1a790e06ba1bccfe9177934168d8f6e9-d1bf0d1248f70310-00",
        )
        return envelope.subject, write_value(event), [(name, value.encode()) for name, value in envelope.headers()]


@asynccontextmanager
async def _bench(stage: Stage) -> AsyncIterator[Bench]:
    settings: Settings = stage.database.settings("matching")
    database = await Database.connect(settings, Clock(), "matching")
    producer = AIOKafkaProducer(**stage.kafka.aiokafka_settings("training"), enable_idempotence=True)
    await producer.start()
    try:
        yield Bench(stage, database, producer, settings)
    finally:
        await producer.stop()
        await database.close()
