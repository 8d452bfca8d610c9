"""A filled matching: a database with a generated Land in it, and the settings of a process over it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import asyncpg

from services.matching.settings import MatchingSettings
from shared.postgres.database import prepare_connection
from tests.benchmarks.matching.generator import fill
from tests.benchmarks.matching.population import Population
from tests.support.platform import PlatformDatabase, make_database
from tests.support.servers import PostgresServer


@dataclass(frozen=True)
class Land:
    """A filled matching."""

    database: PlatformDatabase
    population: Population
    seconds: float

    @property
    def settings(self) -> MatchingSettings:
        return self.database.settings("matching", MatchingSettings)

    @asynccontextmanager
    async def reading(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        """A connection as matching itself has it."""
        connection = await asyncpg.connect(
            self.database.runtime_dsn("matching"), server_settings={"search_path": "matching"}
        )
        await prepare_connection(connection)
        try:
            yield cast("asyncpg.Connection[Any]", connection)
        finally:
            await connection.close()


def filled(server: PostgresServer, population: Population) -> Land:
    """A new database with a population in it."""
    database = make_database(server, {"matching": None})
    return Land(database, population, fill(database.admin_dsn, population))
