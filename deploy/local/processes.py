"""Every process of the platform: its command, how it is stopped, where it listens, when it is ready."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.environment import Platform, Ports, passed_on
from deploy.local.folders import REPOSITORY
from deploy.local.kafka import KafkaCommand
from deploy.local.postgres import PostgresCommand
from deploy.local.preparation import MANY_REQUESTS
from shared.contracts.topics import SERVICES

SERVERS_GROUP = "servers"
SERVICES_GROUP = "services"
COMMANDS = ("api", "worker")


@dataclass(frozen=True)
class Process:
    """One program under supervision."""

    name: str
    group: str
    command: list[str]
    environment: Mapping[str, str]
    port: int
    other_ports: tuple[int, ...] = ()
    health_url: str | None = None
    folder: Path = REPOSITORY
    stop_signal: str = "SIGTERM"
    stop_seconds: int = 30

    @property
    def full_name(self) -> str:
        """The name that the supervisor knows it by."""
        return f"{self.group}:{self.name}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port it listens on."""
        return (self.port, *self.other_ports)


def postgres(prepared: PostgresCommand) -> Process:
    """The database server. SIGINT is its fast, clean stop."""
    return Process(
        "postgres",
        SERVERS_GROUP,
        prepared.command,
        passed_on(),
        prepared.port,
        stop_signal="SIGINT",
        stop_seconds=60,
    )


def kafka(prepared: KafkaCommand) -> Process:
    """The broker."""
    ports = prepared.ports
    return Process(
        "kafka",
        SERVERS_GROUP,
        prepared.command,
        passed_on(),
        ports.client,
        (ports.controller,),
        stop_seconds=60,
    )


def mailbox(ports: Ports, mails: Path) -> Process:
    """The mailbox."""
    listening = [f"--web-port={ports.mailbox_web}", f"--smtp-port={ports.mailbox_smtp}"]
    return Process(
        "mailbox",
        SERVERS_GROUP,
        [sys.executable, "-m", "deploy.local.mailbox", f"--folder={mails}", *listening],
        passed_on() | {"PYTHONUNBUFFERED": "1"},
        ports.mailbox_web,
        (ports.mailbox_smtp,),
        health_url=f"http://127.0.0.1:{ports.mailbox_web}/health/ready",
    )


def services(platform: Platform) -> list[Process]:
    """`api` and `worker` of every service."""
    return [
        Process(
            f"{service}-{command}",
            SERVICES_GROUP,
            [sys.executable, "-m", f"services.{service}", command],
            platform.environment(service, command) | MANY_REQUESTS,
            platform.ports.of(service, command),
            health_url=f"{platform.ports.url(service, command)}/health/ready",
        )
        for service in SERVICES
        for command in COMMANDS
    ]
