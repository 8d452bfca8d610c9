"""One consumer group of this process: what it has taken in, which offsets it has committed, whether it moves."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.intake import Intake

log = structlog.get_logger()

STUCK_SECONDS = 120
"""A batch that stands still for longer than this will not move again by itself."""


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """One consumer group of this process: its intake, its offsets, its progress."""

    def __init__(self, intake: Intake, failed: "asyncio.Future[BaseException]") -> None:
        self.intake = intake
        self._failed = failed
        intake.progress = self.tick
        self.subscriber: Any = None
        self.failure: BaseException | None = None
        self._taken: dict[TopicPartition, int] = {}
        self._under_way: dict[TopicPartition, int] = {}
        self._uncommitted: set[TopicPartition] = set()
        self._targets: dict[TopicPartition, int] | None = None
        self.idle = asyncio.Event()
        self.idle.set()
        self._ticked = time.monotonic()

    @property
    def kafka(self) -> AIOKafkaConsumer | None:
        """aiokafka's consumer behind FastStream's subscriber, while it runs."""
        return self.subscriber.consumer

    def tick(self) -> None:
        """It came a step further, or waits for a server that is away."""
        self._ticked = time.monotonic()

    async def take(self, records: Sequence[Any]) -> None:
        """A batch from FastStream. Nothing may be skipped: after an unforeseen error nothing more is taken."""
        if self.failure is not None:
            return
        self.idle.clear()
        self.tick()
        for record in reversed(records):
            self._under_way[TopicPartition(record.topic, record.partition)] = record.offset
        try:
            await self.intake.take(records)
        except Exception as error:
            self.failure = error
            if not self._failed.done():
                self._failed.set_result(error)
            log.error("consumer-failed", consumer=self.intake.consumer, error=type(error).__name__)
            return
        finally:
            self._under_way.clear()
            self.idle.set()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            self._taken[partition] = record.offset + 1
            self._uncommitted.add(partition)
        self.tick()

    async def commit(self) -> None:
        """Commit the offsets of what was taken in. A failed commit is no loss: it comes again and is recognised."""
        kafka = self.kafka
        if kafka is None or not self._uncommitted:
            return
        mine = self._uncommitted & set(kafka.assignment())
        self._uncommitted -= set(self._uncommitted) - mine
        if not mine:
            return
        offsets = {partition: self._taken[partition] for partition in mine}
        try:
            await kafka.commit(offsets)
        except KafkaError as error:
            log.info("offsets-not-committed", consumer=self.intake.consumer, error=type(error).__name__)
            return
        for partition, offset in offsets.items():
            if self._taken.get(partition) == offset:
                self._uncommitted.discard(partition)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Another worker takes these over: commit what is done."""
        await self.commit()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Positions begin anew at the committed offsets."""
        for partition in assigned:
            self._taken.pop(partition, None)
            self._uncommitted.discard(partition)

    async def caught_up(self) -> bool:
        """Whether everything that was in the topics when this process joined has been taken in."""
        kafka = self.kafka
        if kafka is None or not self.idle.is_set() or self.intake.halted or self.failure is not None:
            return False
        if self._targets is None:
            assignment = kafka.assignment()
            if not assignment and not self._joined(kafka):
                return False
            self._targets = dict(await kafka.end_offsets(list(assignment))) if assignment else {}
        for partition in set(self._targets) & set(kafka.assignment()):
            if self._targets[partition] and await kafka.position(partition) < self._targets[partition]:
                return False
        return self.idle.is_set()

    @staticmethod
    def _joined(kafka: AIOKafkaConsumer) -> bool:
        """Whether the group gave this process its share, which may be none when there are more workers than partitions."""
        coordinator = getattr(kafka, "_coordinator", None)
        return bool(getattr(coordinator, "generation", -1) > 0)

    def alive(self) -> bool:
        """Whether the loop runs and moves: no dead task, no batch that has stood still for long."""
        tasks = self.subscriber.tasks
        running = bool(tasks) and not any(task.done() for task in tasks)
        moving = self.idle.is_set() or time.monotonic() - self._ticked < STUCK_SECONDS
        return running and moving and self.failure is None

    async def lag(self) -> dict[str, int]:
        """Records between what was taken in and the end, by topic; a batch under way is not taken in yet."""
        found = dict.fromkeys(self.intake.topics, 0)
        kafka = self.kafka
        if kafka is None:
            return found
        for partition in kafka.assignment():
            reached = self._under_way.get(partition)
            position = await kafka.position(partition) if reached is None else reached
            # Meanwhile another worker may have got it.
            end = kafka.highwater(partition) if partition in kafka.assignment() else None
            if end is not None:
                found[partition.topic] += max(0, end - position)
        return found
