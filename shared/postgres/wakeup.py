"""Waking the relay after a commit: debounced, on a connection of its own turn, never inside the write transaction.

A lost wake-up costs latency only: the relay polls as well.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

DEBOUNCE_SECONDS = 0.001
"""Commits of the same moment are told of once."""
SECONDS_BETWEEN = 0.005
"""A relay that is busy looks again by itself: telling it more often would cost every writer a commit of its own."""


class Wakeup:
    """Collects nudges and passes on at most one per debounce time."""

    def __init__(self, pass_on: Callable[[], Awaitable[None]]) -> None:
        self._pass_on = pass_on
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._told_at = -math.inf

    def nudge(self) -> None:
        """Something waits in the outbox."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._deliver())

    async def close(self) -> None:
        """Deliver what is pending, then stop."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _deliver(self) -> None:
        while self._again:
            await asyncio.sleep(max(DEBOUNCE_SECONDS, self._told_at + SECONDS_BETWEEN - time.monotonic()))
            self._again = False
            self._told_at = time.monotonic()
            try:
                await self._pass_on()
            except Exception as error:
                log.info("wakeup-lost", error=type(error).__name__)
