"""A database with the schemas that a test module needs, and the settings with which a service's process uses it."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

from deploy.local.folders import REPOSITORY
from deploy.postgres.provision import RolePasswords, dsn_of, owner_of, provision, runtime_of
from shared.contracts.topics import SERVICES
from shared.postgres.database import Database
from shared.postgres.migrate import migrate
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings

AnySettings = TypeVar("AnySettings", bound=Settings)

PASSWORDS = {service: RolePasswords(secrets.token_urlsafe(12), secrets.token_urlsafe(12)) for service in SERVICES}
"""Of the roles of this test run: they belong to the server, so every database has the same."""

_numbers = itertools.count(1)


class Broker(Protocol):
    """What tests need of the one Kafka, whether it is a process of ours or runs in a container."""

    bootstrap: str
    passwords: Mapping[str, str]

    def confluent_settings(self, user: str = ...) -> dict[str, str | int | float | bool]: ...
    def aiokafka_settings(self, user: str = ...) -> dict[str, str]: ...


class DatabaseServer(Protocol):
    """What tests need of the one PostgreSQL."""

    admin_dsn: str


@dataclass(frozen=True)
class PlatformDatabase:
    """One database with the schemas of some services, migrated; and the one Kafka beside it."""

    name: str
    server_dsn: str
    broker: Broker | None = None

    @property
    def admin_dsn(self) -> str:
        """The administrator's connection string, for this database."""
        return urlunsplit(urlsplit(self.server_dsn)._replace(path=f"/{self.name}"))

    def runtime_dsn(self, service: str) -> str:
        """Connection string of a service's runtime role."""
        return dsn_of(self.server_dsn, runtime_of(service), PASSWORDS[service].runtime, self.name)

    def owner_dsn(self, service: str) -> str:
        """Connection string of a service's owner role."""
        return dsn_of(self.server_dsn, owner_of(service), PASSWORDS[service].owner, self.name)

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """Environment variables of a process of `service`; `more` are added by name."""
        return {
            "TANDEM_MODE": "test",
            "TANDEM_POSTGRES_DSN": self.runtime_dsn(service),
            "TANDEM_POSTGRES_OWNER_DSN": self.owner_dsn(service),
            "TANDEM_HTTP_PORT": "0",
            "TANDEM_SUPPRESSION_KEY": "a key of the tests, of no worth at all",
            **self._kafka(service),
            **more,
        }

    def _kafka(self, service: str) -> dict[str, str]:
        if self.broker is None:
            return {"TANDEM_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
        return {
            "TANDEM_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "TANDEM_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "TANDEM_KAFKA_SASL_MECHANISM": "PLAIN",
            "TANDEM_KAFKA_USERNAME": service,
            "TANDEM_KAFKA_PASSWORD": self.broker.passwords[service],
        }

    def settings(self, service: str, kind: type[AnySettings] = Settings, **changed: Any) -> AnySettings:  # type: ignore[assignment]
        """Settings of a process of `service`, as `load` would read them from its environment."""
        told: Mapping[str, str] = {
            name.removeprefix("TANDEM_").lower(): value for name, value in self.environment(service).items()
        }
        return kind(**{**told, **changed})

    async def open(self, service: str, clock: Clock | None = None, **changed: Any) -> Database:
        """An open `Database` of a service; the test closes it."""
        return await Database.connect(self.settings(service, **changed), clock or Clock(), service)


def make_database(
    server: DatabaseServer, services: Mapping[str, Path | None], broker: Broker | None = None
) -> PlatformDatabase:
    """A fresh database, provisioned and migrated.

    Parameters
    ----------
    services
        Names of services and the folder of their migrations (None: the service's own).
    """
    name = f"test_{next(_numbers)}"
    provision(server.admin_dsn, {service: PASSWORDS[service] for service in services}, name)
    database = PlatformDatabase(name, server.admin_dsn, broker)
    for service, folder in services.items():
        migrate(service, folder or REPOSITORY / "services" / service / "migrations", database.owner_dsn(service))
    return database
