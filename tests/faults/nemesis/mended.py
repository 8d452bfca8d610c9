"""A fault in the log that is mended: what could not be consumed is set aside, its cause goes, and it is played again."""

import asyncio
import subprocess
from contextlib import suppress

import psycopg
from psycopg import sql

from tests.faults.nemesis.records import MARK
from tests.faults.nemesis.servers import WithDatabase
from tests.support.event_log import Raw, event_log
from tests.support.waiting import eventually

SERVICE, TOPIC = "matching", "registry.places"
BROKEN = sql.SQL("ALTER TABLE places ADD CONSTRAINT nemesis CHECK (postal_code <> {code}) NOT VALID")
MENDED = sql.SQL("ALTER TABLE places DROP CONSTRAINT nemesis")
SET_ASIDE_WITHIN = 60.0
ATTEMPTS = 20


class SetAsideAndRedriven(WithDatabase):
    """A table takes a record only after somebody has mended it; whoever redrives is killed the first time."""

    name = "set-aside-and-redriven"
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        place = self.scene.sown.new_place()
        self._code = place.postal_code
        self.facts["postal_code"] = self._code
        await asyncio.to_thread(self._change, BROKEN.format(code=self._code))
        event = Raw.of(place)
        async with event_log(self.platform.kafka) as log:
            (at,) = await log.publish(Raw(event.topic, event.key, event.value, [*event.headers, MARK]))
        self._at = (at.partition, at.offset)
        await eventually(lambda: asyncio.to_thread(self._lies_aside), timeout=SET_ASIDE_WITHIN, every=0.1)

    async def heal(self) -> None:
        await asyncio.to_thread(self._change, MENDED)
        first = self.platform.begin(SERVICE, "redrive")
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(first.wait, self.chance.uniform(0.5, 3.0))
        first.kill()
        first.wait()
        # Status 1 only tells that other letters lie there still.
        await asyncio.to_thread(self.platform.try_run, SERVICE, "redrive")
        # From now on every service that follows places must know it.
        self.scene.sown.late.append(self._code)

    def _lies_aside(self) -> bool:
        query = f'SELECT 1 FROM {SERVICE}.dead_letters WHERE topic = %s AND partition = %s AND "offset" = %s'
        return bool(self.platform.rows(query, TOPIC, *self._at))

    def _change(self, change: sql.SQL | sql.Composed) -> None:
        """Alter the table; again where its readers come in between."""
        with self._connect(SERVICE) as connection:
            connection.execute("SET lock_timeout = '500ms'")
            for left in reversed(range(ATTEMPTS)):
                try:
                    connection.execute(change)
                except psycopg.errors.LockNotAvailable:
                    if not left:
                        raise
                else:
                    return
