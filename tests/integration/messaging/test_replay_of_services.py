"""Every read model of every service can be built anew, and views, triggers and keys hang on its table still."""

import importlib
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from shared.messaging.projection import Projection
from shared.messaging.replay import Replay
from shared.runtime.clock import Clock
from tests.support.platform import PlatformDatabase

SERVICES = ("registry", "matching", "training", "notifications")
READ_MODELS: list[tuple[str, Projection]] = [
    (service, projection)
    for service in SERVICES
    for projection in importlib.import_module(f"services.{service}.subscribers").projections()
]
HANGING_ON_TABLES = (
    "SELECT viewname, definition FROM pg_views WHERE schemaname = $1 ORDER BY 1",
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(t.oid) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid "
    "WHERE NOT tgisinternal AND c.relnamespace = $1::regnamespace ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = $1::regnamespace ORDER BY 1, 2",
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY 1, 2",
    "SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges "
    "WHERE table_schema = $1 ORDER BY 1, 2, 3",
)


@pytest.fixture(scope="module")
def database(platform_database: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    """All four services."""
    return platform_database(*SERVICES)


async def hanging(database: PlatformDatabase, service: str) -> list[list[Any]]:
    """Everything in a schema that belongs to a table and is not its rows."""
    connection = await asyncpg.connect(database.admin_dsn, server_settings={"search_path": service})
    try:
        return [[tuple(row) for row in await connection.fetch(query, service)] for query in HANGING_ON_TABLES]
    finally:
        await connection.close()


@pytest.mark.parametrize(("service", "projection"), READ_MODELS, ids=[f"{s}-{p.name}" for s, p in READ_MODELS])
async def test_a_read_model_is_built_anew(database: PlatformDatabase, service: str, projection: Projection) -> None:
    before = await hanging(database, service)
    await Replay(service, projection, database.settings(service), Clock()).run()
    assert await hanging(database, service) == before
