"""Places: loaded in steps that may be repeated, exact by import, estimated otherwise."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.registry.geonames import ATTRIBUTION
from services.registry.loading import load_bundled, load_district_list, load_file
from services.registry.models.places import BadLine
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
    assert imported.bad_lines == (
        BadLine(3, "columns"),
        BadLine(7, "postal-code"),
        BadLine(8, "district"),
        BadLine(9, "coordinates"),
        BadLine(10, "not-utf-8"),
    )
    assert (imported.places, imported.registered, imported.updated) == (3, 1, 2)
    assert (await load_file(empty, file)).unchanged == 3
    # What was imported is not undone by what is estimated; around Bremen its district is near now, once.
    bremen = (await load_bundled(empty)).updated
    assert 0 < bremen < 100
    assert (await load_bundled(empty)).updated == 0
    assert await _count(empty, "SELECT count(*) FROM outbox") == first.places + 3 + bremen

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
    assert (place["exact"], place["attribution"]) == (False, "")
    assert (place["latitude"], place["longitude"]) == (pytest.approx(52.6, abs=0.1), pytest.approx(10.1, abs=0.1))
    assert place["name"] == "Celle"
    assert (await registry.get("/places/26125")).json()["name"] is None
    unknown = await registry.get("/places/99999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "place-not-found")
    assert unknown.json()["detail_de"] == "Diese Postleitzahl gibt es nicht."
    assert (await registry.get("/places/2922")).status_code == 422


async def test_niedersachsen_has_its_45_districts(registry: Registry) -> None:
    districts = (await registry.get("/districts", land="03", limit="100")).json()["items"]
    assert len(districts) == len({district["ags"] for district in districts}) == 45
    assert sum(district["ags"][2] in "1" and int(district["ags"]) < 3104 for district in districts) == 3


async def test_districts_are_listed_by_land_and_name_in_pages_and_as_a_file(registry: Registry) -> None:
    first = (await registry.get("/districts", sort="name", limit="40")).json()
    rest = (await registry.get("/districts", sort="name", limit="40", cursor=first["next"])).json()
    names = [district["name"] for district in first["items"] + rest["items"]]
    assert (len(names), rest["next"]) == (45, None)
    assert (await registry.get("/districts", land="09")).json()["items"] == []
    assert [d["ags"] for d in (await registry.get("/districts", words="cell")).json()["items"]] == [CELLE]
    file = await registry.get("/districts", format="csv")
    assert file.text.splitlines()[0] == "\ufeffags;name;latitude;longitude;attribution"
    assert len(file.text.splitlines()) == 46


BAYERN = """ags,name,seat,latitude,longitude
09162,München,München,48.1372,11.5755
09184,Landkreis München,München,48.1372,11.5755
0918,Landkreis Ohne,Ohne,48.1,11.5
09175,Landkreis Ebersberg,Ebersberg,nan,11.97

09175,Landkreis Ebersberg,Ebersberg,48.0772,11.9706,too much
"""


async def test_the_districts_of_any_land_can_be_loaded(empty: Database, tmp_path: Path) -> None:
    await load_bundled(empty)
    assert await _districts(empty, "80331") == []
    file = tmp_path / "bayern.csv"
    file.write_text(BAYERN, encoding="utf-8-sig")
    loaded = await load_district_list(empty, file, "Demo")
    assert loaded.districts == 2
    assert loaded.bad_lines == (BadLine(4, "ags"), BadLine(5, "latitude"), BadLine(7, "columns"))
    assert await _districts(empty, "80331") == ["09162", "09184"]
    assert await _districts(empty, "29221") == [CELLE]
    again = await load_district_list(empty, file, "Demo")
    assert (again.districts, again.updated, again.registered) == (0, 0, 0)
    # The shipped list does not take away what the operator has loaded.
    assert (await load_bundled(empty)).districts == 0
    assert await _count(empty, "SELECT count(*) FROM districts WHERE attribution = 'Demo'") == 2


async def _districts(database: Database, postal_code: str) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.fetchval("SELECT districts FROM places WHERE postal_code = $1", postal_code))


async def test_whose_data_were_imported_is_told_where_they_are_shown(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "DE.txt"
    file.write_text(LINES.splitlines()[3].replace("26119", "26121") + "\n", encoding="utf-8")
    before = (await registry.get("/places/26121")).json()
    assert (before["exact"], before["attribution"]) == (False, "")
    lines: list[str] = []
    assert (await load_file(registry.database, file, lines.append)).updated == 1
    after = (await registry.get("/places/26121")).json()
    assert (after["exact"], after["attribution"]) == (True, ATTRIBUTION)
    assert "GeoNames" in ATTRIBUTION and "CC BY 4.0" in ATTRIBUTION
