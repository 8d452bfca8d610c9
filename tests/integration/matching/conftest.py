"""Matching's HTTP application on a real Postgres, with events that are heard as from Kafka and a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from services.matching.app import build_api
from services.matching.settings import MatchingSettings
from shared.access.keys import SigningKey, jwks_document, new_signing_key
from shared.contracts.vocabulary import Role
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind
from tests.integration.matching.people import AUDIENCE, STAFF_ISSUER, VOLUNTEER_ISSUER, Person, Platform
from tests.support.platform import PlatformDatabase

EMPTIED = """
TRUNCATE placements, told_suggestions, suggestion_checks, offers, volunteers, qualifications, courses, organisations,
    places, members, outbox, reactions, erased_subjects, idempotency_keys, dead_letters
"""


@pytest.fixture(scope="session")
def matching_database(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka("matching")


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return new_signing_key()


@pytest.fixture
def settings(matching_database: PlatformDatabase, key: SigningKey, tmp_path: Path) -> MatchingSettings:
    jwks = tmp_path / "issuer.jwks.json"
    jwks.write_bytes(orjson.dumps(jwks_document(key)))
    return matching_database.settings(
        "matching",
        MatchingSettings,
        issuers=(
            Issuer(issuer=STAFF_ISSUER, audience=AUDIENCE, jwks=str(jwks), kind=IssuerKind.STAFF),
            Issuer(issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, jwks=str(jwks), kind=IssuerKind.VOLUNTEER),
        ),
    )


@pytest.fixture
async def platform(
    matching_database: PlatformDatabase, settings: MatchingSettings, key: SigningKey
) -> AsyncIterator[Platform]:
    with psycopg.connect(
        matching_database.owner_dsn("matching"), autocommit=True, options="-csearch_path=matching"
    ) as owner:
        owner.execute(EMPTIED)
    clock = SettableClock()
    database = await Database.connect(settings, clock, "matching")
    transport = httpx.ASGITransport(build_api(settings, clock, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://matching.test") as client:
        platform = Platform(database, client, clock, settings, key)
        await platform.places()
        yield platform
        assert await platform.value("SELECT count(*) FROM dead_letters") == 0
    await database.close()


@pytest.fixture
async def organisation(platform: Platform) -> UUID:
    return await platform.organisation()


@pytest.fixture
async def coordinator(platform: Platform, organisation: UUID) -> Person:
    return await platform.member(Role.COORDINATOR, organisation)
