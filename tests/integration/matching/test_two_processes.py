"""Ten places, sixty-four volunteers at once, two processes, one of which is killed in between: exactly ten get one.

Whoever gets no answer asks again, with the same Idempotency-Key, as every client does, and at the other process.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from deploy.local.folders import REPOSITORY
from services.matching.settings import MatchingSettings
from tests.integration.matching.people import Person, Platform
from tests.support.platform import PlatformDatabase
from tests.support.servers.ports import free_port
from tests.support.servers.process import Server

PLACES, VOLUNTEERS = 10, 64
KILLED_AFTER = 16
"""So many answers have come when a process is killed: others are under way."""
OFTEN = {"placement-requests-by-volunteer": {"count": 100_000, "seconds": 3600}}


class Api(Server):
    """One api process of matching, as many of which may run on one database."""

    start_seconds = 120.0

    def __init__(self, environment: dict[str, str], folder: Path, port: int) -> None:
        super().__init__([sys.executable, "-m", "services.matching", "api"], folder, port)
        self.working_folder = REPOSITORY
        self.process_environment = environment
        self.url = f"http://127.0.0.1:{port}"

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@dataclass
class Round:
    """One burst of requests; the process of the number `killed` dies while they are under way."""

    offer_id: str
    killed: int | None
    answered: int = 0
    asked_again: int = 0
    is_the_time: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Crowd:
    """Volunteers, and a client for each of the two processes."""

    platform: Platform
    people: list[Person]
    apis: list[Api]
    clients: list[httpx.AsyncClient]

    async def ask_all_at_once(self, burst: Round) -> list[dict[str, Any]]:
        """Every volunteer asks, half of them in each process."""
        asked = [self._ask(number, person, burst) for number, person in enumerate(self.people)]
        answers, _ = await asyncio.gather(asyncio.gather(*asked), self._kill(burst))
        return list(answers)

    async def _ask(self, number: int, person: Person, burst: Round) -> dict[str, Any]:
        headers, client = person.headers | {"Idempotency-Key": str(uuid4())}, number % 2
        while True:
            try:
                answer = await self.clients[client].post(
                    "/placements", json={"offer_id": burst.offer_id}, headers=headers
                )
            except httpx.TransportError:
                assert burst.killed is not None
                client, burst.asked_again = 1 - burst.killed, burst.asked_again + 1
                continue
            assert answer.status_code == 201, answer.text
            burst.answered += 1
            if burst.answered >= KILLED_AFTER:
                burst.is_the_time.set()
            return dict(answer.json())

    async def _kill(self, burst: Round) -> None:
        await burst.is_the_time.wait()
        if burst.killed is not None:
            await asyncio.to_thread(self.apis[burst.killed].kill)

    async def revive(self, burst: Round) -> None:
        """The supervisor starts what was killed."""
        if burst.killed is not None:
            await asyncio.to_thread(self.apis[burst.killed].start)


@pytest.fixture
async def crowd(
    platform: Platform, matching_database: PlatformDatabase, settings: MatchingSettings, tmp_path: Path
) -> AsyncIterator[Crowd]:
    issuers = json.dumps([issuer.model_dump(mode="json") for issuer in settings.issuers])
    apis = []
    for number in range(2):
        port, folder = free_port(), tmp_path / f"api-{number}"
        folder.mkdir()
        told = matching_database.environment(
            "matching", TANDEM_HTTP_PORT=str(port), TANDEM_ISSUERS=issuers, TANDEM_RATE_LIMITS=json.dumps(OFTEN)
        )
        apis.append(Api(os.environ | told, folder, port))
    clients = [httpx.AsyncClient(base_url=api.url, timeout=120) for api in apis]
    try:
        await asyncio.gather(*(asyncio.to_thread(api.start) for api in apis))
        yield Crowd(platform, await platform.volunteers(VOLUNTEERS), apis, clients)
    finally:
        for api, client in zip(apis, clients, strict=True):
            await client.aclose()
            await asyncio.to_thread(api.kill)


async def _play(crowd: Crowd, coordinator: Person, organisation: UUID, rounds: int, kill_every: int) -> int:
    """So many rounds; how many requests got no answer and were sent again."""
    asked_again = 0
    for number in range(1, rounds + 1):
        offer = await crowd.platform.offer(coordinator, organisation, places=PLACES, weekly=[])
        burst = Round(offer["offer_id"], number // kill_every % 2 if number % kill_every == 0 else None)
        answers = await crowd.ask_all_at_once(burst)
        await _check(crowd, UUID(burst.offer_id), answers)
        await crowd.revive(burst)
        asked_again += burst.asked_again
    await crowd.platform.check_counts()
    return asked_again


async def _check(crowd: Crowd, offer_id: UUID, answers: list[dict[str, Any]]) -> None:
    statuses = [answer["status"] for answer in answers]
    assert (statuses.count("requested"), statuses.count("waitlisted")) == (PLACES, VOLUNTEERS - PLACES)
    async with crowd.platform.database.reading() as connection:
        rows = await connection.fetch(
            "SELECT placement_id, volunteer_id, status, queue_number FROM placements WHERE offer_id = $1"
            " ORDER BY queue_number",
            offer_id,
        )
    # Nobody twice, nobody forgotten: not even whoever had to ask again.
    assert {row["volunteer_id"] for row in rows} == {person.subject_id for person in crowd.people}
    assert [row["queue_number"] for row in rows] == list(range(1, VOLUNTEERS + 1))
    # Whoever got a place had asked before everybody who waits, and everybody was told their turn.
    assert [row["status"] for row in rows] == ["requested"] * PLACES + ["waitlisted"] * (VOLUNTEERS - PLACES)
    told = {UUID(each["placement_id"]): each["waiting_position"] for each in answers}
    assert [told[row["placement_id"]] for row in rows[PLACES:]] == list(range(1, VOLUNTEERS - PLACES + 1))


@pytest.mark.timeout(300)
async def test_exactly_ten_get_a_place_though_a_process_is_killed_in_between(
    crowd: Crowd, organisation: UUID, coordinator: Person
) -> None:
    assert await _play(crowd, coordinator, organisation, rounds=3, kill_every=2) > 0


@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_exactly_ten_get_a_place_in_two_hundred_rounds(
    crowd: Crowd, organisation: UUID, coordinator: Person
) -> None:
    assert await _play(crowd, coordinator, organisation, rounds=200, kill_every=5) > 0
