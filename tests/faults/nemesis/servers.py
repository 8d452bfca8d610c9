"""Faults of the servers: Kafka stopped or killed, Postgres killed at once, connections cut, a late commit."""

import asyncio
import os
import signal

import orjson
import psycopg

from deploy.postgres import provision as postgres_provision
from shared.contracts.envelope import write_value
from shared.contracts.registry import PlaceRegistered
from tests.faults.nemesis.fault import Fault
from tests.support.event_log import envelope_of
from tests.support.waiting import eventually


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
    seconds = (0.0, 0.0)
    weight = 2

    async def inflict(self) -> None:
        self.facts["cut"] = await asyncio.to_thread(self._cut, 25)

    def _cut(self, rounds: int) -> int:
        with self._connect() as connection:
            return sum(
                connection.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3"
                    " AND (state <> 'idle' OR random() < 0.1)"
                ).fetchone()[0]  # type: ignore[index]
                for _ in range(rounds)
            )

    async def heal(self) -> None:
        """They are made anew by themselves."""


class LateCommit(_WithDatabase):
    """An event that draws its position in the outbox at once and is committed late, when later ones are published.

    Whoever reads "after the last position" misses it.
    """

    name = "transaction-that-commits-late"
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
