"""A mailed link works once, whatever happens on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Response

from shared.access.callers import Caller
from shared.access.links import burn
from shared.access.pruning import prune_burned_links
from shared.http.commands import AnonymousCommand
from shared.http.models import RequestModel
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from tests.integration.access.conftest import SCHEMA, Connect
from tests.integration.access.issuing import Issuers

Count = Callable[[str], Awaitable[int]]


class Redeem(RequestModel):
    link: str


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/sessions")
    async def redeem(body: Redeem, command: AnonymousCommand) -> Response:
        links = command.state.links
        assert links is not None
        link = await links.verify(body.link, "confirm")

        async def sign_in(tx: Transaction, caller: Caller) -> dict[str, UUID]:
            await burn(tx, link, command.idempotency_key)
            return {"subject_id": link.subject_id}

        return await command.run(sign_in, secret=True, again=sign_in)

    return router


@pytest.fixture
async def client(connect: Connect) -> httpx.AsyncClient:
    return await connect(routes())


async def post(client: httpx.AsyncClient, link: str, key: str) -> tuple[int, str]:
    answer = await client.post("/sessions", json={"link": link}, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json().get("code", "")


async def test_the_first_use_wins(client: httpx.AsyncClient, issuers: Issuers) -> None:
    link = issuers.link(SCHEMA, uuid4())
    assert await post(client, link, "key-of-anna") == (200, "")
    assert await post(client, link, "key-of-somebody-else") == (409, "link-used")
    assert await post(client, issuers.link(SCHEMA, uuid4()), "key-of-anna-2") == (200, "")


async def test_of_many_at_once_one_gets_in(client: httpx.AsyncClient, issuers: Issuers, count: Count) -> None:
    link = issuers.link(SCHEMA, uuid4())
    answers = await asyncio.gather(*(post(client, link, f"key-number-{number}") for number in range(12)))
    assert sorted(answers) == [(200, "")] + [(409, "link-used")] * 11
    assert await count("burned_links") == 1


async def test_the_retry_of_a_lost_answer_gets_in_for_ten_minutes(
    client: httpx.AsyncClient, issuers: Issuers, clock: SettableClock
) -> None:
    link = issuers.link(SCHEMA, uuid4())
    assert await post(client, link, "key-of-anna") == (200, "")
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert await post(client, link, "key-of-anna") == (200, "")
    clock.advance(timedelta(seconds=1))
    assert await post(client, link, "key-of-anna") == (409, "link-used")


async def test_a_link_that_was_refused_is_not_burned(
    client: httpx.AsyncClient, issuers: Issuers, clock: SettableClock, count: Count
) -> None:
    link = issuers.link(SCHEMA, uuid4())
    assert await post(client, link + "x", "key-of-anna") == (422, "link-invalid")
    assert await post(client, issuers.link(SCHEMA, uuid4(), "sign-in"), "key-of-anna") == (422, "link-invalid")
    clock.advance(timedelta(hours=2))
    assert await post(client, link, "key-of-anna") == (422, "link-expired")
    assert await count("burned_links") == 0


async def test_burned_without_a_key_it_stays_burned(database: Database, issuers: Issuers) -> None:
    link = await issuers.link_verifier(SCHEMA).verify(issuers.link(SCHEMA, uuid4()), "confirm")
    async with database.transaction() as tx:
        await burn(tx, link, None)
    for key in (None, "key-of-anna"):
        with pytest.raises(Exception, match="link-used"):
            async with database.transaction() as tx:
                await burn(tx, link, key)


async def test_burned_links_are_remembered_until_they_have_expired(
    client: httpx.AsyncClient, database: Database, issuers: Issuers, clock: SettableClock, count: Count
) -> None:
    await post(client, issuers.link(SCHEMA, uuid4()), "key-of-anna")
    clock.advance(timedelta(hours=1))
    async with database.transaction() as tx:
        assert await prune_burned_links(tx) == 0
    clock.advance(timedelta(minutes=2))
    async with database.transaction() as tx:
        assert await prune_burned_links(tx) == 1
    assert await count("burned_links") == 0
