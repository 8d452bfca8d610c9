"""A real Postgres with the tables of the platform, and an application that books places on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from shared.http.app import create_app
from shared.http.settings import HttpSettings
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Mode, Settings
from tests.integration.access.issuing import Issuers
from tests.support.servers import PostgresServer, start_postgres

SCHEMA = "booking"
PLATFORM = Path(__file__).resolve().parents[3] / "shared" / "postgres" / "platform"
BOOKINGS = "CREATE TABLE bookings (booking_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person text NOT NULL)"
ORGANISATIONS = "CREATE TABLE organisations (organisation_id uuid PRIMARY KEY, version bigint, status text NOT NULL)"
"""The read model that every service keeps: in an organisation that is not verified a role gives nothing."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = start_postgres(tmp_path_factory.mktemp("access"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def schema(postgres: PostgresServer) -> PostgresServer:
    connection = await asyncpg.connect(postgres.admin_dsn)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}")
    for file in sorted(PLATFORM.glob("*.sql")):
        await connection.execute(file.read_text())
    await connection.execute(BOOKINGS)
    await connection.execute(ORGANISATIONS)
    await connection.close()
    return postgres


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def database(schema: PostgresServer, clock: SettableClock) -> AsyncIterator[Database]:
    settings = Settings.model_construct(
        mode=Mode.TEST, postgres_dsn=SecretStr(schema.admin_dsn), postgres_pool_size=10, issuers=()
    )
    opened = await Database.connect(settings, clock, SCHEMA)
    yield opened
    await opened.pool.execute(
        "TRUNCATE bookings, organisations, idempotency_keys, rate_limits, rate_limit_salts, burned_links, members,"
        " erased_subjects, outbox"
    )
    await opened.close()


@pytest.fixture
def issuers(tmp_path: Path, clock: SettableClock) -> Issuers:
    return Issuers(tmp_path, clock)


Connect = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def connect(database: Database, clock: SettableClock, issuers: Issuers) -> AsyncIterator[Connect]:
    """A client of an application with the given routes."""
    clients: list[httpx.AsyncClient] = []

    async def client_of(router: APIRouter, http: HttpSettings | None = None) -> httpx.AsyncClient:
        app: FastAPI = create_app(
            SCHEMA,
            Settings.model_construct(mode=Mode.TEST, issuers=(), link_jwks=None),
            [router],
            clock=clock,
            database=database,
            tokens=issuers.verifier(),
            links=issuers.link_verifier(SCHEMA),
            http=http or HttpSettings(),
        )
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://booking")
        clients.append(client)
        return client

    yield client_of
    await asyncio.gather(*(client.aclose() for client in clients))


@pytest.fixture
def count(database: Database) -> Callable[[str], Awaitable[int]]:
    async def rows(table: str) -> int:
        found: Any = await database.pool.fetchval(f"SELECT count(*) FROM {table}")
        return int(found)

    return rows
