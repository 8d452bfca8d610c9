"""Training's HTTP application on a real Postgres, with people who sign in and a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from services.training.app import build_api
from services.training.settings import TrainingSettings
from shared.access.keys import SigningKey, jwks_document, new_signing_key
from shared.contracts.vocabulary import Role
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind
from tests.integration.training.people import AUDIENCE, STAFF_ISSUER, VOLUNTEER_ISSUER, Person, Platform
from tests.support.platform import PlatformDatabase

EMPTIED = """
TRUNCATE attendance, enrolments, qualifications, sessions, courses, volunteers, organisations, members, outbox,
    reactions, erased_subjects, idempotency_keys
"""


@pytest.fixture(scope="session")
def schema(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    """A database of these tests' own, with training's schema."""
    return database_without_kafka("training")


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return new_signing_key()


@pytest.fixture
def settings(schema: PlatformDatabase, key: SigningKey, tmp_path: Path) -> TrainingSettings:
    jwks = tmp_path / "issuer.jwks.json"
    jwks.write_bytes(orjson.dumps(jwks_document(key)))
    return schema.settings(
        "training",
        TrainingSettings,
        issuers=(
            Issuer(issuer=STAFF_ISSUER, audience=AUDIENCE, jwks=str(jwks), kind=IssuerKind.STAFF),
            Issuer(issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, jwks=str(jwks), kind=IssuerKind.VOLUNTEER),
        ),
    )


@pytest.fixture
async def platform(schema: PlatformDatabase, settings: TrainingSettings, key: SigningKey) -> AsyncIterator[Platform]:
    with psycopg.connect(schema.owner_dsn("training"), autocommit=True, options="-csearch_path=training") as owner:
        owner.execute(EMPTIED)
    clock = SettableClock()
    database = await Database.connect(settings, clock, "training")
    transport = httpx.ASGITransport(build_api(settings, clock, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://training.test") as client:
        yield Platform(database, client, clock, settings, key)
    await database.close()


@pytest.fixture
async def organisation(platform: Platform) -> UUID:
    return await platform.organisation()


@pytest.fixture
async def trainer(platform: Platform, organisation: UUID) -> Person:
    return await platform.member(Role.TRAINER, organisation)
