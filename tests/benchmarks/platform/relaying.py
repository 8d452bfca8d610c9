"""The relay: waiting events, published fenced and exactly once, against a bare producer that has them in memory."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer

from shared.messaging.publication import Publication, Record
from shared.messaging.relay import Relay, Waiting
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics
from tests.benchmarks.platform.rounds import Plan
from tests.benchmarks.platform.stage import Stage

EVENTS = 50_000
VALUE_BYTES = 600
TOPIC = "training.courses"
ATTEMPTS = 5
PATIENCE_SECONDS = 60.0

# Records of that size with every header that a relay ever writes, of as many courses as there are. Of a type that every
# consumer passes over, so that those of the parts that follow have nothing to do with them.
_WAITING = """
INSERT INTO training.outbox (topic, key, headers, value)
SELECT $2, key,
    jsonb_build_array(
        jsonb_build_array('ce_specversion', '1.0'), jsonb_build_array('ce_id', uuidv7()::text),
        jsonb_build_array('ce_type', 'tick'), jsonb_build_array('ce_source', 'urn:tandem:training'),
        jsonb_build_array('ce_time', '2026-11-22T16:54:21.950739+00:00'), jsonb_build_array('ce_subject', key),
        jsonb_build_array('ce_dataschema', 'urn:tandem:course-updated:1'),
        jsonb_build_array('ce_correlationid', uuidv7()::text), jsonb_build_array('ce_causationid', uuidv7()::text),
        jsonb_build_array('traceparent', '00-1a790e06ba1bccfe9177934168d8f6e9-d1bf0d1248f70310-00'),
        jsonb_build_array('ce_person', uuidv7()::text), jsonb_build_array('content-type', 'application/json'))::text,
    convert_to(rpad('{"course_id": "' || key || '", "version": 1, "title": "', $3::int - 2, 'x') || '"}', 'UTF8')
FROM unnest($1::text[]) WITH ORDINALITY AS keys (key, number)
ORDER BY number
"""


class Held(Relay):
    """A relay that leads and is ready, and reads nothing until it may."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.may_read, self.stands = asyncio.Event(), asyncio.Event()
        self.may_read.set()

    async def _read(self, publication: Publication) -> Waiting:
        if not self.may_read.is_set():
            self.stands.set()
            try:
                await self.may_read.wait()
            finally:
                self.stands.clear()
        return await super()._read(publication)

    async def hold(self) -> None:
        """Returns when it stands still with nothing in its hands."""
        self.may_read.clear()
        self.wake()
        await asyncio.wait_for(self.stands.wait(), PATIENCE_SECONDS)

    def let_go(self) -> None:
        """Now it may."""
        self.may_read.set()
        self.wake()


async def measure(stage: Stage, plan: Plan) -> None:
    """Events per second of either."""
    stage.started()
    settings: Settings = stage.database.settings("training")
    metrics = Metrics()
    keys = [str(course_id) for course_id in stage.course_ids(EVENTS)]
    keys = [keys[number % len(keys)] for number in range(EVENTS)]
    database = await Database.connect(settings, Clock(), "training")
    admin = await asyncpg.connect(stage.database.admin_dsn, command_timeout=120)
    relay = Held("training", database, settings, metrics)
    running = asyncio.create_task(relay.run())
    producer = AIOKafkaProducer(**stage.kafka.aiokafka_settings("training"), enable_idempotence=True)
    await producer.start()
    try:
        await admin.execute("TRUNCATE training.outbox")
        published = metrics.relay_published_total.labels(TOPIC)
        records = await _records(admin, keys)

        async def gone() -> None:
            # The last batch leaves the outbox after it was committed.
            while await admin.fetchval("SELECT EXISTS (SELECT FROM training.outbox)"):  # noqa: ASYNC110
                await asyncio.sleep(0.001)

        async def waiting() -> float:
            """What was published before, when everything waits and the relay has not begun.

            Raises
            ------
            AssertionError
                It began too early again and again.
            """
            for _ in range(ATTEMPTS):
                await gone()
                await relay.hold()
                before: float = published._value.get()
                await admin.execute(_WAITING, keys, TOPIC, VALUE_BYTES)
                await admin.execute("VACUUM ANALYZE training.outbox")
                there = await admin.fetchval("SELECT count(*) FROM training.outbox")
                if there == EVENTS and published._value.get() == before and relay.stands.is_set():
                    return before
                relay.let_go()
            raise AssertionError("the relay began before the clock")

        async def through_the_relay() -> float:
            before = await waiting()
            began = time.perf_counter()
            relay.let_go()
            while published._value.get() - before < EVENTS:
                assert not running.done(), "the relay ended"
                await asyncio.sleep(0.002)
            await gone()
            return EVENTS / (time.perf_counter() - began)

        async def bare() -> float:
            began = time.perf_counter()
            futures = [await producer.send(TOPIC, value, key=key, headers=headers) for key, value, headers in records]
            await asyncio.gather(*futures)
            return EVENTS / (time.perf_counter() - began)

        found = await plan.in_turn({"relay": through_the_relay, "bare": bare})
    finally:
        relay.let_go()
        relay.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(running, timeout=10)
        await producer.stop()
        await admin.close()
        await database.close()
    plan.compare("relay", "events/s", found["relay"], found["bare"])


async def _records(admin: Any, keys: list[str]) -> list[Record]:
    """The same events in memory, as a producer takes them."""
    await admin.execute(_WAITING, keys, TOPIC, VALUE_BYTES)
    rows = await admin.fetch("SELECT key, headers, value FROM training.outbox ORDER BY position")
    await admin.execute("TRUNCATE training.outbox")
    return [
        (row["key"].encode(), row["value"], [(name, value.encode()) for name, value in orjson.loads(row["headers"])])
        for row in rows
    ]
