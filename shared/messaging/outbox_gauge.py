"""How many events wait in the outbox, and for how long: looked at by every relay, most of all by one that cannot publish."""

import asyncio
from contextlib import suppress

import structlog

from shared.messaging.queries import queries
from shared.postgres.database import DATABASE_ERRORS, Database
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

MEASURE_SECONDS = 5.0


class OutboxGauge:
    """The two metrics on which the alerts for a standing outbox look."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._soon = asyncio.Event()

    def look(self) -> None:
        """Something was published: no need to wait for the next turn."""
        self._soon.set()

    async def run(self) -> None:
        """Measure until cancelled; a database that is away leaves the last figures."""
        while True:
            try:
                async with self._database.reading() as connection:
                    state = await queries.outbox_state(connection)
                self._metrics.outbox_waiting.set(state["waiting"])
                self._metrics.outbox_oldest_seconds.set(state["oldest_seconds"])
            except DATABASE_ERRORS as error:
                log.info("outbox-not-measured", reason=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._soon.wait(), MEASURE_SECONDS)
            self._soon.clear()
