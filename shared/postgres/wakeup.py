"""Waking the relay after a commit: debounced, on a connection of its own turn, never inside the write transaction.

A lost wake-up costs latency only: the relay polls as well.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

DEBOUNCE_SECONDS = 0.002


class Wakeup:
    """Collects nudges and passes on at most one per debounce time."""

    def __init__(self, pass_on: Callable[[], Awaitable[None]]) -> None:
        self._pass_on = pass_on
        self._task: asyncio.Task[None] | None = None
        self._again = False

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
            await asyncio.sleep(DEBOUNCE_SECONDS)
            self._again = False
            try:
                await self._pass_on()
            except Exception as error:
                log.info("wakeup-lost", error=type(error).__name__)
