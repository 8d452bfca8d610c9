"""The sample in this process, part by part, and as real processes that tests kill and freeze."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import psutil

from deploy.local.folders import REPOSITORY
from shared.contracts.base import EventData
from shared.messaging.consumer import Consumer, intakes
from shared.messaging.intake import Intake
from shared.messaging.relay import Relay
from shared.postgres.database import Database, prepare_connection
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings
from shared.telemetry.metrics import Metrics
from tests.support.platform import PlatformDatabase
from tests.support.sample import app
from tests.support.servers import free_port
from tests.support.waiting import eventually


class Sample:
    """The sample service on one database."""

    def __init__(self, platform: PlatformDatabase) -> None:
        self.platform = platform
        self._admin: asyncpg.Connection[Any] | None = None

    def settings(self, **changed: Any) -> Settings:
        """Settings with which waiting is short."""
        short = {"relay_lease_seconds": 1.0, "poll_seconds_at_most": 0.2, "consumer_backoff_seconds": 0.02}
        found: Settings = self.platform.settings(app.NAME, Settings, **{**short, **changed})
        return found

    @asynccontextmanager
    async def database(self, clock: Clock | None = None, **changed: Any) -> AsyncIterator[Database]:
        """An open pool of the runtime role."""
        opened = await Database.connect(self.settings(**changed), clock or Clock(), app.NAME)
        try:
            yield opened
        finally:
            await opened.close()

    @asynccontextmanager
    async def consuming(
        self, projections: Any = None, reactions: Any = None, clock: Clock | None = None, **changed: Any
    ) -> AsyncIterator[Consumer]:
        """A consumer that has joined its groups and has its share of the partitions."""
        async with self.database(clock, **changed) as database:
            declared = app.parts()
            consumer = Consumer(
                app.NAME,
                database,
                self.settings(**changed),
                Metrics(),
                projections=declared.projections if projections is None else projections,
                reactions=declared.reactions if reactions is None else reactions,
            )
            await consumer.start()
            try:
                yield consumer
            finally:
                await consumer.stop()

    @asynccontextmanager
    async def relaying(self, clock: Clock | None = None, **changed: Any) -> AsyncIterator[Relay]:
        """A relay that runs, and stops cleanly at the end."""
        async with self.database(clock, **changed) as database:
            relay = Relay(app.NAME, database, self.settings(**changed), Metrics())
            running = asyncio.create_task(relay.run())
            try:
                yield relay
            finally:
                relay.stop()
                await asyncio.wait([running], timeout=10)
                running.cancel()
                # A relay that gave up by itself must not go unnoticed.
                with suppress(asyncio.CancelledError):
                    await running

    @asynccontextmanager
    async def intake(
        self, *, reactions: bool = False, clock: Clock | None = None, parts: Any = None, **changed: Any
    ) -> AsyncIterator[Intake]:
        """What stands behind a consumer, without Kafka: tests give it batches."""
        async with self.database(clock, **changed) as database:
            declared = parts or app.parts()
            found = intakes(
                app.NAME, database, self.settings(**changed), Metrics(), declared.projections, declared.reactions
            )
            yield found[1 if reactions else 0]

    async def publish(self, database: Database, *events: EventData) -> None:
        """Publish events in one transaction, through the outbox."""
        async with database.transaction() as tx:
            for event in events:
                tx.publish(event)

    async def admin(self) -> "asyncpg.Connection[Any]":
        """A connection that may look at everything."""
        if self._admin is None or self._admin.is_closed():
            self._admin = await asyncpg.connect(self.platform.admin_dsn, server_settings={"search_path": app.NAME})
            await prepare_connection(self._admin)
        return self._admin

    async def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What a query answers, as tuples."""
        return [tuple(row) for row in await (await self.admin()).fetch(query, *arguments)]

    async def value(self, query: str, *arguments: Any) -> Any:
        """The one value that a query answers."""
        return await (await self.admin()).fetchval(query, *arguments)

    async def effects(self, key: UUID | str) -> list[int]:
        """The versions for which the reaction left a row, in order."""
        rows = await self.rows("SELECT version FROM effects WHERE key = $1 ORDER BY number", str(key))
        return [row[0] for row in rows]

    async def dead_letters(self, key: UUID | str) -> list[str]:
        """The reasons why records of a key lie aside."""
        rows = await self.rows(
            "SELECT reason FROM dead_letters WHERE key = $1 ORDER BY dead_letter_id", str(key).encode()
        )
        return [row[0] for row in rows]

    async def close(self) -> None:
        """Close the looking connection."""
        if self._admin is not None:
            await self._admin.close()

    @contextmanager
    def process(
        self, *command: str, dies_at: str | None = None, freezes_at: str | None = None, **changed: str
    ) -> Iterator["SampleProcess"]:
        """A real process; it is killed at the end when it still runs."""
        port = free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "SAMPLE_"))
        } | self.platform.environment(
            app.NAME,
            TANDEM_HTTP_PORT=str(port),
            TANDEM_RELAY_LEASE_SECONDS="1",
            TANDEM_POLL_SECONDS_AT_MOST="0.2",
            **changed,
        )
        if dies_at is not None:
            environment["SAMPLE_DIES_AT"] = dies_at
        if freezes_at is not None:
            environment["SAMPLE_FREEZES_AT"] = freezes_at
        process = SampleProcess(list(command or ["worker"]), environment, port)
        try:
            yield process
        finally:
            process.end()


async def is_ready(consumer: Consumer) -> bool:
    """Whether a consumer says that it is ready."""
    ready, _reason = await consumer.ready()
    return ready


class SampleProcess:
    """A running process of the sample."""

    def __init__(self, command: list[str], environment: dict[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = Path(tempfile.mkstemp(suffix=".log")[1])
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.sample", *command],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    @property
    def is_frozen(self) -> bool:
        """Whether it was stopped by SIGSTOP."""
        return bool(psutil.Process(self._process.pid).status() == psutil.STATUS_STOPPED)

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(errors="replace")

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    async def ended(self, timeout: float = 30) -> int:
        """Wait for its end; the exit status (negative: the signal that killed it)."""
        try:
            await eventually(lambda: self.status is not None, timeout)
        except AssertionError as error:
            raise AssertionError(f"it did not end; its log:\n{self.log}") from error
        status = self.status
        assert status is not None
        return status

    async def logged(self, event: str, timeout: float = 30) -> None:
        """Wait until it has logged `event`."""
        try:
            await eventually(lambda: event in self.log or self.status is not None, timeout)
        except AssertionError as error:
            raise AssertionError(f"no {event} in its log:\n{self.log}") from error
        assert event in self.log, f"it ended with {self.status}; its log:\n{self.log}"

    async def health(self, what: str) -> tuple[int, dict[str, Any]]:
        """Status and body of /health/<what>; (0, {}) while nobody listens."""
        async with httpx.AsyncClient(timeout=5) as client:
            try:
                answer = await client.get(f"{self.url}/health/{what}")
            except httpx.TransportError:
                return 0, {}
        return answer.status_code, answer.json()

    async def ready(self, timeout: float = 30) -> None:
        """Wait until it is ready."""

        async def is_ready() -> bool:
            return self.status is not None or (await self.health("ready"))[0] == 200

        try:
            await eventually(is_ready, timeout, every=0.1)
        except AssertionError as error:
            raise AssertionError(f"not ready ({await self.health('ready')}); its log:\n{self.log}") from error
        assert self.status is None, f"it ended with {self.status}; its log:\n{self.log}"

    def end(self) -> None:
        """Stop it, so that its groups need not wait for its session to end; kill it when it does not."""
        for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0 if number == signal.SIGCONT else 8)
        self._log.unlink(missing_ok=True)
