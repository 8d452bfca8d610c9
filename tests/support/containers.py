"""The same servers in containers, for `TEST_BACKEND=containers`: the same users, access rules and settings."""

import contextlib
import secrets
import time
from pathlib import Path
from typing import Any

from deploy.local import kafka, postgres
from deploy.local.kafka import ADMIN, USERS, KafkaPorts
from tests.support.servers.ports import free_port

KAFKA_IMAGE = "apache/kafka:4.3.0"
POSTGRES_IMAGE = "postgres:18"
START_SECONDS = 90.0


def engine_answers() -> bool:
    """Whether a Docker engine answers here."""
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]

    try:
        client = docker.from_env(timeout=5)
    except DockerException:
        return False
    with contextlib.closing(client):
        try:
            return bool(client.ping())
        except (DockerException, OSError):
            return False


class ContainerServer:
    """A server in a container. Tests can freeze it, end it and start it again on the same port and data."""

    def __init__(self, container: Any) -> None:
        self._container = container

    @property
    def _engine(self) -> Any:
        return self._container.get_wrapped_container()

    def start(self) -> None:
        """Start again after `stop` or `kill`, or for the first time."""
        if self._container._container is None:
            self._container.start()
        else:
            self._engine.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the container was not ready in time:\n{self.log_tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop cleanly; the container and its data stay until the run ends."""
        self._engine.stop(timeout=30)

    def kill(self) -> None:
        """End it at once."""
        self._engine.kill()

    def restart(self) -> None:
        """Stop cleanly and start again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it."""
        self._engine.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._engine.unpause()

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of its output."""
        return bytes(self._engine.logs(tail=lines)).decode(errors="replace")

    def _is_ready(self) -> bool:
        raise NotImplementedError


class PostgresContainerServer(ContainerServer):
    """PostgreSQL in a container."""

    def __init__(self, container: Any, port: int, password: str) -> None:
        super().__init__(container)
        self.port = port
        self.admin_password = password
        self.admin_dsn = f"postgresql://{postgres.ADMIN}:{password}@127.0.0.1:{port}/postgres"

    def _is_ready(self) -> bool:
        return postgres.is_ready(self.admin_dsn)


class KafkaContainerServer(ContainerServer):
    """Kafka in a container, with the settings file that our own broker has."""

    def __init__(self, container: Any, bootstrap: str, passwords: dict[str, str]) -> None:
        super().__init__(container)
        self.bootstrap = bootstrap
        self.passwords = passwords

    def confluent_settings(self, user: str = ADMIN) -> dict[str, str | int | float | bool]:
        """Settings with which `confluent_kafka` signs in as `user`."""
        return kafka.admin_settings(self.bootstrap, self.passwords[user], user)

    def aiokafka_settings(self, user: str = ADMIN) -> dict[str, str]:
        """Keyword arguments with which `aiokafka` signs in as `user`."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": user,
            "sasl_plain_password": self.passwords[user],
        }

    def _is_ready(self) -> bool:
        return kafka.is_ready(self.confluent_settings())


def start_postgres() -> PostgresContainerServer:
    """Start PostgreSQL in a container, on a free port of 127.0.0.1."""
    from testcontainers.community.postgres import PostgresContainer

    port, password = free_port(), secrets.token_urlsafe(18)
    container: Any = PostgresContainer(
        POSTGRES_IMAGE, username=postgres.ADMIN, password=password, dbname="postgres"
    ).with_bind_ports(5432, port)
    container.with_command(["postgres", "-c", "max_connections=300", "-c", "timezone=UTC"])
    server = PostgresContainerServer(container, port, password)
    server.start()
    return server


def start_kafka(folder: Path) -> KafkaContainerServer:
    """Start Kafka in a container, on the same port inside and outside so that what it advertises is true."""
    from testcontainers.core.container import DockerContainer

    ports = KafkaPorts(free_port(), free_port())
    passwords = {user: secrets.token_urlsafe(18) for user in USERS}
    settings = folder / "server.properties"
    settings.write_text(kafka.settings(ports, passwords, Path("/tmp/kafka-data"), listens_on="0.0.0.0"))
    settings.chmod(0o644)
    inside = "/opt/tandem/server.properties"
    format_and_run = (
        "b=/opt/kafka/bin; [ -f /tmp/kafka-data/meta.properties ] || "
        f"$b/kafka-storage.sh format -t $($b/kafka-storage.sh random-uuid) -c {inside}; "
        f"exec $b/kafka-server-start.sh {inside}"
    )
    container: Any = (
        DockerContainer(KAFKA_IMAGE)
        .with_bind_ports(ports.client, ports.client)
        .with_volume_mapping(str(settings), inside, "ro")
        .with_kwargs(entrypoint=["/bin/bash", "-c", format_and_run])
    )
    server = KafkaContainerServer(container, f"127.0.0.1:{ports.client}", passwords)
    server.start()
    return server
