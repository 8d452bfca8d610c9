"""Files that an endpoint reads as they arrive: of their own kinds, up to their own size, and not stalled for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request

from shared.http.app import create_app
from shared.http.middleware import Stream
from shared.http.settings import HttpSettings
from tests.unit.http.application import AcceptingTokens, chunks, client_of, settings

router = APIRouter()
LIMIT = 3_000_000


@router.post("/files")
async def receive(request: Request) -> dict[str, int]:
    sizes = [len(part) async for part in request.stream()]
    return {"bytes": sum(sizes), "largest": max(sizes)}


@router.put("/files")
async def replace(body: dict[str, int]) -> dict[str, int]:
    return body


def application(**http: Any) -> FastAPI:
    accepting: Any = AcceptingTokens()
    stream = Stream("/files", frozenset(("text/csv",)), LIMIT)
    return create_app("matching", settings(), [router], tokens=accepting, http=HttpSettings(**http), streams=[stream])


async def post(app: FastAPI, content: bytes | AsyncIterator[bytes], kind: str = "text/csv; charset=utf-8") -> Any:
    async with client_of(app) as client:
        return await client.post("/files", content=content, headers={"Content-Type": kind})


async def test_it_is_read_in_the_parts_in_which_it_arrives_beyond_the_size_of_other_bodies() -> None:
    answer = await post(application(), chunks(*[b"x" * 1000] * 2500))
    assert answer.json() == {"bytes": 2_500_000, "largest": 1000}


@pytest.mark.parametrize("declared", [True, False])
async def test_it_has_a_size_of_its_own(declared: bool) -> None:
    content = b"x" * (LIMIT + 1)
    answer = await post(application(), content if declared else chunks(content[:LIMIT], content[LIMIT:]))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_other_kinds_and_other_methods_are_read_as_ever() -> None:
    answer = await post(application(), b"{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-content-type")
    async with client_of(application()) as client:
        replaced = await client.put("/files", json={"a": 1})
        assert replaced.json() == {"a": 1}
        malformed = await client.put("/files", content=b"{", headers={"Content-Type": "application/json"})
        assert malformed.json()["code"] == "malformed-json"


async def test_one_that_stalls_is_given_up() -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    answer = await post(application(body_seconds_at_most=0.05), stalling())
    assert (answer.status_code, answer.json()["code"]) == (408, "body-too-slow")
