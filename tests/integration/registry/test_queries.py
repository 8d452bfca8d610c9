"""Every named query fits the migrated schema."""

from services.registry.store import queries
from tests.integration.registry.platform import Registry


async def test_every_query_can_be_prepared(registry: Registry) -> None:
    names = [name for name in queries.available_queries if not name.endswith("_cursor")]
    assert len(names) > 60
    async with registry.database.reading() as connection:
        for name in names:
            await connection.prepare(getattr(queries, name).sql)
