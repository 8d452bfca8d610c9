"""A real Postgres with the schema of notifications, a real SMTP server, and what stands between them."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notifications.app import build_postman
from services.notifications.postman import Postman, Send
from services.notifications.settings import NotificationsSettings
from services.notifications.smtp import Transport
from services.notifications.subscribers import projections, reactions
from shared.contracts.base import EventData
from shared.messaging.intake import Intake
from shared.messaging.record import KafkaRecord
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.telemetry.metrics import Metrics
from tests.integration.notifications.smtp_server import SmtpServer
from tests.support.platform import PlatformDatabase
from tests.support.served import Heard, emptied, heard
from tests.unit.notifications.builders import NOW

SERVICE_NAME = "notifications"


@pytest.fixture(scope="session")
def schema(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka(SERVICE_NAME)


@pytest.fixture
def clean(schema: PlatformDatabase) -> None:
    """Empty tables."""
    emptied(schema, SERVICE_NAME)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def settings(schema: PlatformDatabase, smtp: SmtpServer, tmp_path: Path) -> NotificationsSettings:
    key = tmp_path / "development-notifications.pem"
    write_key(key)
    return NotificationsSettings(
        mode="test",
        postgres_dsn=schema.runtime_dsn(SERVICE_NAME),
        kafka_bootstrap="127.0.0.1:1",
        http_port=0,
        smtp_url=smtp.url,
        smtp_seconds_at_most=5,
        mail_from="Tandem <tandem@example.org>",
        registry_public_url="http://registry.example",
        signing_key_file=key,
        consumer_backoff_seconds=0.01,
    )


def write_key(path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from shared.access.keys import new_signing_key

    path.write_bytes(new_signing_key().private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture
async def database(clean: None, settings: NotificationsSettings, clock: SettableClock) -> AsyncIterator[Database]:
    opened = await Database.connect(settings, clock, SERVICE_NAME)
    yield opened
    await opened.close()


@dataclass
class Service:
    """Notifications without Kafka: what it consumes comes from the test, what it publishes is read from the outbox."""

    database: Database
    settings: NotificationsSettings
    clock: SettableClock
    metrics: Metrics = field(default_factory=Metrics)
    _offset: int = 0

    async def consume(self, *events: EventData, age: Any = None, correlation_id: str | None = None) -> None:
        """Take in events as one batch."""
        await self.take(*(self.record(event, age, correlation_id) for event in events))

    async def take(self, *records: KafkaRecord) -> None:
        """Take in records: read models first, then reactions, as the two groups do."""
        for parts in ({"projections": projections()}, {"reactions": reactions(self.settings)}):
            intake = Intake("notifications.test", self.database, self.settings, self.metrics, **parts)
            subscribed = [record for record in records if record.topic in intake.topics]
            await intake.take(subscribed)

    def record(self, event: EventData, age: Any = None, correlation_id: str | None = None) -> Heard:
        """An event as it stands in the log."""
        self._offset += 1
        now = self.clock.now()
        return heard(event, now - age if age else now, self._offset, correlation_id)

    def tombstone(self, topic: str, key: UUID) -> Heard:
        """A null value."""
        self._offset += 1
        return Heard(topic, str(key).encode(), None, [], self._offset)

    def postman(self, send: Send | None = None) -> Postman:
        """The component that sends, with the real transport unless told otherwise."""
        transport = Transport(
            self.settings.smtp_url.get_secret_value(), self.settings.mail_from, self.settings.smtp_seconds_at_most
        )
        return build_postman(self.settings, self.database, self.metrics, send or transport.send)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Whatever stands in the tables."""
        async with self.database.reading() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def statuses(self) -> list[tuple[str, str, str | None]]:
        """Every delivery: mail, status, reason."""
        found = await self.rows("SELECT mail, status, reason FROM deliveries ORDER BY mail, delivery_id")
        return [(row["mail"], row["status"], row["reason"]) for row in found]


@pytest.fixture
def service(database: Database, settings: NotificationsSettings, clock: SettableClock) -> Service:
    return Service(database, settings, clock)
