"""Every named query fits the migrated schema."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import asyncpg

from services.matching import store
from tests.support.platform import PlatformDatabase

MODULES = [
    module
    for found in iter_modules(store.__path__)
    if "queries" in vars(module := import_module(f"{store.__name__}.{found.name}"))
]


def named(module: ModuleType) -> list[tuple[str, str]]:
    queries: Any = module.__dict__["queries"]
    return [(name, getattr(queries, name).sql) for name in queries.available_queries if not name.endswith("_cursor")]


QUERIES = {name: sql for module in MODULES for name, sql in named(module)}


async def test_every_named_query_can_be_prepared(matching_database: PlatformDatabase) -> None:
    assert len(QUERIES) > 100
    database = await matching_database.open("matching")
    failed: dict[str, str] = {}
    async with database.reading() as connection:
        for name, sql in QUERIES.items():
            try:
                await connection.prepare(sql)
            except asyncpg.PostgresError as error:
                failed[name] = str(error)
    await database.close()
    assert not failed
