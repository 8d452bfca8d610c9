"""Faults of the servers: Kafka stopped or killed, Postgres killed at once, connections cut, a late commit."""

import asyncio
import os
import signal
from contextlib import suppress
from typing import ClassVar

import orjson
import psycopg

from deploy.postgres import provision as postgres_provision
from shared.contracts.envelope import write_value
from shared.contracts.registry import PlaceRegistered
from tests.faults.nemesis.fault import Company, Fault, Scene
from tests.support.event_log import envelope_of
from tests.support.waiting import eventually

COMMIT_WITHIN = 5.0
"""Seconds in which somebody commits something."""


class BrokerRestarted(Fault):
    """Kafka stops cleanly and comes back."""

    name = "broker-restarted"
    seconds = (0.5, 3.0)

    async def inflict(self) -> None:
        await asyncio.to_thread(self.platform.kafka.stop)

    async def heal(self) -> None:
        await asyncio.to_thread(self.platform.kafka.start)


class BrokerKilled(BrokerRestarted):
    """Kafka is killed with -9 and comes back on the same data."""

    name = "broker-killed"

    async def inflict(self) -> None:
        await asyncio.to_thread(self.platform.kafka.kill)


class PostgresKilled(Fault):
    """Immediate shutdown (SIGQUIT): every connection is gone, the next start recovers from the write-ahead log."""

    name = "postgres-killed"
    seconds = (0.5, 3.0)

    async def inflict(self) -> None:
        server = self.platform.postgres
        os.kill(server.pid, signal.SIGQUIT)
        await eventually(lambda: not server.is_running, timeout=30)

    async def heal(self) -> None:
        await asyncio.to_thread(self.platform.postgres.start)


class _WithDatabase(Fault):
    """A fault inflicted by SQL."""

    def _connect(self, service: str = "") -> psycopg.Connection:
        dsn = postgres_provision.dsn_of(
            self.platform.postgres.admin_dsn,
            "admin",
            self.platform.postgres.admin_password,
            self.platform.platform.database,
        )
        return psycopg.connect(dsn, autocommit=True, options=f"-csearch_path={service}" if service else None)


class ConnectionsCut(_WithDatabase):
    """Backends are ended again and again, whatever they are at: a COMMIT, too."""

    name = "connections-cut"
    company = Company.ANY
    seconds = (0.0, 0.0)
    weight = 2

    async def inflict(self) -> None:
        self.facts["cut"] = await asyncio.to_thread(self._cut, 25)

    def _cut(self, rounds: int) -> int:
        with self._connect() as connection:
            return sum(
                connection.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name LIKE 'tandem-%' AND random() < 0.3"
                    " AND (state <> 'idle' OR random() < 0.1)"
                ).fetchone()[0]  # type: ignore[index]
                for _ in range(rounds)
            )

    async def heal(self) -> None:
        """They are made anew by themselves."""

    @property
    def happened(self) -> bool:
        return bool(self.facts["cut"])


class _CutInCommit(Fault):
    """Connections are reset in the middle of COMMIT, by the proxy between services and Postgres."""

    company = Company.ANY
    seconds = (0.0, 0.3)
    when: ClassVar[str]

    @classmethod
    def possible(cls, scene: Scene) -> str | None:
        return None if scene.platform.proxy is not None else "no proxy stands before Postgres"

    async def inflict(self) -> None:
        await self.scene.shears.acquire()
        try:
            before = await self._tell("pass")
            await self._tell(f"{self.when} {self.chance.randint(1, 3)}")
            with suppress(AssertionError):
                await eventually(lambda: self._has_cut_more_than(before), timeout=COMMIT_WITHIN, every=0.05)
            self._before = before
        except BaseException:
            self.scene.shears.release()
            raise

    async def heal(self) -> None:
        try:
            self.facts["cut"] = await self._tell("pass") - self._before
        finally:
            self.scene.shears.release()

    @property
    def happened(self) -> bool:
        return bool(self.facts["cut"])

    async def _has_cut_more_than(self, number: int) -> bool:
        return await self._tell("count") > number

    async def _tell(self, line: str) -> int:
        assert self.platform.proxy is not None
        return await self.platform.proxy.tell(line)


class CutBeforeCommit(_CutInCommit):
    """Postgres never hears of the COMMIT: nothing has happened, and whoever asked has to ask again."""

    name = "cut-before-commit"
    when = "before"


class CutAfterCommit(_CutInCommit):
    """Postgres has committed, its answer is lost: it has happened, and nobody was told."""

    name = "cut-after-commit"
    when = "after"
    weight = 2


class LateCommit(_WithDatabase):
    """An event that draws its position in the outbox at once and is committed late, when later ones are published.

    Whoever reads "after the last position" misses it.
    """

    name = "transaction-that-commits-late"
    company = Company.ANY
    seconds = (1.0, 4.0)

    async def inflict(self) -> None:
        event = self.scene.sown.new_place()
        self.facts["postal_code"] = event.postal_code
        self._open = await asyncio.to_thread(self._connect, "registry")
        await asyncio.to_thread(self._insert, event)

    def _insert(self, event: PlaceRegistered) -> None:
        self._open.execute("BEGIN")
        self._open.execute(
            "INSERT INTO outbox (topic, key, headers, value) VALUES (%s, %s, %s, %s)",
            (
                event.contract.topic_of(event),
                event.postal_code,
                orjson.dumps(envelope_of(event).headers()).decode(),
                write_value(event),
            ),
        )

    async def heal(self) -> None:
        try:
            await asyncio.to_thread(self._open.execute, "COMMIT")
        except psycopg.OperationalError:
            # Another fault ended the connection: then the event was never there.
            return
        finally:
            await asyncio.to_thread(self._open.close)
        self.scene.sown.late.append(self.facts["postal_code"])
