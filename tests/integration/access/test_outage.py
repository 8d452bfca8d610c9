"""A database that is away makes a 503, never a wrong answer, and nothing has to be restarted afterwards."""

import asyncio
from pathlib import Path

import httpx
from fastapi import APIRouter, Response
from pydantic import SecretStr

from shared.http.app import create_app
from shared.http.commands import AnonymousQuery
from shared.http.settings import HttpSettings
from shared.runtime.settings import Mode, Settings
from tests.support.servers import start_postgres

router = APIRouter()


@router.get("/answer")
async def answer(query: AnonymousQuery) -> Response:
    return await query.run(lambda connection, caller: connection.fetchval("SELECT 42"))


async def test_a_process_outlives_its_database(tmp_path: Path) -> None:
    server = await asyncio.to_thread(start_postgres, tmp_path)
    settings = Settings.model_construct(mode=Mode.TEST, postgres_dsn=SecretStr(server.admin_dsn), issuers=())
    app = create_app("booking", settings, [router], http=HttpSettings())
    transport = httpx.ASGITransport(app)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://booking") as client,
        ):
            assert (await client.get("/answer")).json() == 42
            assert (await client.get("/health/ready")).status_code == 200
            await asyncio.to_thread(server.kill)
            away = await client.get("/answer")
            assert (away.status_code, away.json()["code"]) == (503, "temporarily-unavailable")
            assert away.headers["retry-after"] == "1"
            assert (await client.get("/health/ready")).json()["checks"] == {"database": "database-away"}
            assert (await client.get("/health/live")).status_code == 200
            await asyncio.to_thread(server.restart)
            async with asyncio.timeout(20):
                while (await client.get("/health/ready")).status_code != 200:
                    continue
            assert (await client.get("/answer")).json() == 42
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_process_starts_before_its_database(tmp_path: Path) -> None:
    settings = Settings.model_construct(
        mode=Mode.TEST, postgres_dsn=SecretStr("postgresql://x@127.0.0.1:1/x"), issuers=()
    )
    app = create_app("booking", settings, [router], http=HttpSettings(), connect_seconds=0.05)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://booking") as client,
    ):
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/answer")).status_code == 503
