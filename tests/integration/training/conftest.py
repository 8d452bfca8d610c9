"""Training's HTTP application on a real Postgres, with people who sign in and a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.training.app import build_api, build_worker
from services.training.settings import TrainingSettings
from shared.access.keys import SigningKey, new_signing_key
from shared.contracts.vocabulary import Role
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from tests.integration.training.people import Person, Platform
from tests.support.platform import PlatformDatabase
from tests.support.served import emptied, trusting


@pytest.fixture(scope="session")
def schema(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    """A database of these tests' own, with training's schema."""
    return database_without_kafka("training")


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return new_signing_key()


@pytest.fixture
def settings(schema: PlatformDatabase, key: SigningKey, tmp_path: Path) -> TrainingSettings:
    return trusting(schema, "training", TrainingSettings, key, tmp_path)


@pytest.fixture
async def platform(schema: PlatformDatabase, settings: TrainingSettings, key: SigningKey) -> AsyncIterator[Platform]:
    emptied(schema, "training")
    clock = SettableClock()
    database = await Database.connect(settings, clock, "training")
    transport = httpx.ASGITransport(build_api(settings, clock, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://training.test") as client:
        yield Platform(database, client, clock, settings, key, build_worker)
    await database.close()


@pytest.fixture
async def organisation(platform: Platform) -> UUID:
    return await platform.organisation()


@pytest.fixture
async def trainer(platform: Platform, organisation: UUID) -> Person:
    return await platform.member(Role.TRAINER, organisation)
