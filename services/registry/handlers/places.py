"""Places: looking one up, and loading them in steps that may be repeated."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from services.registry.models.places import District, PlaceAnswer, PlaceFacts
from services.registry.rules.places import chosen_district, place_not_found, postal_code_unknown
from services.registry.store import places as store
from shared.contracts.registry import PlaceRegistered
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal


async def districts(connection: Any, asked: Asked, land: str | None, words: str | None) -> list[District]:
    """A stretch of the districts."""
    return await store.districts(connection, asked, land, words)


async def every_district(connection: Any) -> list[District]:
    """All of them, in the order of the keys."""
    return await store.all_districts(connection)


async def place(connection: Any, postal_code: str) -> PlaceAnswer:
    """A place with its districts, the likeliest first."""
    found = await store.place(connection, postal_code)
    if found is None:
        raise place_not_found()
    return found


async def district_of(connection: Any, postal_code: str, chosen: str | None) -> str:
    """The district of a person who lives at a postal code (`postal-code-unknown`, `district-needed` …)."""
    found = await store.place(connection, postal_code)
    if found is None:
        raise postal_code_unknown()
    return chosen_district(found.districts, chosen)


NAMED_AT_MOST = 5


def check_known(districts: Iterable[str], unknown: Collection[str]) -> None:
    """Refuse those that are among the unknown ones (`district-unknown`)."""
    found = sorted(set(districts).intersection(unknown))
    if found:
        raise Refusal(
            Reason.INVALID,
            "district-unknown",
            de=f"Das ist hier kein Landkreis: {', '.join(found[:NAMED_AT_MOST])}. GET /districts nennt alle.",
            en=f"That is no district here: {', '.join(found[:NAMED_AT_MOST])}. GET /districts names all.",
            districts=found,
        )


async def load_districts(tx: Transaction, districts: Sequence[District], *, only_missing: bool) -> int:
    """Write districts, or only those that are not there; how many are new or changed."""
    return await (store.add_missing_districts if only_missing else store.save_districts)(tx.connection, districts)


async def load_places(tx: Transaction, places: Sequence[PlaceFacts]) -> tuple[int, int]:
    """Write places and announce those that are new or changed; how many of each."""
    events = await store.save_places(tx.connection, places)
    for event in events:
        tx.publish(event)
    registered = sum(isinstance(event, PlaceRegistered) for event in events)
    return registered, len(events) - registered
