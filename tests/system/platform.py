"""The four services as real processes, on the session's Kafka and Postgres: what `make up` starts, on free ports.

Every start has a fresh database and empty topics, so that nothing of an earlier run is seen. The logs of every process
are kept together, one file per process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from psycopg import sql
from psycopg.rows import dict_row

from deploy.kafka import provision as kafka_provision
from deploy.local import preparation
from deploy.local.credentials import Credentials, load_or_make
from deploy.local.environment import KafkaAccess, Platform, Ports
from deploy.local.folders import REPOSITORY
from deploy.local.journey.world import World
from deploy.local.token import issue
from deploy.postgres import provision as postgres_provision
from shared.contracts.topics import SERVICES, TOPICS
from tests.support.platform import PASSWORDS
from tests.support.servers import KafkaServer, MailboxServer, PostgresServer, free_port
from tests.system.processes import ServiceProcess

KINDS = ("api", "worker")
PROVISIONING_SECONDS = 30.0


class RunningPlatform:
    """Servers, processes and what they were told."""

    def __init__(
        self,
        folder: Path,
        kafka: KafkaServer,
        postgres: PostgresServer,
        mailbox: MailboxServer,
        settings: Mapping[str, str] | None = None,
        issuers: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.folder = folder
        self.kafka = kafka
        self.postgres = postgres
        self.mailbox = mailbox
        # The roles belong to the server, which other tests use too.
        self.credentials: Credentials = replace(load_or_make(folder / "secrets"), postgres_roles=PASSWORDS)
        self.platform = Platform(
            Ports.chosen_by(free_port),
            self.credentials,
            postgres.admin_dsn,
            KafkaAccess.own(kafka.bootstrap, kafka.passwords),
            mailbox.smtp_url,
            mode="test",
            database=f"system_{uuid4().hex}",
            settings={**preparation.MANY_REQUESTS, **(settings or {})},
            issuers=issuers,
        )
        self.processes: dict[str, ServiceProcess] = {}
        for service in SERVICES:
            for kind in KINDS:
                self.add(service, kind, self.platform.ports.of(service, kind))
        self.add("matching", "api")

    def add(self, service: str, kind: str, port: int | None = None) -> ServiceProcess:
        """One more process of a kind; it is not started yet."""
        number = 1 + sum(1 for one in self.processes.values() if (one.service, one.kind) == (service, kind))
        process = ServiceProcess(self.platform, service, kind, number, port or free_port(), self.folder / "logs")
        self.processes[process.name] = process
        return process

    def of(self, service: str, kind: str) -> list[ServiceProcess]:
        """The processes of one kind."""
        return [one for one in self.processes.values() if (one.service, one.kind) == (service, kind)]

    def worker(self, service: str) -> ServiceProcess:
        """The first worker of a service."""
        return self.processes[f"{service}-worker-1"]

    def api(self, service: str) -> ServiceProcess:
        """The first api of a service."""
        return self.processes[f"{service}-api-1"]

    @property
    def world(self) -> World:
        """The platform as a person sees it."""
        return World(
            urls={service: [api.url for api in self.of(service, "api")] for service in SERVICES},
            mailbox_url=self.mailbox.web_url,
            staff_token=self.staff_token,
        )

    def staff_token(self, subject: str, hours: float = 8) -> str:
        """A token of the development issuer."""
        return issue(self.credentials, subject, hours)

    def start(self) -> None:
        """Provision, migrate, prepare, and start every process; returns when all are ready."""
        with ThreadPoolExecutor() as pool:
            topics = pool.submit(self._empty_topics)
            self._provision_database()
            list(pool.map(lambda service: self.run(service, "migrate"), SERVICES))
            topics.result()
        preparation.prepare(self.platform)
        self.start_all(self.processes.values())

    def start_all(self, processes: Iterable[ServiceProcess]) -> None:
        """Start several side by side; those that run already are left alone."""
        waiting = [process for process in processes if not process.is_running]
        with ThreadPoolExecutor(max_workers=max(len(waiting), 1)) as pool:
            list(pool.map(lambda process: process.start(), waiting))

    def stop_all(self, processes: Iterable[ServiceProcess]) -> None:
        """Stop several side by side, each as SIGTERM does."""
        with ThreadPoolExecutor(max_workers=max(len(self.processes), 1)) as pool:
            list(pool.map(lambda process: process.stop(), processes))

    def close(self) -> None:
        """Stop every process and drop the database."""
        self.stop_all(self.processes.values())
        with psycopg.connect(self.postgres.admin_dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.platform.database))
            )

    def run(self, service: str, *command: str, status: int = 0) -> str:
        """Run a command of a service to its end; its output.

        Raises
        ------
        AssertionError
            It ended with another status.
        """
        done = subprocess.run(
            [sys.executable, "-m", f"services.{service}", *command],
            cwd=REPOSITORY,
            env=dict(self.platform.environment(service, command[0])),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == status, f"{service} {command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Read the services' tables as administrator (`SELECT … FROM matching.offers`): tests look, nobody else."""
        dsn = postgres_provision.dsn_of(
            self.postgres.admin_dsn, "admin", self.postgres.admin_password, self.platform.database
        )
        with psycopg.connect(dsn, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def log_lines(self) -> Iterator[tuple[str, str]]:
        """Every line of every process's log, with the process's name."""
        for process in self.processes.values():
            if process.log_path.exists():
                for line in process.log_path.read_text(errors="replace").splitlines():
                    yield process.name, line

    def journey_lines(self, correlation_id: str) -> list[dict[str, Any]]:
        """The lines of one journey in the order of time."""
        lines = (json.loads(line) for _, line in self.log_lines() if line.startswith("{"))
        return sorted(
            (line for line in lines if line.get("correlation_id") == correlation_id), key=lambda line: line["timestamp"]
        )

    def _provision_database(self) -> None:
        postgres_provision.provision(self.postgres.admin_dsn, self.credentials.postgres_roles, self.platform.database)

    def _empty_topics(self) -> None:
        settings = self.kafka.confluent_settings()
        forget_everything(settings)
        kafka_provision.provision(settings)


def forget_everything(settings: Mapping[str, str | int | float | bool]) -> None:
    """Delete every topic of the platform and every consumer group, and wait until they are gone."""
    admin = AdminClient({"log_level": 0, **settings})
    groups = [group.group_id for group in admin.list_consumer_groups().result().valid]
    if groups:
        _each(admin.delete_consumer_groups(groups), KafkaError.GROUP_ID_NOT_FOUND)
    present = [name for name in admin.list_topics(timeout=PROVISIONING_SECONDS).topics if name in TOPICS]
    if present:
        _each(admin.delete_topics(present, operation_timeout=30), KafkaError.UNKNOWN_TOPIC_OR_PART)
    while any(name in TOPICS for name in admin.list_topics(timeout=PROVISIONING_SECONDS).topics):
        os.sched_yield()


def _each(futures: Mapping[str, Any], fine: int) -> None:
    for future in futures.values():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != fine:
                raise


def with_settings(platform: Platform, **settings: str) -> Platform:
    """The same platform, its processes told something else besides."""
    return replace(platform, settings={**platform.settings, **settings})
