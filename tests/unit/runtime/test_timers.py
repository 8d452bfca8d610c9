"""Timers: bounded steps, again at once while there is work, promptly after events, and never ended by a failure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast

import pytest

from shared.postgres.database import Database
from shared.runtime import timers
from shared.runtime.timers import Timer, TimerLoop
from shared.telemetry import correlation
from shared.telemetry.metrics import Metrics
from tests.support.waiting import eventually, never


class Transactions:
    """Instead of a database: counts transactions that committed."""

    def __init__(self) -> None:
        self.committed = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        yield self
        self.committed += 1


@asynccontextmanager
async def running(timer: Timer, metrics: Metrics | None = None) -> AsyncIterator[tuple[TimerLoop, Transactions]]:
    """The timer's loop, in the background."""
    database = Transactions()
    loop = TimerLoop(timer, cast(Database, database), metrics or Metrics())
    task = asyncio.create_task(loop.run())
    try:
        yield loop, database
    finally:
        loop.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 5)


async def test_a_step_that_did_something_is_followed_by_the_next_in_its_own_transaction() -> None:
    left = [3, 2, 1, 0, 0]

    async def run(_tx: Any) -> int:
        return left.pop(0) if left else 0

    async with running(Timer("work", timedelta(milliseconds=20), run)) as (_, database):
        await eventually(lambda: not left)
        await eventually(lambda: database.committed >= 5)


async def test_a_prompt_timer_runs_after_events_and_another_one_waits() -> None:
    ran: list[str] = []

    def noting(name: str) -> Any:
        async def run(_tx: Any) -> int:
            ran.append(name)
            return 0

        return run

    hour = timedelta(hours=1)
    async with (
        running(Timer("prompt", hour, noting("prompt"), prompt=True)) as (prompt, _),
        running(Timer("patient", hour, noting("patient"))) as (patient, _),
    ):
        prompt.wake()
        patient.wake()
        await eventually(lambda: ran)
        await never(lambda: "patient" in ran, 0.1)
    assert ran == ["prompt"]


async def test_a_timer_rests_where_nothing_happens_and_keeps_its_interval_after_something_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "RESTING_SECONDS", 3600.0)
    monkeypatch.setattr(timers, "ALERT_SECONDS", -1.0)
    ran: list[str] = []

    async def run(_tx: Any) -> int:
        ran.append("run")
        return 0

    async with running(Timer("resting", timedelta(milliseconds=1), run)) as (loop, _):
        await never(lambda: ran, 0.1)
        loop.stir()
        await eventually(lambda: ran)
        monkeypatch.setattr(timers, "ALERT_SECONDS", 3600.0)
        loop.stir()
        await eventually(lambda: len(ran) > 3)


async def test_a_stop_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "RESTING_SECONDS", 3600.0)
    monkeypatch.setattr(timers, "ALERT_SECONDS", -1.0)

    async def run(_tx: Any) -> int:
        return 0

    database = Transactions()
    loop = TimerLoop(Timer("resting", timedelta(0), run), cast(Database, database), Metrics())
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0)
    loop.stop()
    await asyncio.wait_for(task, 5)


@pytest.mark.parametrize("error", [RuntimeError, ConnectionRefusedError])
async def test_a_failure_is_tried_again_at_the_next_turn(error: type[Exception]) -> None:
    metrics, tries = Metrics(), 0

    async def run(_tx: Any) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise error
        return 0

    async with running(Timer("failing", timedelta(milliseconds=10), run), metrics) as (_, database):
        await eventually(lambda: database.committed)
    shown = metrics.registry.get_sample_value("tandem_timers_total", {"timer": "failing", "outcome": "failed"})
    assert shown == 2


async def test_a_stop_waits_for_the_step_under_way() -> None:
    begun, finished = asyncio.Event(), False

    async def run(_tx: Any) -> int:
        nonlocal finished
        begun.set()
        for _ in range(50):
            await asyncio.sleep(0)
        finished = True
        return 1

    async with running(Timer("slow", timedelta(0), run)) as (_, database):
        await begun.wait()
    assert finished
    assert database.committed == 1


async def test_each_step_is_a_journey_of_its_own() -> None:
    journeys: list[str] = []

    async def run(_tx: Any) -> int:
        journeys.append(correlation.current_or_new().correlation_id)
        return 1 if len(journeys) < 3 else 0

    async with running(Timer("journeys", timedelta(0), run)):
        await eventually(lambda: len(journeys) >= 3)
    assert len(set(journeys[:3])) == 3
