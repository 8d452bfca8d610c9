"""From the commit in one service to the effect in the next, at several loads, against a bare produce and fetch.

Courses are published over HTTP in training at random instants; the read model of matching shows them. Postgres itself says
when each of the two commits happened (`track_commit_timestamp`), so nothing is added by looking.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts.envelope import TICK
from shared.messaging.connection import consumer_arguments
from shared.runtime.settings import Settings
from tests.benchmarks.platform.processes import Taken, taken, tell
from tests.benchmarks.platform.rounds import Plan, busy
from tests.benchmarks.platform.stage import Stage
from tests.benchmarks.platform.wire import Wire, connected
from tests.benchmarks.platform.writes import CONNECTIONS, publishing
from tests.benchmarks.report import compared

SHARES = (0.05, 0.5, 0.9)
HALF = 0.5
P50_AT_MOST, P99_AT_MOST = 20.0, 1000.0
"""Milliseconds, at half of the highest rate."""
WIRES = 4 * CONNECTIONS
BARE_TOPIC = "training.privacy"
BARE_VALUE = b"x" * 600
PASSED_OVER = [("ce_type", TICK.encode())]
"""What consumers of the topic do not even look at: without it each would set aside every record."""
VISIBLE_SECONDS = 60.0

_TRAVELLED = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(there.xmin) - pg_xact_commit_timestamp(here.xmin))::float8 * 1000
FROM training.courses AS here LEFT JOIN matching.courses AS there USING (course_id)
WHERE here.course_id = ANY ($1::uuid[])
"""


async def measure(stage: Stage, plan: Plan) -> None:
    """The highest rate that is kept up, then the way at shares of it; and what the processes take at half of it."""
    running = stage.one_of_each()
    api = stage.processes["training-api-1"]
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(connected(api.url)) for _ in range(WIRES)]
        travelling = await stack.enter_async_context(Travelling(stage, wires, plan))
        highest = await travelling.highest_rate()
        looks: list[tuple[dict[str, Taken], dict[str, Taken]]] = []
        for share in SHARES:
            found: dict[str, list[list[float]]] = {"ours": [], "bare": []}
            for number in range(plan.rounds + 1):
                await plan.next_turn()
                for which in plan.chance.sample(list(found), len(found)):
                    if which == "bare":
                        times = await travelling.bare_at(highest * share)
                    else:
                        before = taken(running)
                        times = await travelling.at(highest * share)
                        if share == HALF and number:
                            looks.append((before, taken(running)))
                    if number:
                        found[which].append(times)
            _tell(plan, share, found["ours"], found["bare"])
    tell(plan, "at half load", looks)


def _tell(plan: Plan, share: float, times: Sequence[Sequence[float]], bare: Sequence[Sequence[float]]) -> None:
    """p50: the median of the rounds. p99: of all rounds' samples together, beside the lowest and highest of a round."""
    name = f"commit to effect at {share:.0%}"
    for part, at_most in ((50, P50_AT_MOST), (99, P99_AT_MOST)):
        ours, theirs = ([_percentile(each, part) for each in rounds] for rounds in (times, bare))
        result = compared(f"{name}: p{part}", "ms", ours, theirs)
        if part == 99:
            value, baseline = (_percentile([*chain.from_iterable(rounds)], part) for rounds in (times, bare))
            result = replace(result, value=value, baseline=baseline, ratio=value / baseline)
        plan.tell(result, ours, theirs)
        if share == HALF:
            name_of_limit = f"{name}: p{part}, of what it may be"
            plan.tell(replace(result, name=name_of_limit, baseline=at_most, ratio=result.value / at_most), ours)


def _percentile(values: Sequence[float], part: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[part - 1]


class Travelling:
    """Publishes courses at a rate and learns how long they were on their way."""

    def __init__(self, stage: Stage, wires: Sequence[Wire], plan: Plan) -> None:
        self._stage, self._wires, self._plan = stage, wires, plan
        self._made = publishing(stage)

    async def __aenter__(self) -> "Travelling":
        self._admin = await asyncpg.connect(self._stage.database.admin_dsn)
        self._producer = AIOKafkaProducer(**self._stage.kafka.aiokafka_settings("admin"), enable_idempotence=True)
        await self._producer.start()
        settings: Settings = self._stage.database.settings("training")
        told = {**consumer_arguments(settings), **self._stage.kafka.aiokafka_settings("admin")}
        self._consumer = AIOKafkaConsumer(group_id=None, **told)
        await self._consumer.start()
        self._part = TopicPartition(BARE_TOPIC, 1)
        self._consumer.assign([self._part])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._producer.stop()
        await self._admin.close()

    async def highest_rate(self) -> float:
        """Writes per second that eight connections make and the next service keeps up with: the median of the rounds."""
        rates = (await self._plan.in_turn({"ours": self._kept_up}))["ours"]
        self._plan.limit("commit to effect: highest rate", "1/s", rates, None)
        return statistics.median(rates)

    async def _kept_up(self) -> float:
        made: list[UUID] = []
        began = time.perf_counter()
        workers = [partial(self._publish, wire, made) for wire in self._wires[:CONNECTIONS]]
        rate = await busy(workers, max(5.0, 2 * self._plan.seconds))
        await self._times(made)
        return min(rate, len(made) / (time.perf_counter() - began))

    async def at(self, rate: float) -> list[float]:
        """Milliseconds from commit to commit of what was published at this rate."""
        made: list[UUID] = []
        free: asyncio.Queue[Wire] = asyncio.LifoQueue()
        for wire in self._wires:
            free.put_nowait(wire)

        async def one() -> None:
            wire = await free.get()
            try:
                await self._publish(wire, made)
            finally:
                free.put_nowait(wire)

        await self._at_random(rate, one)
        return await self._times(made)

    async def bare_at(self, rate: float) -> list[float]:
        """Milliseconds from the call of a producer to the record in a consumer's hands."""
        sent: dict[int, float] = {}
        arrived: list[float] = []
        await self._consumer.seek_to_end(self._part)
        await self._consumer.position(self._part)

        async def fetch() -> None:
            while True:
                record = await self._consumer.getone()
                arrived.append((time.perf_counter() - sent[int(record.key)]) * 1000)

        fetching = asyncio.create_task(fetch())

        async def one() -> None:
            number = len(sent)
            sent[number] = time.perf_counter()
            await self._producer.send_and_wait(
                BARE_TOPIC, BARE_VALUE, key=str(number).encode(), partition=1, headers=PASSED_OVER
            )

        await self._at_random(rate, one)
        deadline = time.perf_counter() + VISIBLE_SECONDS
        while len(arrived) < len(sent) and time.perf_counter() < deadline and not fetching.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        assert len(arrived) >= len(sent), "not everything arrived"
        return arrived

    async def _publish(self, wire: Wire, made: list[UUID]) -> None:
        made.append(UUID(orjson.loads(await wire.send(self._made()))["course_id"]))

    async def _at_random(self, rate: float, one: Any) -> None:
        """Independent of each other, as people are: a Poisson process."""
        end = time.perf_counter() + self._plan.seconds * 2
        at = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            while at < end:
                at += self._plan.chance.expovariate(rate)
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                group.create_task(one())

    async def _times(self, made: Sequence[UUID]) -> list[float]:
        deadline = time.perf_counter() + VISIBLE_SECONDS
        while True:
            rows = await self._admin.fetch(_TRAVELLED, made)
            times = [row[0] for row in rows]
            if len(times) == len(made) and None not in times:
                return times
            assert time.perf_counter() < deadline, "the next service did not keep up"
            await asyncio.sleep(0.05)
