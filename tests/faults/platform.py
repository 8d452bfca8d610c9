"""The running platform, its processes ready to be tampered with: `tests.faults.process` in place of the service's own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from deploy.kafka import provision as kafka_provision
from deploy.local.folders import REPOSITORY
from deploy.local.preparation import MANY_REQUESTS, prepare
from deploy.postgres import provision as postgres_provision
from shared.contracts.topics import SERVICES
from tests.support.servers import KafkaServer, MailboxServer, PostgresServer, free_port
from tests.support.servers.kafka_cluster import KafkaCluster
from tests.support.servers.process import Server
from tests.system.platform import RunningPlatform
from tests.system.processes import ServiceProcess

IN_SMALL_BATCHES = ("registry", "training")
SMALL_BATCHES = {"TANDEM_RELAY_BATCH": "100", "TANDEM_CONSUMER_BATCH": "100"}
"""A relay reads ahead only behind a full batch: with batches of their usual size nobody would see it under fire."""


class ShakenPlatform(RunningPlatform):
    """A platform for the nemesis.

    Parameters
    ----------
    bug
        Planted in every process.
    template
        The name of a database that is migrated and prepared; without it this is done anew.
    """

    def __init__(
        self,
        folder: Path,
        kafka: KafkaServer,
        postgres: PostgresServer,
        mailbox: MailboxServer,
        settings: Mapping[str, str] | None = None,
        bug: str | None = None,
        template: str | None = None,
    ) -> None:
        self._bug = bug
        self._template = template
        self.proxy: ProxyServer | None = ProxyServer(folder / "proxy", postgres.port)
        super().__init__(folder, kafka, postgres, mailbox, {**_more_requests(), **(settings or {})})
        self._seconds: dict[str, ServiceProcess] = {}
        self._looking = local()
        self._connections: list[psycopg.Connection[Any]] = []

    def start(self) -> None:
        if self.proxy is not None:
            self.proxy.start()
        if self._template is None:
            super().start()
            return
        with ThreadPoolExecutor() as pool:
            topics = pool.submit(self._empty_topics)
            self._copy(self._template)
            topics.result()
        self.start_all(self.processes.values())

    def make_template(self) -> str:
        """Migrate and prepare a database, and start nothing; its name."""
        self._provision_database()
        for service in SERVICES:
            self.run(service, "migrate")
        prepare(self.platform)
        return self.platform.database

    def _copy(self, template: str) -> None:
        names = sql.Identifier(self.platform.database), sql.Identifier(template)
        with psycopg.connect(self.postgres.admin_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        # Who may connect is no part of a copy.
        self._provision_database()

    def add(self, service: str, kind: str, port: int | None = None) -> ServiceProcess:
        return self._tampered_with(super().add(service, kind, port))

    def second_worker(self, service: str) -> ServiceProcess:
        """One more worker of a service, which runs only while a fault wants it; not among `processes`."""
        if service not in self._seconds:
            second = ServiceProcess(self.platform, service, "worker", 2, free_port(), self.folder / "logs")
            self._seconds[service] = self._tampered_with(second)
        return self._seconds[service]

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Read as administrator. A connection per thread is kept: whoever looks all the time must not become the load."""
        for _ in range(2):
            connection = getattr(self._looking, "connection", None)
            if connection is None:
                dsn = postgres_provision.dsn_of(
                    self.postgres.admin_dsn, "admin", self.postgres.admin_password, self.platform.database
                )
                connection = psycopg.connect(dsn, row_factory=dict_row, autocommit=True)
                self._looking.connection = connection
                self._connections.append(connection)
            try:
                return connection.execute(query.encode(), parameters).fetchall()
            except psycopg.OperationalError:
                connection.close()
                self._looking.connection = None
        return super().rows(query, *parameters)

    def close(self) -> None:
        self.stop_all(self._seconds.values())
        for connection in self._connections:
            connection.close()
        super().close()
        if self.proxy is not None:
            self.proxy.stop()

    def try_run(self, service: str, *command: str) -> int:
        """Run a command of a service to its end; its exit status."""
        return self.begin(service, *command).wait(timeout=120)

    def begin(self, service: str, *command: str) -> "subprocess.Popen[bytes]":
        """Begin a command of a service; what it says is of no concern."""
        return subprocess.Popen(
            [sys.executable, "-m", f"services.{service}", *command],
            cwd=REPOSITORY,
            env=dict(self.platform.environment(service, command[0])),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _empty_topics(self) -> None:
        if not isinstance(self.kafka, KafkaCluster):
            super()._empty_topics()
            return
        # A cluster serves one run only: there is nothing to forget.
        brokers = len(self.kafka.brokers)
        settings = self.kafka.confluent_settings()
        kafka_provision.provision(settings, replication_factor=brokers, min_insync_replicas=brokers - 1)

    def _tampered_with(self, process: ServiceProcess) -> ServiceProcess:
        process.command = [sys.executable, "-m", "tests.faults.process", process.service, process.kind]
        environment = dict(process.process_environment or {})
        if self.proxy is not None:
            there, here = f":{self.postgres.port}/", f":{self.proxy.port}/"
            environment["TANDEM_POSTGRES_DSN"] = environment["TANDEM_POSTGRES_DSN"].replace(there, here)
        if process.service in IN_SMALL_BATCHES:
            environment |= SMALL_BATCHES
        if self._bug is not None:
            environment["FAULT_BUG"] = self._bug
        process.process_environment = environment
        return process


class ProxyServer(Server):
    """The running proxy between the services and Postgres."""

    def __init__(self, folder: Path, target: int) -> None:
        self.control = free_port()
        port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        ports = [str(number) for number in (port, target, self.control)]
        super().__init__([sys.executable, "-m", "tests.faults.proxy", *ports], folder, port)
        self.working_folder = REPOSITORY

    async def tell(self, line: str) -> int:
        """Tell it what to do, see `tests.faults.proxy`; how many connections it has reset so far."""
        return int((await self._ask(line))[0])

    async def whose(self) -> list[str]:
        """Of which applications those connections were, in their order."""
        return [name.decode() for name in (await self._ask("whose"))[1:]]

    async def _ask(self, line: str) -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.control, limit=2**24)
        try:
            writer.write(f"{line}\n".encode())
            return (await reader.readline()).split()
        finally:
            writer.close()

    def _is_ready(self) -> bool:
        return True


def _more_requests() -> dict[str, str]:
    """One association sends as many files as a Land's associations together."""
    limits = json.loads(MANY_REQUESTS["TANDEM_RATE_LIMITS"])
    limits["imports-by-caller"] = {"count": 100_000, "seconds": 3600}
    return {"TANDEM_RATE_LIMITS": json.dumps(limits)}
