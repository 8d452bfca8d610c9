"""Taking in a batch of records: all in one transaction when all is well, halved again and again when something is not.

A record that cannot be decoded, is refused, or fails for good after bounded retries is set aside alone; its neighbours
are consumed. A database that is away is waited for. `take` returns only when every record of the batch is either applied
or set aside, so the offset may be committed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from shared.contracts.base import EventData
from shared.messaging.dead_letters import TooManyDeadLetters, set_aside
from shared.messaging.projection import Projection
from shared.messaging.queries import queries
from shared.messaging.reaction import Reaction
from shared.messaging.record import Item, KafkaRecord, decode
from shared.postgres.database import AGAIN, Database, is_away
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

PAUSE_AT_MOST = 5.0
ANSWER_SECONDS = 5.0


@dataclass
class Intake:
    """Feeds projections and reactions of one consumer group.

    `progress` is called whenever it comes a step further, `taken` when something was committed.
    """

    consumer: str
    database: Database
    settings: Settings
    metrics: Metrics
    projections: Sequence[Projection] = ()
    reactions: Sequence[Reaction] = ()
    progress: Callable[[], None] = lambda: None
    taken: Callable[[], None] = lambda: None
    halted: bool = False

    @property
    def topics(self) -> list[str]:
        """The topics to subscribe to."""
        return sorted({each.topic for each in self.projections} | {each.topic for each in self.reactions})

    def wanted(self, topic: str) -> set[type[EventData]]:
        """The event classes that are handled in a topic."""
        projected = {cls for each in self.projections if each.topic == topic for cls in each.wanted}
        reacted = {cls for each in self.reactions if each.topic == topic for cls in each.events}
        return projected | reacted

    async def take(self, records: Sequence[KafkaRecord]) -> None:
        """Consume a batch, in order per partition."""
        items = [item for record in records if not (item := decode(record, self.wanted(record.topic))).ignored]
        for run in self._runs(items):
            try:
                await self._together(run)
            except Exception as error:
                log.info("batch-taken-apart", consumer=self.consumer, error=type(error).__name__, records=len(run))
                await self._apart(run)

    def _runs(self, items: Sequence[Item]) -> list[list[Item]]:
        """What is taken in together, in order: all, but for events whose reaction wants a transaction of its own."""
        runs: list[list[Item]] = [[]]
        for item in items:
            if self._is_taken_alone(item):
                runs += [[item], []]
            else:
                runs[-1].append(item)
        return [run for run in runs if run]

    def _is_taken_alone(self, item: Item) -> bool:
        return any(each.alone and isinstance(item.event, each.events) for each in self.reactions)

    async def _apart(self, items: Sequence[Item]) -> None:
        """Halve until the bad ones are alone: few bad records cost few transactions, whatever the batch's size."""
        if len(items) == 1:
            await self._alone(items[0])
            return
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            try:
                await self._together(half)
            except Exception as error:
                log.debug("batch-taken-apart", consumer=self.consumer, error=type(error).__name__, records=len(half))
                await self._apart(half)

    async def _together(self, items: Sequence[Item]) -> None:
        """One transaction for all; raises whatever is no matter of waiting."""

        async def work(tx: Transaction) -> None:
            await self.apply(tx, [item for item in items if item.reason is None])
            for item in items:
                if item.reason is not None:
                    await self._set_aside(tx, item, item.reason, attempts=1)

        await self._commit(work)

    async def _alone(self, item: Item) -> None:
        """Bounded retries with backoff, then aside with it."""
        attempts, pause = 0, self.settings.consumer_backoff_seconds
        reason = item.reason
        while reason is None:
            attempts += 1
            try:
                await self._commit(lambda tx: self.apply(tx, [item]))
                return
            except Refusal as refusal:
                if refusal.reason is not Reason.NOT_YET_KNOWN or attempts >= self.settings.consumer_attempts:
                    reason = refusal.code
            except Exception as error:
                self.metrics.consumer_retries_total.labels(item.record.topic, type(error).__name__).inc()
                if attempts >= self.settings.consumer_attempts:
                    reason = f"failed-{type(error).__name__}"
            if reason is None:
                self.progress()
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_AT_MOST)
        why = reason
        await self._commit(lambda tx: self._set_aside(tx, item, why, attempts=max(attempts, 1)))

    async def _commit(self, work: Callable[[Transaction], Awaitable[None]]) -> None:
        """One transaction; waits while the database is away, and halts while too much lies aside."""
        pause = 0.1
        while True:
            try:
                async with self.database.transaction() as tx:
                    await work(tx)
            except TooManyDeadLetters:
                if not self.halted:
                    log.error(
                        "consumer-halted", consumer=self.consumer, dead_letters=self.settings.dead_letters_at_most
                    )
                self.halted = True
                pause = 2.0
            except Exception as error:
                if isinstance(error, AGAIN):
                    log.info("transaction-run-again", consumer=self.consumer, error=type(error).__name__)
                elif is_away(error) and not (isinstance(error, TimeoutError) and await self._database_answers()):
                    log.warning("database-away", consumer=self.consumer, error=type(error).__name__)
                else:
                    raise
            else:
                self.halted = False
                self.progress()
                self.taken()
                return
            self.progress()
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_AT_MOST)

    async def _database_answers(self) -> bool:
        """Whether a statement ran out of time by itself: then the batch is too much, and waiting would not end."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self.database.reading() as connection:
                await connection.execute("SELECT 1")
        except Exception:
            return False
        return True

    async def apply(self, tx: Transaction, items: Sequence[Item]) -> None:
        """Apply decoded records within an open transaction: projections set-based, reactions in the order of the events."""
        by_topic: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            by_topic[item.record.topic].append(item)
        for projection in self.projections:
            if found := by_topic.get(projection.topic):
                begun = time.monotonic()
                changed = await projection.apply(tx.connection, found, tx.now)
                await projection.tell_changed(tx, changed)
                self.metrics.projection_apply_seconds.labels(projection.name).observe(time.monotonic() - begun)
                self._count(projection.topic, "applied", len(changed))
                self._count(projection.topic, "stale", len({item.key for item in found}) - len(changed))
        for reaction, stretch in self._stretches(items):
            if reaction is None:
                for item in stretch:
                    await self._react(tx, item)
            else:
                await self._react_together(tx, reaction, stretch)

    def _stretches(self, items: Sequence[Item]) -> list[tuple[Reaction | None, list[Item]]]:
        """The items in their order, cut where the reaction changes that takes several together; None: taken one by one."""
        stretches: list[tuple[Reaction | None, list[Item]]] = []
        for item in items:
            found = self._reactions_to(item)
            reaction = found[0] if len(found) == 1 and found[0].together is not None else None
            if not stretches or stretches[-1][0] is not reaction:
                stretches.append((reaction, []))
            stretches[-1][1].append(item)
        return stretches

    def _reactions_to(self, item: Item) -> list[Reaction]:
        topic = item.record.topic
        return [each for each in self.reactions if each.topic == topic and isinstance(item.event, each.events)]

    async def _react_together(self, tx: Transaction, reaction: Reaction, items: Sequence[Item]) -> None:
        begun = time.monotonic()
        happened = [
            (item.event, item.envelope) for item in items if item.event is not None and item.envelope is not None
        ]
        outcomes = await reaction.run_together(tx, happened)
        self.metrics.reaction_seconds.labels(reaction.name).observe(time.monotonic() - begun)
        for outcome, events in outcomes.items():
            self._count(reaction.topic, outcome, events)

    async def _react(self, tx: Transaction, item: Item) -> None:
        topic = item.record.topic
        if item.tombstone and any(reaction.topic == topic for reaction in self.reactions):
            await queries.forget_reactions(tx.connection, aggregates=[f"{topic} {item.key}"])
            return
        if item.event is None or item.envelope is None:
            return
        for reaction in self._reactions_to(item):
            if reaction.together is not None:
                await self._react_together(tx, reaction, [item])
                continue
            begun = time.monotonic()
            outcome = await reaction.run(tx, item.event, item.envelope)
            self.metrics.reaction_seconds.labels(reaction.name).observe(time.monotonic() - begun)
            self._count(topic, outcome, 1)

    def _count(self, topic: str, outcome: str, events: int) -> None:
        if events > 0:
            self.metrics.consumer_events_total.labels(topic, outcome).inc(events)

    async def _set_aside(self, tx: Transaction, item: Item, reason: str, *, attempts: int) -> None:
        await set_aside(
            tx.connection,
            self.consumer,
            item,
            reason=reason,
            attempts=attempts,
            now=tx.now,
            limit=self.settings.dead_letters_at_most,
        )
        record = item.record
        self._count(record.topic, "set-aside", 1)
        log.warning(
            "event-set-aside",
            consumer=self.consumer,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
            attempts=attempts,
        )
