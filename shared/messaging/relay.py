"""The relay: publishes a schema's outbox, in order, exactly once, by one process at a time.

Load-bearing:

1. It reads what is there, ordered by position, never "after the last position": positions commit out of order.
2. A batch's name and positions are committed in Postgres before it is published, the name again inside the Kafka
   transaction, and the rows are removed after it. A successor compares the two names and so knows. While a full batch is
   published the next is read already; it is named only when the one before is in the log.
3. Every statement carries holder and generation of the lease; Kafka fences by the transactional id. A relay that was
   frozen and wakes after its successor took over changes nothing anywhere. Every statement commits by itself: frozen
   between two of them, a relay holds no lock for which its successor would have to wait.
4. After any producer error the producer is given up; the next one starts clean.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.envelope import TICK
from shared.contracts.topics import PARTITIONS, Kind, topics_of
from shared.messaging import lease as leases
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.outbox_gauge import OutboxGauge
from shared.messaging.publication import Packed, Publication, Record, records_of
from shared.messaging.queries import queries
from shared.postgres.database import DATABASE_ERRORS, Database, is_away
from shared.runtime.ids import new_id
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

IDLE_SECONDS_AT_LEAST = 0.05
"""At rest the outbox is measured so often; after something was published, at once."""
PATIENCE_AT_LEAST, PATIENCE_AT_MOST = 0.2, 3.0
"""Seconds before it starts over after an error."""


@dataclass(frozen=True)
class Waiting:
    """Events of the outbox, ready to be published. `positions`: in their order."""

    positions: list[int]
    batches: Sequence[Packed]
    by_topic: Counter[str]

    @classmethod
    async def of(cls, publication: Publication, rows: Sequence[asyncpg.Record]) -> "Waiting":
        """From what was read."""
        batches = await publication.packed(await records_of(rows))
        return cls([row["position"] for row in rows], batches, Counter(row["topic"] for row in rows))


NOTHING = Waiting([], (), Counter())


class Relay:
    """One candidate for publishing a service's outbox. `run` never returns before it is cancelled."""

    def __init__(self, service: str, database: Database, settings: Settings, metrics: Metrics) -> None:
        self._service = service
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._holder = new_id()
        self._awake = asyncio.Event()
        self._gauge = OutboxGauge(database, metrics)
        self._stopping = False
        self._progress = time.monotonic()
        self._patience = PATIENCE_AT_LEAST
        self.noticed: Callable[[], None] = lambda: None
        """Called when somebody of this service has committed events, whoever publishes them."""

    def wake(self) -> None:
        """Something may wait in the outbox."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the batch under way, give the lease back, and return from `run`."""
        self._stopping = True
        self._awake.set()

    def making_progress(self) -> bool:
        """Whether the relay has come round its loop lately (waiting for a server that is away counts as coming round)."""
        return time.monotonic() - self._progress < 60

    async def run(self) -> None:
        """Publish while holding the lease; wait for it otherwise; start clean after every error."""
        beside = (asyncio.create_task(self._listen()), asyncio.create_task(self._gauge.run()))
        try:
            while not self._stopping:
                self._progress = time.monotonic()
                try:
                    lease = await leases.acquire(self._database, self._holder, self._settings.relay_lease_seconds)
                    if lease is None:
                        await self._pause(self._settings.relay_lease_seconds / 4)
                        continue
                    await self._lead(lease)
                except (LeaseLost, KafkaError, *DATABASE_ERRORS) as error:
                    if not isinstance(error, (LeaseLost, KafkaError)) and not is_away(error):
                        raise
                    away = not isinstance(error, (LeaseLost, KafkaError))
                    log.warning("database-away" if away else "relay-starts-over", reason=type(error).__name__)
                    self._metrics.relay_restarts_total.labels(type(error).__name__).inc()
                    await self._rest(self._patience)
                    self._patience = min(self._patience * 2, PATIENCE_AT_MOST)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _lead(self, lease: Lease) -> None:
        publication = Publication(self._service, self._settings)
        seconds = self._settings.relay_lease_seconds
        async with leases.heartbeat(self._database, lease, seconds) as beating:
            working = asyncio.create_task(self._publish_all(publication, lease))
            try:
                self._metrics.relay_active.set(1)
                await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
                await (working if working.done() else beating)
            finally:
                self._metrics.relay_active.set(0)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
                with suppress(Exception):
                    await asyncio.wait_for(publication.stop(), timeout=5)
        await leases.release(self._database, lease)

    async def _publish_all(self, publication: Publication, lease: Lease) -> None:
        await publication.start()
        committed = await publication.last_committed()
        log.info("relay-active", generation=lease.generation)
        self._patience = PATIENCE_AT_LEAST
        idle = IDLE_SECONDS_AT_LEAST
        settled, ticked_on = False, None
        measured = committed
        ahead = NOTHING
        while True:
            self._progress = time.monotonic()
            self._awake.clear()
            if self._stopping or not (settled or ahead.positions):
                settled, ticked_on = True, await self._settle(lease, committed)
            if self._stopping:
                return
            waiting = ahead if ahead.positions else await self._read(publication)
            if waiting.positions:
                before = None if settled else committed
                begun = time.monotonic()
                reading = asyncio.create_task(self._read_ahead(publication, waiting, before))
                try:
                    committed = await self._publish(publication, lease, waiting, before)
                    ahead = await reading
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
                settled = False
                self._metrics.relay_batch_seconds.observe(time.monotonic() - begun)
                for topic, events in waiting.by_topic.items():
                    self._metrics.relay_published_total.labels(topic).inc(events)
                idle = IDLE_SECONDS_AT_LEAST
                continue
            ticked_on = await self._tick(publication, lease, ticked_on)
            if committed != measured:
                self._gauge.look()
                measured = committed
            await self._pause(idle)
            idle = min(idle * 2, self._settings.poll_seconds_at_most)

    async def _settle(self, lease: Lease, committed: UUID | None) -> date | None:
        """Remove the last batch when Kafka has committed it; the day of the last ticks."""
        async with self._database.reading() as connection:
            held = await queries.settle_batch(
                connection, holder=lease.holder, generation=lease.generation, committed=committed
            )
        if held is None:
            raise LeaseLost
        ticked_on: date | None = held["ticked_on"]
        return ticked_on

    async def _publish(self, publication: Publication, lease: Lease, waiting: Waiting, before: UUID | None) -> UUID:
        """Name a batch and publish it; its name."""
        batch = await self._name(lease, waiting, before)
        await publication.publish(waiting.batches, batch)
        return batch

    async def _read(self, publication: Publication) -> Waiting:
        """The oldest that wait."""
        async with self._database.reading() as connection:
            rows = await queries.next_events(connection, limit=self._settings.relay_batch)
        return await Waiting.of(publication, rows)

    async def _read_ahead(self, publication: Publication, under_way: Waiting, before: UUID | None) -> Waiting:
        """What follows a full batch while that is published; nothing when it cannot be known yet.

        Parameters
        ----------
        before
            The batch that is being removed in the meantime.
        """
        if len(under_way.positions) < self._settings.relay_batch:
            return NOTHING
        # A database that is away must not leave the batch behind that is being published: whoever asks next sees it.
        with suppress(*DATABASE_ERRORS):
            async with self._database.reading() as connection:
                rows = await queries.events_after(
                    connection,
                    last=under_way.positions[-1],
                    under_way=len(under_way.positions),
                    before=before,
                    limit=self._settings.relay_batch,
                )
            return await Waiting.of(publication, rows)
        return NOTHING

    async def _name(self, lease: Lease, waiting: Waiting, committed: UUID | None) -> UUID:
        """Name the next batch, and remove the last when it was committed and is still there.

        Only who holds the lease removes rows: what was read is still there when it is named.
        """
        batch = new_id()
        async with self._database.reading() as connection:
            held = await queries.begin_batch(
                connection,
                batch=batch,
                new_positions=waiting.positions,
                committed=committed,
                holder=lease.holder,
                generation=lease.generation,
            )
        if held is None:
            raise LeaseLost
        return batch

    async def _tick(self, publication: Publication, lease: Lease, ticked_on: date | None) -> date:
        """Once a day a record per partition: an idle segment never rolls, and what never rolls is never compacted."""
        today = self._database.clock.today()
        if ticked_on == today:
            return today
        record: Record = (TICK.encode(), b"{}", [("ce_type", TICK.encode())])
        ticks = {
            TopicPartition(topic.name, partition): [record]
            for topic in topics_of(self._service)
            if topic.kind is Kind.STATE
            for partition in range(PARTITIONS)
        }
        await publication.publish(await publication.packed(ticks))
        async with self._database.reading() as connection:
            await queries.remember_tick(connection, today=today, holder=lease.holder, generation=lease.generation)
        return today

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), timeout=seconds)
        if self._awake.is_set() and not self._stopping:
            self._awake.clear()

    async def _rest(self, seconds: float) -> None:
        """Wait whoever wakes it: with a server away, every new event would make it try again at once."""
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            await self._pause(left)

    async def _listen(self) -> None:
        """Wake on notifications; a lost connection costs latency only, and is made again."""
        while True:
            with suppress(*DATABASE_ERRORS):
                async with self._database.pool.acquire() as connection:
                    gone = asyncio.Event()
                    connection.add_termination_listener(partial(_set, gone))
                    await connection.add_listener(f"outbox_{self._service}", self._notified)
                    self._awake.set()
                    try:
                        await gone.wait()
                    finally:
                        if not connection.is_closed():
                            await connection.remove_listener(f"outbox_{self._service}", self._notified)
            await asyncio.sleep(0.5)

    def _notified(self, *_: Any) -> None:
        self._awake.set()
        self.noticed()


def _set(event: asyncio.Event, *_: Any) -> None:
    event.set()
