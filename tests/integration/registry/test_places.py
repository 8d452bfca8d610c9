"""Places: loaded in steps that may be repeated, exact by import, estimated otherwise."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.registry.commands import load_bundled, load_file
from shared.postgres.database import Database
from tests.integration.registry.platform import CELLE, Registry
from tests.support.platform import PlatformDatabase

LINES = (
    "DE\t29221\tCelle\tNiedersachsen\tNI\t\t00\tLandkreis Celle\t03351\t52.6\t10.08\t\n"
    "DE\t26119\tOldenburg\tNiedersachsen\tNI\t\t00\tOldenburg (Oldb)\t03403\t53.10\t8.20\t\n"
    "no place at all\n"
    "DE\t26119\tWardenburg\tNiedersachsen\tNI\t\t00\tLandkreis Oldenburg\t03458\t53.20\t8.40\t\n"
    "\n"
    "DE\t28195\tBremen\tBremen\tHB\t\t00\tBremen, Stadt\t04011\t53.07\t8.80\t\n"
    "DE\t2922\tCelle\tNiedersachsen\tNI\t\t00\tLandkreis Celle\t03351\t52.6\t10.08\t\n"
    "DE\t87491\tNirgends\tBayern\tBY\t\t00\t\t\t47.7\t10.3\t\n"
    "DE\t29221\tCelle\tNiedersachsen\tNI\t\t00\tLandkreis Celle\t03351\tnan\t10.08\t\n"
)


@pytest.fixture(scope="module")
async def empty(database_without_kafka: Callable[..., PlatformDatabase]) -> AsyncIterator[Database]:
    database = await database_without_kafka("registry").open("registry")
    yield database
    await database.close()


async def test_loading_announces_what_is_new_or_changed_and_nothing_else(empty: Database, tmp_path: Path) -> None:
    first = await load_bundled(empty)
    assert first.places == first.registered > 8000
    assert (first.updated, first.unchanged) == (0, 0)
    again = await load_bundled(empty)
    assert (again.registered, again.updated, again.unchanged) == (0, 0, first.places)
    assert await _count(empty, "SELECT count(*) FROM outbox") == first.places

    file = tmp_path / "DE.txt"
    file.write_bytes(LINES.encode() + b"DE\t29223\t\xff\tbroken\n")
    imported = await load_file(empty, file)
    assert imported.bad_lines == (3, 7, 8, 9, 10)
    assert (imported.places, imported.registered, imported.updated) == (3, 1, 2)
    assert (await load_file(empty, file)).unchanged == 3
    # What was imported is not undone by what is estimated.
    assert (await load_bundled(empty)).updated == 0
    assert await _count(empty, "SELECT count(*) FROM outbox") == first.places + 3

    async with empty.reading() as connection:
        row = await connection.fetchrow("SELECT * FROM places WHERE postal_code = '26119'")
        assert row is not None
        assert (row["districts"], row["exact"], row["version"]) == (["03403", "03458"], True, 1)
        assert row["latitude"] == pytest.approx(53.15)
        assert await connection.fetchval("SELECT name FROM districts WHERE ags = '04011'") == "Bremen, Stadt"
        assert await connection.fetchval("SELECT name FROM districts WHERE ags = '03403'") == "Oldenburg (Oldb)"
        assert await connection.fetchval("SELECT districts FROM places WHERE postal_code = '28195'") == ["04011"]


async def _count(database: Database, sql: str) -> int:
    async with database.reading() as connection:
        return int(await connection.fetchval(sql))


async def test_anybody_may_look_up_a_place(registry: Registry) -> None:
    place = (await registry.get("/places/29221")).json()
    assert place["districts"] == [{"ags": CELLE, "name": "Landkreis Celle"}]
    assert place["exact"] is False
    assert (place["latitude"], place["longitude"]) == (pytest.approx(52.6, abs=0.1), pytest.approx(10.1, abs=0.1))
    assert (await registry.get("/places/99999")).status_code == 404
    assert (await registry.get("/places/2922")).status_code == 422


async def test_niedersachsen_has_its_45_districts(registry: Registry) -> None:
    districts = (await registry.get("/districts")).json()
    assert len(districts) == len({district["ags"] for district in districts}) == 45
    assert sum(district["ags"][2] in "1" and int(district["ags"]) < 3104 for district in districts) == 3
