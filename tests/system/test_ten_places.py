"""Ten places, sixty-four volunteers at the same moment, two processes: exactly ten get one, the others wait in order.

The volunteers are announced as the registry would announce them, straight into the log, and get tokens as the registry
would sign them; so preparing them takes no mails. Everything after that goes through the two apis of matching.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from deploy.local.environment import AUDIENCE, REGISTRY_ISSUER
from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from shared.access.keys import load_signing_key
from shared.access.tokens import mint_access_token
from shared.runtime.ids import new_id
from shared.runtime.settings import Mode
from tests.support import events
from tests.support.event_log import event_log
from tests.support.waiting import eventually
from tests.system.people import staffed_organisation
from tests.system.platform import RunningPlatform

PLACES = 10
VOLUNTEERS = 64
ROUNDS = 10


@dataclass
class Crowd:
    """Volunteers with their tokens, an organisation, and a client for each of matching's two processes."""

    platform: RunningPlatform
    organisation_id: str
    coordinator_token: str
    tokens: dict[UUID, str]
    clients: tuple[httpx.AsyncClient, ...]

    async def publish_offer(self) -> str:
        """A fresh offer with ten places."""
        answer = await self.clients[0].post(
            "/offers",
            json={
                "organisation_id": self.organisation_id,
                "title": "Zehn Plätze (Demo)",
                "topic": "homework",
                "district": DISTRICT,
                "postal_code": POSTAL_CODE,
                "places": PLACES,
            },
            headers=_headers(self.coordinator_token),
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["offer_id"])

    async def ask_all_at_once(self, offer_id: str) -> list[dict[str, Any]]:
        """Every volunteer asks, half of them in each process."""
        asked = [
            self.clients[number % 2].post("/placements", json={"offer_id": offer_id}, headers=_headers(token))
            for number, token in enumerate(self.tokens.values())
        ]
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [201] * VOLUNTEERS, [a.text for a in answers][:3]
        return [answer.json() for answer in answers]


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}


@pytest.fixture
async def crowd(platform: RunningPlatform) -> AsyncIterator[Crowd]:
    """Sixty-four volunteers whom matching knows."""
    staff = await asyncio.to_thread(staffed_organisation, platform)
    volunteers = [events.volunteer(new_id(), postal_code=POSTAL_CODE, district=DISTRICT) for _ in range(VOLUNTEERS)]
    async with event_log(platform.kafka) as log:
        await log.publish(*volunteers)
    ids = [volunteer.volunteer_id for volunteer in volunteers]
    known = "SELECT count(*) AS known FROM matching.volunteers WHERE volunteer_id = ANY(%s)"
    await eventually(lambda: platform.rows(known, ids)[0]["known"] == VOLUNTEERS)
    apis = platform.of("matching", "api")
    assert len(apis) == 2
    clients = tuple(httpx.AsyncClient(base_url=api.url, timeout=30) for api in apis)
    yield Crowd(
        platform,
        staff.organisation_id,
        str(staff.people.coordinator.token),
        {volunteer_id: _token(platform, volunteer_id) for volunteer_id in ids},
        clients,
    )
    for client in clients:
        await client.aclose()


def _token(platform: RunningPlatform, volunteer_id: UUID) -> str:
    key = load_signing_key(platform.credentials.signing_key("registry"), Mode.TEST)
    return mint_access_token(
        key,
        issuer=REGISTRY_ISSUER,
        audience=AUDIENCE,
        subject_id=volunteer_id,
        now=datetime.now(UTC),
        lifetime=timedelta(minutes=30),
    )


async def _play(crowd: Crowd, rounds: int) -> None:
    for _ in range(rounds):
        offer_id = await crowd.publish_offer()
        answers = await crowd.ask_all_at_once(offer_id)
        assert sorted({answer["status"] for answer in answers}) == ["requested", "waitlisted"]
        assert sum(answer["status"] == "requested" for answer in answers) == PLACES
        waiting = crowd.platform.rows(
            "SELECT placement_id::text AS id, status, rank() OVER (PARTITION BY status ORDER BY queue_number) AS turn,"
            " queue_number FROM matching.placements WHERE offer_id = %s",
            offer_id,
        )
        assert sorted(row["queue_number"] for row in waiting) == list(range(1, VOLUNTEERS + 1))
        # Whoever got a place had asked before everybody who waits.
        assert {row["queue_number"] for row in waiting if row["status"] == "requested"} == set(range(1, PLACES + 1))
        turns = {row["id"]: row["turn"] for row in waiting if row["status"] == "waitlisted"}
        told = {a["placement_id"]: a["waiting_position"] for a in answers if a["status"] == "waitlisted"}
        assert told == turns


@pytest.mark.timeout(300)
async def test_ten_of_sixty_four_get_a_place_and_the_others_wait_in_order(crowd: Crowd) -> None:
    await _play(crowd, ROUNDS)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_ten_of_sixty_four_get_a_place_in_fifty_rounds(crowd: Crowd) -> None:
    await _play(crowd, 50)
