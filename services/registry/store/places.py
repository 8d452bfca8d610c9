"""Districts and places in the database."""

from collections.abc import Sequence
from typing import Any

from services.registry.models.places import District, NamedDistrict, PlaceAnswer, PlaceFacts
from shared.contracts.registry import PlaceRegistered, PlaceUpdated
from shared.postgres.lists import Asked, ListQuery, search_words
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "places.sql")


LIST = ListQuery(__file__, "places.sql", "districts_listed", sorts={"ags": None, "name": "d.sort_name"}, key="d.ags")


def _columns(districts: Sequence[District]) -> dict[str, list[Any]]:
    return {
        "ags": [d.ags for d in districts],
        "names": [d.name for d in districts],
        "seats": [d.seat for d in districts],
        "latitudes": [d.latitude for d in districts],
        "longitudes": [d.longitude for d in districts],
        "attributions": [d.attribution for d in districts],
    }


async def save_districts(connection: Any, districts: Sequence[District]) -> int:
    """Write districts as they are given; how many are new or changed."""
    return int(await queries.upsert_districts(connection, **_columns(districts)))


async def add_missing_districts(connection: Any, districts: Sequence[District]) -> int:
    """Write those districts that are not there; how many."""
    return int(await queries.add_missing_districts(connection, **_columns(districts)))


async def all_districts(connection: Any) -> list[District]:
    """Every district, in the order of the keys."""
    return [District(**row) for row in await queries.all_districts(connection)]


async def districts(connection: Any, asked: Asked, land: str | None, words: str | None) -> list[District]:
    """A stretch of the districts, of one Land (the first two digits of the key) or all."""
    rows = await LIST.fetch(connection, asked, land=land, words=None if words is None else search_words(words))
    return [District(**row) for row in rows]


async def unknown_districts(connection: Any, ags: Sequence[str]) -> list[str]:
    """Which of these keys are no districts."""
    known = set(await queries.known_districts(connection, ags=list(ags)))
    return sorted(set(ags) - known)


async def place(connection: Any, postal_code: str) -> PlaceAnswer | None:
    """A place with its districts, the likeliest first."""
    row = await queries.place_by_postal_code(connection, postal_code=postal_code)
    if row is None:
        return None
    return PlaceAnswer(
        postal_code=row["postal_code"],
        name=row["name"] or None,
        latitude=row["latitude"],
        longitude=row["longitude"],
        districts=[NamedDistrict(**district) for district in row["districts"]],
        exact=row["exact"],
        attribution=row["attribution"],
    )


async def save_places(connection: Any, places: Sequence[PlaceFacts]) -> list[PlaceRegistered | PlaceUpdated]:
    """Write places; the events of those that are new or changed."""
    rows = await queries.upsert_places(
        connection,
        postal_codes=[p.postal_code for p in places],
        names=[p.name for p in places],
        latitudes=[p.latitude for p in places],
        longitudes=[p.longitude for p in places],
        districts=[",".join(p.districts) for p in places],
        exact=[p.exact for p in places],
        attributions=[p.attribution for p in places],
    )
    return [(PlaceRegistered if row["version"] == 1 else PlaceUpdated)(**row) for row in rows]
