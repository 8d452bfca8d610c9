"""The subscribers of one worker: FastStream's, in batches, one group for projections and one for reactions, or several.

Every default that must be overridden is overridden here or in `connection`. Offsets are committed by us, explicitly, for
what was taken in: FastStream's own acknowledgement would commit the whole position, batches under way included.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from shared.messaging.connection import brokers, consumer_arguments, security
from shared.messaging.intake import Intake
from shared.messaging.projection import Projection
from shared.messaging.queries import queries
from shared.messaging.reaction import REACTIONS, Reaction
from shared.messaging.subscription import STUCK_SECONDS, Subscription
from shared.postgres.database import Database, is_away
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

WAIT_MS = 1000
"""How long one poll waits for records; it ends with the first that comes."""
OF_THE_BROKER = ("request_timeout_ms", "metadata_max_age_ms")
"""What FastStream takes for all consumers at once."""
COMMIT_SECONDS = 0.5
MEASURE_SECONDS = 5.0


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
            if name not in {*security(self._settings), "enable_auto_commit", *OF_THE_BROKER}
        }
        subscriber: Any = self.broker.subscriber(
            *intake.topics,
            group_id=intake.consumer,
            batch=True,
            max_records=self._settings.consumer_batch,
            batch_timeout_ms=WAIT_MS,
            ack_policy=AckPolicy.MANUAL,
            parser=_parse,
            decoder=_decode,
            listener=subscription,
            **options,
        )
        subscriber.__class__ = _Prompt
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
        self._timer.add_done_callback(self._no_longer_committing)

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

    def _no_longer_committing(self, timer: "asyncio.Task[None]") -> None:
        """Without its timer a worker would go on for ever and commit nothing: it ends, and a clean one starts."""
        if not timer.cancelled() and not self.failed.done():
            self.failed.set_result(timer.exception() or RuntimeError("offsets are no longer committed"))

    async def _commit_regularly(self) -> None:
        measured = 0.0
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            for subscription in self.subscriptions:
                await subscription.commit()
            if time.monotonic() - measured > MEASURE_SECONDS:
                measured = time.monotonic()
                await self._measure()

    async def _measure(self) -> None:
        """Lag and dead letters, over all groups; what is no longer there is no longer shown."""
        lags: Counter[str] = Counter()
        aside: Counter[tuple[str, str]] = Counter()
        caught_up: dict[str, bool] = {}
        try:
            async with asyncio.timeout(MEASURE_SECONDS), self._database.reading() as connection:
                for subscription in self.subscriptions:
                    for topic, lag in (await subscription.lag()).items():
                        lags[topic] = max(lags[topic], lag)
                        caught_up[topic] = caught_up.get(topic, True) and await subscription.caught_up()
                    rows = await queries.dead_letter_counts(connection, consumer=subscription.intake.consumer)
                    for row in rows:
                        aside[row["topic"], row["reason"]] += row["dead_letters"]
        except Exception as error:
            if not is_away(error) and not isinstance(error, KafkaError):
                raise
            return
        for topic, lag in lags.items():
            self._metrics.consumer_lag.labels(topic).set(lag)
            self._metrics.consumer_caught_up.labels(topic).set(caught_up[topic])
        self._metrics.dead_letters.clear()
        for (topic, reason), number in aside.items():
            self._metrics.dead_letters.labels(topic, reason).set(number)


def intakes(
    service: str,
    database: Database,
    settings: Settings,
    metrics: Metrics,
    projections: Sequence[Projection],
    reactions: Sequence[Reaction],
) -> list[Intake]:
    """The intakes of a service: one per consumer group."""
    groups: dict[str, list[Reaction]] = {REACTIONS: []}
    for reaction in reactions:
        groups.setdefault(reaction.group, []).append(reaction)
    return [
        Intake(f"{service}.projections", database, settings, metrics, projections=projections),
        *(Intake(f"{service}.{name}", database, settings, metrics, reactions=group) for name, group in groups.items()),
    ]


class _Prompt(BatchSubscriber):
    """A subscriber that hears at once.

    FastStream's own polls briefly and sleeps as long after each empty poll: with short times it wakes fifty times a second
    for nothing, with long ones it is asleep when a record comes.
    """

    __slots__ = ()

    async def get_msg(self, consumer: Any) -> tuple[Any, ...]:
        found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=self.max_records)
        return tuple(chain(*found.values()))


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
    told = consumer_arguments(settings)
    return {"bootstrap_servers": brokers(settings), "security": found, **{name: told[name] for name in OF_THE_BROKER}}
