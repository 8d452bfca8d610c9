"""Servers and services that nobody else uses, so that everything may be broken."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.platform import ShakenPlatform
from tests.support.servers import KafkaServer, MailboxServer, PostgresServer, start_kafka, start_mailbox, start_postgres
from tests.support.servers.kafka_cluster import start_kafka_cluster

SMALL_DISK = "2g"


@dataclass(frozen=True)
class Servers:
    """What a platform needs."""

    kafka: KafkaServer
    postgres: PostgresServer
    mailbox: MailboxServer


@contextmanager
def servers(folder: Path, brokers: int = 1, *, small_disks: bool = False) -> Iterator[Servers]:
    """Running inside, ended outside, whatever happened.

    Parameters
    ----------
    small_disks
        Put the data of Kafka and Postgres on file systems of their own that can be filled up, where we may mount any.
    """
    with ExitStack() as stack:
        if small_disks:
            for name in ("kafka", "postgres"):
                stack.enter_context(_small_disk(folder / name))
        kafka = start_kafka(folder / "kafka") if brokers == 1 else start_kafka_cluster(folder / "kafka")
        stack.callback(kafka.kill)
        postgres = start_postgres(folder / "postgres")
        stack.callback(postgres.kill)
        mailbox = start_mailbox(folder / "mailbox")
        stack.callback(mailbox.kill)
        yield Servers(kafka, postgres, mailbox)


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A file system in memory at a folder; where it may not be mounted the folder is one like others."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "tandem-faults", str(folder)],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


@contextmanager
def shaken_platform(
    folder: Path, bug: str | None = None, brokers: int = 1, *, small_disks: bool = False
) -> Iterator[ShakenPlatform]:
    """Everything up and ready inside; everything ended outside."""
    with servers(folder, brokers, small_disks=small_disks) as shared:
        platform = ShakenPlatform(folder / "platform", shared.kafka, shared.postgres, shared.mailbox, bug=bug)
        try:
            platform.start()
            yield platform
        finally:
            platform.close()
