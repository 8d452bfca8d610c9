"""Several hundred persons are erased at once: everywhere within a minute, with receipts; also while a service is away.

The volunteers register over HTTP; the link that confirms their address is made as notifications would make it, so that
preparing them does not wait for hundreds of mails. Half of them wait in line for the same offer, which is the worst case:
each erasure hands places on to others who are being erased, too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import structlog

from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from shared.access.keys import load_signing_key
from shared.access.signed_links import mint_link
from shared.contracts.topics import SERVICES
from shared.runtime.settings import Mode
from tests.support.waiting import eventually
from tests.system.people import staffed_organisation
from tests.system.platform import RunningPlatform

log = structlog.get_logger()

AT_ONCE = 300
WITH_PLACEMENTS = 150
SECONDS_AT_MOST = 60.0
PATIENCE = 180.0
SIDE_BY_SIDE = 12


@dataclass
class Crowd:
    """Volunteers with their tokens, known to every service."""

    platform: RunningPlatform
    registry: httpx.AsyncClient
    matching: httpx.AsyncClient
    coordinator_token: str
    organisation_id: str

    async def register(self, count: int) -> dict[UUID, str]:
        """So many confirmed volunteers: id → token."""
        mark = uuid4().hex[:12]
        await _each(
            range(count), lambda number: self._post(self.registry, "/volunteers", None, _person(mark, number), 202)
        )
        rows = self.platform.rows(
            "SELECT volunteer_id FROM registry.volunteer_contacts WHERE mail LIKE %s ORDER BY mail", f"{mark}-%"
        )
        assert len(rows) == count
        ids = [row["volunteer_id"] for row in rows]
        tokens = dict(zip(ids, await _each(ids, self._confirm), strict=True))
        for service in ("matching", "training"):
            await eventually(partial(self._known, service, ids), PATIENCE)
        return tokens

    async def _confirm(self, volunteer_id: UUID) -> str:
        key = load_signing_key(self.platform.credentials.signing_key("notifications"), Mode.TEST)
        link = mint_link(
            key,
            audience="registry",
            purpose="confirmation",
            subject_id=volunteer_id,
            resource=volunteer_id,
            lifetime=timedelta(hours=1),
            now=datetime.now(UTC),
        )
        answer = await self._post(self.registry, "/volunteers/confirmation", None, {"token": link}, 200)
        return str(answer["access_token"])

    def _known(self, service: str, ids: Sequence[UUID]) -> bool:
        found = self.platform.rows(f"SELECT count(*) AS n FROM {service}.volunteers WHERE volunteer_id = ANY(%s)", ids)
        return bool(found[0]["n"] == len(ids))

    async def publish_offer(self) -> str:
        body = {
            "organisation_id": self.organisation_id,
            "title": "Fünf Plätze (Demo)",
            "topic": "homework",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 5,
        }
        return str((await self._post(self.matching, "/offers", self.coordinator_token, body, 201))["offer_id"])

    async def ask_for_places(self, tokens: Sequence[str], offer_id: str) -> None:
        await _each(tokens, lambda token: self._post(self.matching, "/placements", token, {"offer_id": offer_id}, 201))

    async def erase(self, tokens: dict[UUID, str]) -> list[UUID]:
        """All of them ask to be erased; the numbers of their receipts."""

        async def one(item: tuple[UUID, str]) -> UUID:
            volunteer_id, token = item
            answer = await self._post(self.registry, f"/volunteers/{volunteer_id}/erasure", token, None, 202)
            return UUID(answer["erasure_id"])

        return await _each(list(tokens.items()), one)

    def receipts(self, erasure_ids: Sequence[UUID]) -> list[dict[str, Any]]:
        return self.platform.rows(
            "SELECT status, answers, completed_at - requested_at AS took FROM registry.erasures"
            " WHERE erasure_id = ANY(%s)",
            list(erasure_ids),
        )

    def are_complete(self, erasure_ids: Sequence[UUID]) -> bool:
        return all(receipt["status"] == "completed" for receipt in self.receipts(erasure_ids))

    async def _post(self, client: httpx.AsyncClient, path: str, token: str | None, body: Any, status: int) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = await client.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()


def _person(mark: str, number: int) -> dict[str, Any]:
    return {
        "name": f"Demo {mark} {number}",
        "mail": f"{mark}-{number:04}@example.org",
        "postal_code": POSTAL_CODE,
        "consent": True,
        "consent_text_version": "2026-01",
    }


async def _each(items: Any, do: Any) -> list[Any]:
    """Do it with each, some side by side, in order."""
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(item: Any) -> Any:
        async with gate:
            return await do(item)

    return list(await asyncio.gather(*(one(item) for item in items)))


@pytest.fixture
async def crowd(platform: RunningPlatform) -> AsyncIterator[Crowd]:
    staff = await asyncio.to_thread(staffed_organisation, platform)
    token = staff.people.coordinator.token
    assert token is not None
    async with (
        httpx.AsyncClient(base_url=platform.api("registry").url, timeout=60) as registry,
        httpx.AsyncClient(base_url=platform.api("matching").url, timeout=60) as matching,
    ):
        yield Crowd(platform, registry, matching, token, staff.organisation_id)


@pytest.mark.long
async def test_several_hundred_are_erased_everywhere_within_a_minute(crowd: Crowd) -> None:
    """Art. 17 DSGVO: without undue delay; with a receipt per service that says when, and by when the logs are clean."""
    tokens = await crowd.register(AT_ONCE)
    offer_id = await crowd.publish_offer()
    await crowd.ask_for_places(list(tokens.values())[:WITH_PLACEMENTS], offer_id)
    begun, since = time.monotonic(), datetime.now(UTC)
    erasure_ids = await crowd.erase(tokens)
    await eventually(lambda: crowd.are_complete(erasure_ids), PATIENCE)
    took = time.monotonic() - begun
    last = {
        service: max(datetime.fromisoformat(r["answers"][service]["deleted_at"]) for r in crowd.receipts(erasure_ids))
        for service in SERVICES
    }
    told = ", ".join(f"{service} {(at - since).total_seconds():.1f} s" for service, at in last.items())
    log.info("many-erasures", erasure_count=AT_ONCE, last_seconds=round(took, 1), services_status=told)
    for receipt in crowd.receipts(erasure_ids):
        assert receipt["answers"].keys() == set(SERVICES)
        assert all(answer["log_clean_by"] > answer["deleted_at"][:10] for answer in receipt["answers"].values())
    for service in SERVICES:
        assert crowd.platform.rows(f"SELECT count(*) AS n FROM {service}.dead_letters")[0]["n"] == 0
    for table in ("matching.volunteers", "matching.placements", "training.volunteers", "registry.volunteers"):
        left = crowd.platform.rows(f"SELECT 1 FROM {table} WHERE volunteer_id = ANY(%s) LIMIT 1", list(tokens))
        assert left == [], table
    assert took < SECONDS_AT_MOST


@pytest.mark.parametrize("service", SERVICES)
async def test_an_erasure_survives_any_service_being_away_meanwhile(crowd: Crowd, service: str) -> None:
    tokens = await crowd.register(5)
    worker = crowd.platform.worker(service)
    await asyncio.to_thread(worker.stop)
    try:
        erasure_ids = await crowd.erase(tokens)
        # Whoever is there does their part; nobody is told that all is done.
        others = {name for name in SERVICES if name not in (service, "registry", "notifications")}
        if service != "registry":
            await eventually(lambda: all(others <= r["answers"].keys() for r in crowd.receipts(erasure_ids)), PATIENCE)
        assert not any(receipt["status"] == "completed" for receipt in crowd.receipts(erasure_ids))
    finally:
        await asyncio.to_thread(worker.start)
    await eventually(lambda: crowd.are_complete(erasure_ids), PATIENCE)
    for name in ("matching", "training", "registry"):
        left = crowd.platform.rows(f"SELECT 1 FROM {name}.volunteers WHERE volunteer_id = ANY(%s)", list(tokens))
        assert left == [], name
