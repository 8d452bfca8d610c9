"""Looking at places and waiting lists all the time: at the end, a place that was taken twice may be free again."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from tests.faults.checker.capacity import overbooked
from tests.faults.checker.persons import wrong_waiting_lists
from tests.system.platform import RunningPlatform

EVERY_SECONDS = 0.5


@dataclass
class Lookout:
    """What was seen so far; each statement sees one moment, and in every moment the promise holds."""

    wrong: list[str] = field(default_factory=list)

    async def look_again_and_again(self, platform: RunningPlatform) -> None:
        """Until cancelled."""
        while True:
            begun = time.monotonic()
            # A database that is away shows nothing.
            with suppress(psycopg.OperationalError):
                seen = await asyncio.to_thread(lambda: overbooked(platform) + wrong_waiting_lists(platform))
                self.wrong += [f"meanwhile {each}" for each in seen if f"meanwhile {each}" not in self.wrong]
            # Looking must not become the load.
            await asyncio.sleep(max(EVERY_SECONDS, 9 * (time.monotonic() - begun)))
