"""The order in which the platform is started: servers, what they must hold, services, demo data.

PostgreSQL and Kafka are brought up side by side. Whatever fails stops the start with one line; whoever called then
stops what was started.
"""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar

import httpx
import psycopg
from confluent_kafka import KafkaException

from deploy.kafka import provision as kafka_provision
from deploy.local import kafka, postgres, processes
from deploy.local.environment import passed_on
from deploy.local.folders import KAFKA_LIBRARIES, REPOSITORY
from deploy.local.installation import Installation, chosen
from deploy.local.listening import check_free
from deploy.local.problems import Interrupted, StartProblem
from deploy.local.processes import Process
from deploy.local.progress import Steps
from deploy.postgres import provision as postgres_provision
from shared.contracts.topics import SERVICES
from shared.postgres.migrate import migrate

SERVER_SECONDS = 60.0
SERVICE_SECONDS = 180.0
DEMO_DATA = "deploy.local.demo_data"


Result = TypeVar("Result")


class Start:
    """One start of an installation."""

    def __init__(self, installation: Installation, steps: Steps) -> None:
        self._installation = installation
        self._platform = installation.platform
        self._supervision = installation.supervision
        self._steps = steps
        self._interrupted = threading.Event()
        self.was_interrupted = False
        """Whether somebody asked for it, and not a failure."""
        self._running: set[subprocess.Popen[str]] = set()

    def run(self) -> None:
        """Start everything; returns when every process is ready and the demo data is there.

        Raises
        ------
        StartProblem
            With one line that says what to do.
        """
        servers = self._prepare_servers()
        services = processes.services(self._platform)
        self._supervision.start([*servers.values(), *services])
        self._side_by_side(
            [
                partial(self._database, servers.get("postgres")),
                partial(self._topics, servers.get("kafka")),
                partial(self._mailbox, servers.get("mailbox")),
            ]
        )
        self._start_services(services)
        self._demo_data()

    def interrupt(self, asked: bool = False) -> None:
        """Make what is under way fail soon; `asked` when a person wants it."""
        self.was_interrupted |= asked
        self._interrupted.set()
        for running in list(self._running):
            running.terminate()

    def _prepare_servers(self) -> dict[str, Process]:
        """Make the folders of our own servers; by name."""
        installation, ports = self._installation, self._installation.ports
        home, credentials = installation.home, installation.credentials
        wanted: dict[str, Callable[[], Process]] = {}
        if installation.own_postgres:
            wanted["postgres"] = lambda: processes.postgres(
                postgres.prepare(home / "postgres", ports.postgres, credentials.postgres_admin)
            )
        if installation.own_kafka:
            wanted["kafka"] = lambda: processes.kafka(
                kafka.prepare(home / "kafka", ports.kafka, credentials.kafka, kafka.fetch(KAFKA_LIBRARIES))
            )
        if installation.own_mailbox:
            wanted["mailbox"] = lambda: processes.mailbox(ports, home / "mailbox")
        fetches = installation.own_kafka and not KAFKA_LIBRARIES.is_dir()
        with self._steps.step("Folders of the servers" + (", and Kafka itself (54 MB)" if fetches else "")):
            prepared = dict(zip(wanted, self._side_by_side(list(wanted.values())), strict=True))
        check_free([*prepared.values(), *processes.services(self._platform)])
        return prepared

    def _database(self, server: Process | None) -> None:
        dsn = self._platform.postgres_admin_dsn
        is_ready = partial(postgres.is_ready, dsn)
        if server is not None:
            self._start(server, "PostgreSQL 18", is_ready)
        elif not is_ready():
            raise StartProblem("TANDEM_POSTGRES_DSN: no PostgreSQL server answers there, or it refuses this user.")
        with self._steps.step("Database, schemas and roles"):
            try:
                postgres_provision.provision(dsn, self._installation.credentials.postgres_roles)
            except psycopg.Error as error:
                raise StartProblem(f"PostgreSQL could not be provisioned: {str(error).splitlines()[0]}") from error
        with self._steps.step("Migrations"):
            for service in SERVICES:
                self._unless_interrupted(lambda: True)
                self._migrate(service)

    def _migrate(self, service: str) -> None:
        """What `python -m services.… migrate` does, without loading the whole service for it."""
        dsn = self._platform.environment(service, "migrate")["TANDEM_POSTGRES_OWNER_DSN"]
        try:
            migrate(service, REPOSITORY / "services" / service / "migrations", dsn)
        except Exception as error:  # whatever a migration raises ends the start
            raise StartProblem(f"The migration of {service} failed: {type(error).__name__}: {error}") from error

    def _topics(self, server: Process | None) -> None:
        access = self._platform.kafka
        settings = kafka_provision.settings_from(access.environment(kafka.ADMIN))
        is_ready = partial(kafka.is_ready, settings)
        if server is not None:
            self._start(server, "Apache Kafka 4.3", is_ready)
        elif not is_ready():
            raise StartProblem("TANDEM_KAFKA_BOOTSTRAP: no Kafka answers there with these security settings.")
        with self._steps.step("Topics and access rules" if server is not None else "Topics"):
            try:
                if server is not None:
                    kafka_provision.provision(settings)
                else:
                    kafka_provision.provision(
                        settings, replication_factor=-1, min_insync_replicas=None, access_rules=False
                    )
            except (KafkaException, kafka_provision.WrongPartitions, TimeoutError) as error:
                raise StartProblem(f"Kafka could not be provisioned: {error}") from error

    def _mailbox(self, server: Process | None) -> None:
        if server is not None:
            self._start(server, "Mailbox", partial(_answers, server))

    def _start(self, process: Process, text: str, is_ready: Callable[[], bool]) -> None:
        with self._steps.step(text):
            self._supervision.start_process(process)
            self._supervision.wait_until(process, partial(self._unless_interrupted, is_ready), SERVER_SECONDS)

    def _start_services(self, services: Sequence[Process]) -> None:
        with self._steps.step("api and worker of the four services"):
            for process in services:
                self._supervision.start_process(process)
            for process in services:
                is_ready = partial(self._unless_interrupted, partial(_answers, process))
                self._supervision.wait_until(process, is_ready, SERVICE_SECONDS)

    def _demo_data(self) -> None:
        if importlib.util.find_spec(DEMO_DATA) is None:
            return
        environment = {**passed_on(), **chosen(), "TANDEM_HOME": str(self._installation.home)}
        with self._steps.step("Demo data"):
            self._complete([DEMO_DATA], environment, "Loading the demo data")

    def _complete(self, module: list[str], environment: dict[str, str], what: str) -> None:
        """Run a program to its end."""
        log = self._supervision.log_of("-".join(module).replace(".", "-"))
        with log.open("a") as output:
            running = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            self._running.add(running)
            self._unless_interrupted(lambda: True)
            status = running.wait()
            self._running.discard(running)
        if status != 0:
            end = "\n  ".join(log.read_text(errors="replace").splitlines()[-8:])
            raise StartProblem(f"{what} failed. The end of {log}:\n  {end}")

    def _unless_interrupted(self, is_ready: Callable[[], bool]) -> bool:
        if self._interrupted.is_set():
            raise Interrupted("interrupted")
        return is_ready()

    def _side_by_side(self, tasks: Sequence[Callable[[], Result]]) -> list[Result]:
        """Do several things at once; the first failure ends the others."""
        with ThreadPoolExecutor(max_workers=max(len(tasks), 1)) as pool:
            futures = [pool.submit(task) for task in tasks]
            wait(futures, return_when=FIRST_EXCEPTION)
            if any(future.done() and future.exception() for future in futures):
                self.interrupt()
        failures = [error for future in futures if (error := future.exception())]
        for failure in sorted(failures, key=lambda error: isinstance(error, Interrupted)):
            raise failure
        return [future.result() for future in futures]


def _answers(process: Process) -> bool:
    assert process.health_url is not None, "only processes with a health URL are asked"
    try:
        return httpx.get(process.health_url, timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
