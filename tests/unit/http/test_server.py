"""The same over a real socket: uvicorn as our processes run it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from shared.http.server import http_server
from shared.http.settings import BODY_BYTES_AT_MOST, HttpSettings
from tests.unit.http.application import application, chunks, settings
from tests.unit.http.test_problems import problem


async def _started(server: uvicorn.Server) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    server = http_server(application(HttpSettings(body_seconds_at_most=0.3)), settings(http_port=0))
    server.config.lifespan = "off"
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
                await asyncio.sleep(0)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address) as connected:
        yield connected


async def test_two_mebibytes_are_refused_and_the_next_request_works(client: httpx.AsyncClient) -> None:
    kind = {"Content-Type": "application/json"}
    body = b'"' + b"x" * 2 * BODY_BYTES_AT_MOST + b'"'
    answer = await client.post("/offers/drafts", content=body, headers=kind)
    problem(answer, 413, "body-too-large")
    answer = await client.post("/offers/drafts", content=chunks(*[body[:100_000]] * 20), headers=kind)
    problem(answer, 413, "body-too-large")
    answer = await client.post("/offers/drafts", json={"title": "x"})
    assert answer.status_code == 200


async def test_a_client_that_stops_sending_is_let_go(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /offers/drafts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_the_server_does_not_believe_forwarded_addresses_by_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/offers/client", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.json() == {"client": "127.0.0.1"}


async def test_no_header_tells_the_software(client: httpx.AsyncClient) -> None:
    assert "server" not in (await client.get("/health/live")).headers


def test_uvicorn_leaves_logs_and_forwarded_headers_to_us() -> None:
    config = http_server(application(), settings()).config
    assert (config.access_log, config.log_config, config.proxy_headers) == (False, None, False)
