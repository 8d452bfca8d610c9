"""Every list of every service, in every order, with every filter, from its beginning and after a cursor."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import asyncpg
import pytest

from deploy.local.folders import REPOSITORY
from shared.contracts.topics import SERVICES
from shared.postgres.lists import Asked, ListQuery, search_words
from tests.support.platform import PlatformDatabase

for _service in SERVICES:
    # What an application imports depends on the process: here it is everything that reads a database.
    _store = import_module(f"services.{_service}.store")
    for _module in iter_modules(getattr(_store, "__path__", ())):
        import_module(f"{_store.__name__}.{_module.name}")


def statements(listed: ListQuery) -> Iterator[str]:
    """Each statement that the list can become, once."""
    seen: set[str] = set()
    for asked, given in listed.shapes():
        told = {name: None if name in listed.optional and name not in given else 0 for name in listed.parameters}
        key = [by for by in (listed.sorts[asked.sort], listed.key) if by is not None]
        for stretch in (asked, replace(asked, after=(0,) * len(key)), Asked(asked.sort, 1, asked.descending, skip=9)):
            statement, _ = listed.statement(stretch, told)
            if statement not in seen:
                seen.add(statement)
                yield statement


@pytest.fixture(scope="module")
def databases(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka(*SERVICES)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_list_can_be_read_in_every_way(databases: PlatformDatabase, service: str) -> None:
    lists = [each for each in ListQuery.every if each.path.is_relative_to(REPOSITORY / "services" / service)]
    connection = await asyncpg.connect(databases.runtime_dsn(service), server_settings={"search_path": service})
    failed: list[str] = []
    try:
        for listed in lists:
            for statement in statements(listed):
                try:
                    await connection.prepare(statement)
                except asyncpg.PostgresError as error:
                    failed.append(f"{listed.name}: {error}\n{statement}")
    finally:
        await connection.close()
    assert not failed, "\n\n".join(failed)
    assert lists


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("Celle", "'Celle':*"),
        ("  zwei  Worte ", "'zwei':* & 'Worte':*"),
        ("o'neill & co | :* ! ()", "'o':* & 'neill':* & 'co':*"),
        ("Ärzte_haus", "'Ärzte':* & 'haus':*"),
        ("'; --", ""),
    ],
)
def test_what_is_typed_into_a_search_box_is_words_only(typed: str, sought: str) -> None:
    assert search_words(typed) == sought
