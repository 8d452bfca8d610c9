"""One real Kafka and one real PostgreSQL for the whole run, started when the first test asks for them.

With `TEST_BACKEND=containers` they run in containers instead; where no Docker engine answers those tests are skipped.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_asyncio

from deploy.kafka.provision import provision as provision_kafka
from tests.support import containers
from tests.support.event_log import EventLog, event_log
from tests.support.platform import PlatformDatabase, make_database
from tests.support.servers import start_kafka, start_postgres

# A busy machine is no finding.
hypothesis.settings.register_profile("tandem", deadline=None)
hypothesis.settings.load_profile("tandem")

FSYNC = os.environ.get("TEST_FSYNC", "on") == "on"
IN_CONTAINERS = os.environ.get("TEST_BACKEND", "") == "containers"


def _skip_without_engine() -> None:
    if not containers.engine_answers():
        pytest.skip("TEST_BACKEND=containers, but no Docker engine answers here")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The one PostgreSQL: a `PostgresServer`, which tests can stop, freeze and start again."""
    if IN_CONTAINERS:
        _skip_without_engine()
    folder = tmp_path_factory.mktemp("postgres")
    server = containers.start_postgres() if IN_CONTAINERS else start_postgres(folder, fsync=FSYNC)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The one Kafka: a `KafkaServer` with all topics and access rules."""
    if IN_CONTAINERS:
        _skip_without_engine()
    folder = tmp_path_factory.mktemp("kafka")
    server = containers.start_kafka(folder) if IN_CONTAINERS else start_kafka(folder)
    provision_kafka(server.confluent_settings())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def platform_database(postgres_server: Any, kafka_server: Any) -> Callable[..., PlatformDatabase]:
    """`platform_database("matching", "training")`: a fresh database with these schemas, migrated, beside the Kafka.

    A keyword names a folder of migrations instead of the service's own: `platform_database(matching=Path(…))`.
    """

    def make(*services: str, **folders: Path) -> PlatformDatabase:
        return make_database(postgres_server, dict.fromkeys(services) | folders, kafka_server)

    return make


@pytest.fixture(scope="session")
def database_without_kafka(postgres_server: Any) -> Callable[..., PlatformDatabase]:
    """The same for tests that need no Kafka, which then is not started for them."""

    def make(*services: str, **folders: Path) -> PlatformDatabase:
        return make_database(postgres_server, dict.fromkeys(services) | folders)

    return make


@pytest_asyncio.fixture(scope="session")
async def log(kafka_server: Any) -> AsyncIterator[EventLog]:
    """The event log: write as an owner's relay would, read what a fresh consumer sees."""
    async with event_log(kafka_server) as opened:
        yield opened
