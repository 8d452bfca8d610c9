"""Servers and services that nobody else uses, so that everything may be broken."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.platform import ShakenPlatform
from tests.support.servers import KafkaServer, MailboxServer, PostgresServer, start_kafka, start_mailbox, start_postgres


@dataclass(frozen=True)
class Servers:
    """What a platform needs."""

    kafka: KafkaServer
    postgres: PostgresServer
    mailbox: MailboxServer


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Running inside, ended outside, whatever happened."""
    with ExitStack() as stack:
        kafka = start_kafka(folder / "kafka")
        stack.callback(kafka.kill)
        postgres = start_postgres(folder / "postgres")
        stack.callback(postgres.kill)
        mailbox = start_mailbox(folder / "mailbox")
        stack.callback(mailbox.kill)
        yield Servers(kafka, postgres, mailbox)


@contextmanager
def shaken_platform(folder: Path, bug: str | None = None) -> Iterator[ShakenPlatform]:
    """Everything up and ready inside; everything ended outside."""
    with servers(folder) as shared:
        platform = ShakenPlatform(folder / "platform", shared.kafka, shared.postgres, shared.mailbox, bug=bug)
        try:
            platform.start()
            yield platform
        finally:
            platform.close()
