"""Looking at the read models all the time while the platform is shaken: no version may ever go back."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from tests.system.platform import RunningPlatform

READ_MODELS = (
    ("matching.volunteers", "volunteer_id"),
    ("training.volunteers", "volunteer_id"),
    ("matching.courses", "course_id"),
    ("notifications.offers", "offer_id"),
    ("notifications.courses", "course_id"),
    ("matching.placements", "placement_id"),
    ("training.enrolments", "enrolment_id"),
)
EVERY_SECONDS = 0.25


@dataclass
class Watch:
    """What was seen so far."""

    looks: int = 0
    went_back: list[str] = field(default_factory=list)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    async def look_again_and_again(self, platform: RunningPlatform) -> None:
        """Until cancelled."""
        while True:
            # A database that is away shows nothing.
            begun = time.monotonic()
            with suppress(psycopg.OperationalError):
                await self._look(platform)
            # Where there is much to look at, looking must not become the load.
            await asyncio.sleep(max(EVERY_SECONDS, 9 * (time.monotonic() - begun)))

    async def _look(self, platform: RunningPlatform) -> None:
        for table, key in READ_MODELS:
            for row in await asyncio.to_thread(platform.rows, f"SELECT {key}::text AS id, version FROM {table}"):
                self._note(table, row["id"], row["version"])
        self.looks += 1

    def _note(self, table: str, identifier: str, version: int) -> None:
        before = self._seen.get((table, identifier), 0)
        if version < before:
            self.went_back.append(f"{table} {identifier}: {before} → {version}")
        self._seen[table, identifier] = version
