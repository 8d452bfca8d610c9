"""Timers: what a worker does at intervals — prune, expire, send. Every worker runs them; rows decide who gets what.

A step is one bounded transaction; a step that did something is followed by the next at once.

Where nothing happens, timers of a few seconds or less rest: they look around every `RESTING_SECONDS`, until an event of
the service's own or of others goes by. What leaves work without any event (an upload, a plan that is sent) waits for
that long at the most. Measured: such timers were a third of what a resting worker costs, in the registry most of it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.postgres.database import Database, is_away
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

ALERT_SECONDS = 10.0
"""How long after the last event timers keep their own intervals."""
RESTING_SECONDS = 5.0
"""How often they look around afterwards, when they would more often."""


@dataclass(frozen=True)
class Timer:
    """One thing to do at intervals.

    Parameters
    ----------
    run
        One bounded step; how many rows it dealt with. Rows are taken with FOR UPDATE SKIP LOCKED: several workers run it.
    prompt
        Run also right after events were consumed, because they may have left work for it.
    """

    name: str
    every: timedelta
    run: Callable[[Transaction], Awaitable[int]]
    prompt: bool = False


class TimerLoop:
    """Runs one timer until it is stopped; a failure is logged and tried again at the next turn."""

    def __init__(self, timer: Timer, database: Database, metrics: Metrics) -> None:
        self._timer = timer
        self._database = database
        self._metrics = metrics
        self._awake = asyncio.Event()
        self._stirred = asyncio.Event()
        self._stirred_at = time.monotonic()
        self._stopping = False

    def wake(self) -> None:
        """Events were consumed."""
        if self._timer.prompt:
            self._awake.set()
        self.stir()

    def stir(self) -> None:
        """Something happened: no rest for a while."""
        self._stirred_at = time.monotonic()
        self._stirred.set()

    def stop(self) -> None:
        """Return from `run` after the step under way."""
        self._stopping = True
        self._awake.set()
        self._stirred.set()

    async def run(self) -> None:
        """Steps at intervals."""
        while not self._stopping:
            await self._pause()
            self._awake.clear()
            while not self._stopping and await self._step():
                self.stir()

    async def _pause(self) -> None:
        """Until the next turn."""
        every = self._timer.every.total_seconds()
        if every < RESTING_SECONDS and time.monotonic() - self._stirred_at > ALERT_SECONDS:
            self._stirred.clear()
            try:
                await asyncio.wait_for(self._stirred.wait(), RESTING_SECONDS)
            except TimeoutError:
                return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), every)

    async def _step(self) -> bool:
        try:
            with correlation.bind():
                async with self._database.transaction() as tx:
                    done = await self._timer.run(tx)
        except Exception as error:
            self._metrics.timers_total.labels(self._timer.name, "failed").inc()
            if is_away(error):
                log.warning("database-away", timer=self._timer.name, error=type(error).__name__)
            else:
                log.exception("timer-failed", timer=self._timer.name)
            return False
        self._metrics.timers_total.labels(self._timer.name, "done").inc()
        return done > 0
