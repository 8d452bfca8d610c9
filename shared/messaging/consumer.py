"""The subscribers of one worker: FastStream's, in batches, one group for projections and one for reactions.

Every default that must be overridden is overridden here or in `connection`. Offsets are committed by us, explicitly, for
what was taken in: FastStream's own acknowledgement would commit the whole position, batches under way included.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.messaging.connection import consumer_arguments, security
from shared.messaging.intake import Intake
from shared.messaging.projection import Projection
from shared.messaging.queries import queries
from shared.messaging.reaction import Reaction
from shared.postgres.database import Database, is_away
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

BATCH_TIMEOUT_MS = 20
COMMIT_SECONDS = 0.5
STUCK_SECONDS = 120


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """One consumer group of this process: its intake, its offsets, its progress."""

    def __init__(self, intake: Intake, failed: "asyncio.Future[BaseException]") -> None:
        self.intake = intake
        self._failed = failed
        intake.progress = self.tick
        self.subscriber: Any = None
        self.failure: BaseException | None = None
        self._taken: dict[TopicPartition, int] = {}
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
        try:
            await self.intake.take(records)
        except Exception as error:
            self.failure = error
            if not self._failed.done():
                self._failed.set_result(error)
            log.error("consumer-failed", consumer=self.intake.consumer, error=type(error).__name__)
            return
        finally:
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

    def lag(self) -> dict[str, int]:
        """Records between our position and the end, by topic."""
        found = dict.fromkeys(self.intake.topics, 0)
        kafka = self.kafka
        if kafka is None:
            return found
        for partition in kafka.assignment():
            end = kafka.highwater(partition)
            if end is not None:
                found[partition.topic] += max(0, end - self._taken.get(partition, end))
        return found


class Consumer:
    """What a worker consumes: projections and reactions, as rooms of the service declare them."""

    def __init__(
        self,
        service: str,
        database: Database,
        settings: Settings,
        metrics: Metrics,
        *,
        projections: Sequence[Projection] = (),
        reactions: Sequence[Reaction] = (),
    ) -> None:
        self._service = service
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self.projections = tuple(projections)
        self.reactions = tuple(reactions)
        self._timer: asyncio.Task[None] | None = None
        self._tried = time.monotonic()
        self.taken: Callable[[], None] = lambda: None
        self.broker = KafkaBroker(
            **_broker_arguments(settings),
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=settings.shutdown_seconds,
            apply_types=False,
            logger=None,
        )
        self.failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        """Resolved by an unforeseen error, after which the worker must end: nothing may be skipped."""
        self.subscriptions = [self._subscribe(intake) for intake in self._intakes() if intake.topics]

    def _taken(self) -> None:
        self.taken()

    def _intakes(self) -> list[Intake]:
        return intakes(self._service, self._database, self._settings, self._metrics, self.projections, self.reactions)

    def _subscribe(self, intake: Intake) -> Subscription:
        subscription = Subscription(intake, self.failed)
        intake.taken = self._taken
        options = {
            name: value
            for name, value in consumer_arguments(self._settings).items()
            if name not in {*security(self._settings), "enable_auto_commit", "request_timeout_ms"}
        }
        subscriber: Any = self.broker.subscriber(
            *intake.topics,
            group_id=intake.consumer,
            batch=True,
            max_records=self._settings.consumer_batch,
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            ack_policy=AckPolicy.MANUAL,
            parser=_parse,
            decoder=_decode,
            listener=subscription,
            **options,
        )
        subscriber(subscription.take)
        subscription.subscriber = subscriber
        return subscription

    async def start(self) -> None:
        """Join the groups; waits, with backoff, while the broker is away."""
        pause = 0.2
        while True:
            self._tried = time.monotonic()
            try:
                await self.broker.start()
                break
            except (KafkaError, OSError) as error:
                log.warning("kafka-away", error=type(error).__name__, retry_seconds=pause)
                with suppress(Exception):
                    await self.broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        self._timer = asyncio.create_task(self._commit_regularly())

    async def stop(self) -> None:
        """Finish the batches under way, commit their offsets, leave the groups."""
        for subscription in self.subscriptions:
            subscription.subscriber.running = False
        for subscription in self.subscriptions:
            with suppress(TimeoutError):
                await asyncio.wait_for(subscription.idle.wait(), timeout=self._settings.shutdown_seconds)
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        for subscription in self.subscriptions:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(subscription.commit(), timeout=3)
        await self.broker.stop()

    async def ready(self) -> tuple[bool, str]:
        """Ready means caught up with what was there at the start, and not halted by dead letters."""
        if self._timer is None:
            return False, "joining"
        for subscription in self.subscriptions:
            if subscription.intake.halted:
                return False, f"{subscription.intake.consumer}-halted"
            if not await subscription.caught_up():
                return False, f"{subscription.intake.consumer}-behind"
        return True, "caught-up"

    def live(self) -> tuple[bool, str]:
        """Live means making progress; trying to reach a broker that is away is progress, too."""
        if self._timer is None:
            return time.monotonic() - self._tried < STUCK_SECONDS, "joining"
        for subscription in self.subscriptions:
            if not subscription.alive():
                return False, f"{subscription.intake.consumer}-stuck"
        return True, "moving"

    async def _commit_regularly(self) -> None:
        measured = 0.0
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            for subscription in self.subscriptions:
                await subscription.commit()
            if time.monotonic() - measured > 5:
                measured = time.monotonic()
                await self._measure()

    async def _measure(self) -> None:
        try:
            async with self._database.reading() as connection:
                for subscription in self.subscriptions:
                    for topic, lag in subscription.lag().items():
                        self._metrics.consumer_lag.labels(topic).set(lag)
                    rows = await queries.dead_letter_counts(connection, consumer=subscription.intake.consumer)
                    for row in rows:
                        self._metrics.dead_letters.labels(row["topic"], row["reason"]).set(row["dead_letters"])
        except Exception as error:
            if not is_away(error):
                raise


def intakes(
    service: str,
    database: Database,
    settings: Settings,
    metrics: Metrics,
    projections: Sequence[Projection],
    reactions: Sequence[Reaction],
) -> list[Intake]:
    """The intakes of a service: one per consumer group."""
    return [
        Intake(f"{service}.projections", database, settings, metrics, projections=projections),
        Intake(f"{service}.reactions", database, settings, metrics, reactions=reactions),
    ]


async def _parse(message: tuple[Any, ...]) -> KafkaAckableMessage:
    """The records as they are: FastStream's own parser fails on a header that is null or no UTF-8, and skips the record."""
    return KafkaAckableMessage(body=b"", headers={}, raw_message=message, consumer=_NoConsumer())


async def _decode(message: Any) -> Any:
    return message.raw_message


class _NoConsumer:
    """Offsets are ours: acknowledgements through FastStream do nothing."""

    async def commit(self) -> None:
        pass

    def seek(self, partition: Any, offset: int) -> None:
        pass


def _broker_arguments(settings: Settings) -> dict[str, Any]:
    """Transport and user in FastStream's words."""
    from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512  # noqa: PLC0415

    transport = security(settings)
    context = transport.get("ssl_context")
    use_ssl = context is not None
    found: BaseSecurity | None = None
    if settings.kafka_security_protocol.startswith("SASL"):
        classes = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        found = classes[settings.kafka_sasl_mechanism](
            username=transport["sasl_plain_username"],
            password=transport["sasl_plain_password"],
            ssl_context=context,
            use_ssl=use_ssl,
        )
    elif use_ssl:
        found = BaseSecurity(ssl_context=context, use_ssl=True)
    return {"bootstrap_servers": settings.kafka_bootstrap, "security": found, "request_timeout_ms": 20_000}
