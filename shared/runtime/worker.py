"""The worker process of a service: subscribers, relay, timers, and a small HTTP server for health and metrics.

SIGTERM drains: what is under way is finished and committed, the lease is given back. After an unforeseen error the
process ends with status 1, so that its supervisor starts a clean one: nothing is skipped.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from shared.access.pruning import prune_burned_links
from shared.http.pruning import prune_idempotency_keys, prune_rate_limits
from shared.http.server import http_server
from shared.messaging.consumer import Consumer
from shared.messaging.pruning import prune_dead_letters, prune_reactions
from shared.messaging.redrive import redrive
from shared.messaging.relay import Relay
from shared.postgres.database import Database, is_away
from shared.postgres.transaction import Transaction
from shared.runtime.settings import Settings
from shared.runtime.timers import Timer, TimerLoop
from shared.telemetry.health import Health, health_app
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

AWAY_SECONDS = 1.0
"""Pause before a database that is away is asked again."""

Component = Callable[[], Awaitable[None]]
"""Something of the service's own that runs until it is cancelled."""


class Worker:
    """Composed in a service's `app.py`; `run` returns the exit status."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        database: Database,
        consumer: Consumer,
        metrics: Metrics,
        *,
        timers: Sequence[Timer] = (),
        components: Sequence[Component] = (),
    ) -> None:
        self._settings = settings
        self._database = database
        self._consumer = consumer
        self._components = tuple(components)
        self.relay = Relay(service, database, settings, metrics)
        self.health = Health()
        self._metrics = metrics
        self._stop = asyncio.Event()
        self._loops = [TimerLoop(timer, database, metrics) for timer in (*timers, *_pruning(settings, metrics))]
        consumer.taken = self._taken
        self.relay.noticed = self._noticed
        self.health.live("consumer", consumer.live)
        self.health.live("relay", lambda: (self.relay.making_progress(), "moving"))
        self.health.ready("consumer", consumer.ready)
        self.health.ready("database", self._database_answers)

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT (0), or until something unforeseen happens (1)."""
        loop = asyncio.get_running_loop()
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_, self._stop.set)
        server = http_server(health_app(self.health, self._metrics), self._settings)
        relaying = asyncio.create_task(self.relay.run(), name="relay")
        timing = [asyncio.create_task(each.run(), name="timer") for each in self._loops]
        tasks = [
            asyncio.create_task(server.serve(), name="health"),
            asyncio.create_task(self._consume(), name="consumer"),
            *(asyncio.create_task(_forever(component), name="component") for component in self._components),
        ]
        stopping = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait({relaying, *timing, *tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
            failed = [task for task in done if task is not stopping]
            for task in failed:
                error = task.exception()
                log.error("worker-part-ended", part=task.get_name(), error=type(error).__name__, exc_info=error)
            log.info("worker-stopping")
            await self._drain(relaying, timing)
        finally:
            for task in (relaying, *timing, *tasks, stopping):
                task.cancel()
            await asyncio.gather(relaying, *timing, *tasks, stopping, return_exceptions=True)
            await self._database.close()
        return 1 if failed else 0

    def stop(self) -> None:
        """Drain and return from `run`."""
        self._stop.set()

    async def _drain(self, relaying: "asyncio.Task[None]", timing: "Sequence[asyncio.Task[None]]") -> None:
        for each in self._loops:
            each.stop()
        await self._consumer.stop()
        self.relay.stop()
        await asyncio.wait([relaying, *timing], timeout=self._settings.shutdown_seconds)

    async def _consume(self) -> None:
        await self._consumer.start()
        redriving = asyncio.create_task(self._redrive_what_is_supported_now())
        try:
            either: list[asyncio.Future[Any]] = [redriving, self._consumer.failed]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if redriving.done():
                redriving.result()
            raise await self._consumer.failed
        finally:
            redriving.cancel()

    async def _redrive_what_is_supported_now(self) -> None:
        """Events that an earlier release could not read are played again by the one that can."""
        for subscription in self._consumer.subscriptions:
            while True:
                try:
                    outcome = await redrive(subscription.intake, "unsupported-version")
                    break
                except Exception as error:
                    if not is_away(error):
                        raise
                    await asyncio.sleep(AWAY_SECONDS)
            if outcome:
                log.info("unsupported-versions-redriven", consumer=subscription.intake.consumer, **outcome)

    async def _database_answers(self) -> tuple[bool, str]:
        try:
            async with self._database.reading() as connection:
                await connection.execute("SELECT 1")
        except Exception:
            return False, "database-away"
        return True, "ok"

    def _taken(self) -> None:
        for each in self._loops:
            each.wake()

    def _noticed(self) -> None:
        for each in self._loops:
            each.stir()


def _pruning(settings: Settings, metrics: Metrics) -> list[Timer]:
    """Everything that grows is pruned."""
    kept = timedelta(days=settings.dead_letters_kept_days)
    steps: dict[str, Callable[[Transaction], Awaitable[int]]] = {
        "dead_letters": lambda tx: prune_dead_letters(tx, kept),
        "reactions": prune_reactions,
        "idempotency_keys": prune_idempotency_keys,
        "rate_limits": prune_rate_limits,
        "burned_links": prune_burned_links,
    }

    def counted(table: str, prune: Callable[[Transaction], Awaitable[int]]) -> Timer:
        async def run(tx: Transaction) -> int:
            removed = await prune(tx)
            metrics.pruned_rows_total.labels(table).inc(removed)
            return removed

        return Timer(f"prune-{table.replace('_', '-')}", timedelta(minutes=1), run)

    return [counted(table, prune) for table, prune in steps.items()]


async def _forever(component: Component) -> None:
    await component()
