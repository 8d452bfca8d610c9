"""Faults of the servers: Kafka stopped or killed, Postgres killed at once, connections cut, a late commit."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
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
BACKLOG, BEGUN_WITHIN = 400, 2.0
"""Events, several times a relay's small batch; seconds in which it has begun with them."""


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


class WithDatabase(Fault):
    """A fault inflicted by SQL."""

    def _connect(self, service: str = "") -> psycopg.Connection:
        dsn = postgres_provision.dsn_of(
            self.platform.postgres.admin_dsn,
            "admin",
            self.platform.postgres.admin_password,
            self.platform.platform.database,
        )
        return psycopg.connect(dsn, autocommit=True, options=f"-csearch_path={service}" if service else None)


class ConnectionsCut(WithDatabase):
    """Backends are ended again and again, whatever they are at: a COMMIT, too."""

    name = "connections-cut"
    company = Company.ANY
    seconds = (0.0, 0.0)
    weight = 2

    async def inflict(self) -> None:
        names = await asyncio.to_thread(self._cut, 25)
        self.facts |= {"cut": len(names), "of": sorted(set(names))}

    def _cut(self, rounds: int) -> list[str]:
        """Whose connections were ended."""
        with self._connect() as connection:
            connection.execute("SELECT setseed(%s)", (self.chance.uniform(-1, 1),))
            return [
                name
                for _ in range(rounds)
                for name, _ended in connection.execute(
                    "SELECT application_name, pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name LIKE 'tandem-%' AND random() < 0.3"
                    " AND (state <> 'idle' OR random() < 0.1)"
                )
            ]

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
            assert self.platform.proxy is not None
            self.facts["of"] = sorted(set((await self.platform.proxy.whose())[self._before :]))
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


class CutBeforeARelaysStatement(_CutInCommit):
    """Postgres never hears of the batch that a relay wants to name, or of its lease."""

    name = "cut-before-a-statement-of-the-relay"
    when = "before-relay"


class CutAfterARelaysStatement(_CutInCommit):
    """A batch is named, or the last one removed, or the lease prolonged, and the relay was not told."""

    name = "cut-after-a-statement-of-the-relay"
    when = "after-relay"


class LateCommit(WithDatabase):
    """An event that draws its position in the outbox at once and is committed late, when later ones are published.

    Whoever reads "after the last position" misses it. It is committed in the middle of a backlog, and followed by a newer
    version: whoever reads ahead without looking back publishes the newer one first.
    """

    name = "transaction-that-commits-late"
    company = Company.ANY
    seconds = (1.0, 4.0)

    async def inflict(self) -> None:
        self._late, self._busy = self.scene.sown.new_place(), self.scene.sown.new_place()
        self.facts["postal_code"] = self._late.postal_code
        self._open = await asyncio.to_thread(self._connect, "registry")
        self._other = await asyncio.to_thread(self._connect, "registry")
        await asyncio.to_thread(self._open.execute, "BEGIN")
        await asyncio.to_thread(self._insert, self._open, [self._late])

    def _insert(self, connection: psycopg.Connection, events: Sequence[PlaceRegistered]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO outbox (topic, key, headers, value) VALUES (%s, %s, %s, %s)",
                [
                    (
                        event.contract.topic_of(event),
                        event.postal_code,
                        orjson.dumps(envelope_of(event).headers()).decode(),
                        write_value(event),
                    )
                    for event in events
                ],
            )

    async def heal(self) -> None:
        # Another fault may have ended a connection: then its events were never there.
        try:
            await asyncio.to_thread(self._commit_behind_a_backlog)
        finally:
            for connection in (self._open, self._other):
                await asyncio.to_thread(connection.close)

    @property
    def happened(self) -> bool:
        return self._late.postal_code in self.scene.sown.late

    def _commit_behind_a_backlog(self) -> None:
        backlog = [_of_version(self._busy, number) for number in range(1, BACKLOG + 1)]
        with suppress(psycopg.OperationalError), self._other.transaction():
            self._insert(self._other, backlog)
        with suppress(psycopg.OperationalError):
            until = time.monotonic() + BEGUN_WITHIN
            while self._waits() == BACKLOG and time.monotonic() < until:
                """Its first batch is not gone yet."""
        with suppress(psycopg.OperationalError):
            self._open.execute("COMMIT")
            self.scene.sown.late.append(self._late.postal_code)
            self.scene.sown.overtaken.append(self._late.postal_code)
            self._insert(self._other, [_of_version(self._late, 2)])

    def _waits(self) -> int:
        found = self._other.execute("SELECT count(*) FROM outbox WHERE key = %s", (self._busy.postal_code,)).fetchone()
        assert found is not None
        number: int = found[0]
        return number


def _of_version(place: PlaceRegistered, version: int) -> PlaceRegistered:
    return place.model_copy(update={"version": version})
