"""The promise: N places, any number of simultaneous requests: exactly N requested, everybody else waits in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.matching.app import build_api
from services.matching.settings import MatchingSettings
from shared.postgres.database import Database
from tests.integration.matching.people import Person, Platform

PLACES, REQUESTS = 10, 64


@pytest.fixture
async def two_apis(platform: Platform, settings: MatchingSettings) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two applications with a pool of their own each, as two processes have them."""
    clients, databases = [], []
    for _ in range(2):
        database = await Database.connect(
            settings.model_copy(update={"postgres_pool_size": 16}), platform.clock, "matching"
        )
        transport = httpx.ASGITransport(build_api(settings, platform.clock, database))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://matching.test"))
        databases.append(database)
    yield clients
    for client, database in zip(clients, databases, strict=True):
        await client.aclose()
        await database.close()


Post = Callable[[int, str, Person, dict[str, Any] | None, int | None], Any]


@pytest.fixture
def post(two_apis: list[httpx.AsyncClient]) -> Post:
    """`post(number, path, person, body, version)`, alternating between the two."""

    async def send(number: int, path: str, person: Person, body: dict[str, Any] | None, version: int | None) -> Any:
        headers = person.headers | {"Idempotency-Key": f"{number:08}-{person.subject_id}-{path[-12:]}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await two_apis[number % 2].post(path, json=body, headers=headers)

    return send


async def test_the_last_places_go_to_exactly_as_many_and_the_rest_wait_in_order(
    platform: Platform, organisation: UUID, coordinator: Person, post: Post
) -> None:
    offer = await platform.offer(coordinator, organisation, places=PLACES)
    people = await platform.volunteers(REQUESTS)
    body = {"offer_id": offer["offer_id"]}
    answers = await asyncio.gather(
        *(post(number, "/placements", person, body, None) for number, person in enumerate(people))
    )
    assert {answer.status_code for answer in answers} == {201}
    placements = [answer.json() for answer in answers]
    statuses = [placement["status"] for placement in placements]
    assert (statuses.count("requested"), statuses.count("waitlisted")) == (PLACES, REQUESTS - PLACES)
    positions = sorted(each["waiting_position"] for each in placements if each["status"] == "waitlisted")
    assert positions == list(range(1, REQUESTS - PLACES + 1))
    now = await platform.read_offer(offer)
    assert (now["places_free"], now["waiting"]) == (0, REQUESTS - PLACES)
    async with platform.database.reading() as connection:
        rows = await connection.fetch("SELECT status, queue_number FROM placements ORDER BY queue_number")
    assert [row["queue_number"] for row in rows] == list(range(1, REQUESTS + 1))
    assert [row["status"] for row in rows] == ["requested"] * PLACES + ["waitlisted"] * (REQUESTS - PLACES)
    announced = [each.type for each in await platform.announced(topic="matching.placements")]
    assert announced.count("placement-requested") == PLACES
    assert announced.count("placement-waitlisted") == REQUESTS - PLACES


async def test_places_that_come_free_while_others_ask_are_neither_lost_nor_given_twice(
    platform: Platform, organisation: UUID, coordinator: Person, post: Post
) -> None:
    offer = await platform.offer(coordinator, organisation, places=5)
    first = await platform.volunteers(12)
    held = [await platform.request(person, offer) for person in first]
    late = await platform.volunteers(20)
    withdrawals = [
        post(number, f"/placements/{placement['placement_id']}/withdrawal", person, None, placement["version"])
        for number, (person, placement) in enumerate(zip(first[:5], held[:5], strict=True))
    ]
    requests = [
        post(number, "/placements", person, {"offer_id": offer["offer_id"]}, None) for number, person in enumerate(late)
    ]
    answers = await asyncio.gather(*withdrawals, *requests)
    assert {answer.status_code for answer in answers} == {200, 201}
    async with platform.database.reading() as connection:
        rows = await connection.fetch(
            "SELECT status, queue_number FROM placements WHERE status <> 'withdrawn' ORDER BY queue_number"
        )
        counts = await connection.fetchrow("SELECT places_taken, waiting FROM offers")
    assert [row["status"] for row in rows] == ["offered"] * 5 + ["waitlisted"] * 22
    assert counts is not None and tuple(counts) == (5, 22)


async def test_one_person_asking_many_times_at_once_gets_one_placement(
    platform: Platform, organisation: UUID, coordinator: Person, post: Post
) -> None:
    offer = await platform.offer(coordinator, organisation, places=5)
    person = await platform.volunteer()
    answers = await asyncio.gather(
        *(post(number, "/placements", person, {"offer_id": offer["offer_id"]}, None) for number in range(16))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
    assert await platform.value("SELECT places_taken FROM offers") == 1


async def test_simultaneous_confirmations_never_overlap(
    platform: Platform, organisation: UUID, coordinator: Person, post: Post
) -> None:
    person = await platform.volunteer()
    placements = [await platform.request(person, await platform.offer(coordinator, organisation)) for _ in range(6)]
    answers = await asyncio.gather(
        *(
            post(number, f"/placements/{placement['placement_id']}/confirmation", coordinator, None, 1)
            for number, placement in enumerate(placements)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert await platform.value("SELECT count(*) FROM placements WHERE status = 'confirmed'") == 1
