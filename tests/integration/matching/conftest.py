"""Matching's HTTP application on a real Postgres, with events that are heard as from Kafka and a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.matching.app import build_api, build_worker
from services.matching.settings import MatchingSettings
from shared.access.keys import SigningKey, new_signing_key
from shared.contracts.vocabulary import Role
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from tests.integration.matching.people import Person, Platform
from tests.support.platform import PlatformDatabase
from tests.support.served import emptied, trusting

WRONGLY_POSTED = """
WITH wanted AS (
    SELECT term, v.postal_code, v.volunteer_id, v.district, v.reach_km, v.age_reached, v.travel, v.experience, v.slots,
        v.asked_week, v.asked, v.languages, v.wishes, v.skills, v.qualifications, v.waiting_since, v.tellable,
        (4 * v.travel + least(v.experience, 3))::smallint
    FROM volunteers_to_post AS v CROSS JOIN LATERAL unnest(v.terms) AS given (term)
)
SELECT (SELECT count(*) FROM (SELECT * FROM wanted EXCEPT SELECT * FROM postings) AS missing)
    + (SELECT count(*) FROM (SELECT * FROM postings EXCEPT SELECT * FROM wanted) AS left_behind)
    + (SELECT count(*) FROM (SELECT * FROM offers_to_post EXCEPT SELECT * FROM offer_postings) AS missing)
    + (SELECT count(*) FROM (SELECT * FROM offer_postings EXCEPT SELECT * FROM offers_to_post) AS left_behind)
    + (SELECT count(*) FROM standings) - (SELECT count(*) FROM volunteers_to_post)
"""
"""Whatever a test did: what is posted is what would be posted anew."""


@pytest.fixture(scope="session")
def matching_database(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka("matching")


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return new_signing_key()


@pytest.fixture
def settings(matching_database: PlatformDatabase, key: SigningKey, tmp_path: Path) -> MatchingSettings:
    return trusting(matching_database, "matching", MatchingSettings, key, tmp_path)


@pytest.fixture
async def platform(
    matching_database: PlatformDatabase, settings: MatchingSettings, key: SigningKey
) -> AsyncIterator[Platform]:
    emptied(matching_database, "matching")
    clock = SettableClock()
    database = await Database.connect(settings, clock, "matching")
    transport = httpx.ASGITransport(build_api(settings, clock, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://matching.test") as client:
        platform = Platform(database, client, clock, settings, key, build_worker)
        await platform.places()
        yield platform
        assert await platform.value("SELECT count(*) FROM dead_letters") == 0
        assert await platform.value(WRONGLY_POSTED) == 0
    await database.close()


@pytest.fixture
async def organisation(platform: Platform) -> UUID:
    return await platform.organisation()


@pytest.fixture
async def coordinator(platform: Platform, organisation: UUID) -> Person:
    return await platform.member(Role.COORDINATOR, organisation)
