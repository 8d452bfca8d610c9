"""Every named query of access and HTTP fits the tables of the platform."""

from typing import Any

import pytest

from shared.access import callers
from shared.http import idempotency
from shared.postgres.database import Database

QUERIES: dict[str, Any] = {
    f"{module.__name__}.{name}": getattr(module.queries, name)
    for module in (callers, idempotency)
    for name in module.queries.available_queries
    if not name.endswith("_cursor")
}


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_a_query_can_be_prepared(database: Database, name: str) -> None:
    async with database.reading() as connection:
        await connection.prepare(QUERIES[name].sql)
    assert QUERIES[name].__doc__
