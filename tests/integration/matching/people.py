"""What people do with matching over HTTP, and what it announces."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.matching.app import build_worker
from services.matching.settings import MatchingSettings
from shared.contracts.privacy import ErasureRequested
from shared.telemetry.metrics import Metrics
from tests.integration.matching.neighbours import (
    AUDIENCE,
    CELLE,
    GOETTINGEN,
    HANNOVER,
    STAFF_ISSUER,
    VOLUNTEER_ISSUER,
    Neighbours,
    Person,
)

__all__ = [
    "AUDIENCE",
    "CELLE",
    "GOETTINGEN",
    "HANNOVER",
    "STAFF_ISSUER",
    "VOLUNTEER_ISSUER",
    "Announced",
    "Person",
    "Platform",
]


@dataclass(frozen=True)
class Announced:
    """One record of the outbox."""

    topic: str
    type: str
    key: str
    data: dict[str, Any] | None
    headers: dict[str, str]


@dataclass
class Platform(Neighbours):
    """Matching as its users and the other services meet it."""

    async def erase(self, person: Person) -> int:
        """The registry asks for an erasure; the number of records that went."""
        await self.hear(
            ErasureRequested(erasure_id=uuid4(), subject_id=person.subject_id, requested_at=self.clock.now())
        )
        (answer,) = await self.announced(person.subject_id, "matching.privacy")
        assert answer.data is not None
        return int(answer.data["records"])

    async def get(
        self, path: str, person: Person | None = None, *, reads: str = "de", **parameters: Any
    ) -> httpx.Response:
        headers = (person.headers if person else {}) | {"Accept-Language": reads}
        return await self.client.get(path, params=parameters, headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        person: Person | None,
        body: object = None,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = person.headers if person else {}
        if method == "POST":
            headers |= {"Idempotency-Key": key or str(uuid4())}
        if version is not None:
            headers |= {"If-Match": f'"{version}"'}
        return await self.client.request(method, path, json=body, headers=headers)

    async def post(self, path: str, person: Person | None, body: object = None, **how: Any) -> httpx.Response:
        return await self.send("POST", path, person, body, **how)

    def offer_body(self, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "organisation_id": str(organisation_id),
            "title": "Hausaufgabenhilfe",
            "topic": "homework_help",
            "district": CELLE,
            "postal_code": "29221",
            "weekly": [{"day": "tuesday", "start": "15:00", "end": "17:00"}],
            "languages_welcome": ["uk", "ar"],
            "places": 2,
        }
        return body | changes

    async def offer(self, coordinator: Person, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
        """A published offer."""
        answer = await self.post("/offers", coordinator, self.offer_body(organisation_id, **changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def request(self, person: Person, offer: dict[str, Any]) -> dict[str, Any]:
        """A placement that a volunteer asked for."""
        answer = await self.post("/placements", person, {"offer_id": offer["offer_id"]})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def step(self, person: Person, placement: dict[str, Any], step: str) -> dict[str, Any]:
        """A step that succeeds: confirmation, decline, withdrawal, acceptance, end."""
        answer = await self.try_step(person, placement, step)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def try_step(self, person: Person, placement: dict[str, Any], step: str) -> httpx.Response:
        return await self.post(f"/placements/{placement['placement_id']}/{step}", person, version=placement["version"])

    async def read_offer(self, offer: dict[str, Any], person: Person | None = None) -> dict[str, Any]:
        answer = await self.get(f"/offers/{offer['offer_id']}", person)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def read_placement(self, person: Person, placement: dict[str, Any]) -> dict[str, Any]:
        """How a placement stands now."""
        answer = await self.get(f"/placements/{placement['placement_id']}", person)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def suggestions(self, person: Person, **how: Any) -> dict[str, Any]:
        """The offers suggested to a volunteer."""
        answer = await self.get(f"/volunteers/{person.subject_id}/suggestions", person, **how)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    # What was announced

    async def announced(self, key: object = None, topic: str | None = None) -> list[Announced]:
        """What waits in the outbox, in order: about one key, or in one topic, or all."""
        async with self.database.reading() as connection:
            rows = await connection.fetch("SELECT topic, key, headers, value FROM outbox ORDER BY position")
        found = []
        for row in rows:
            headers = dict(json.loads(row["headers"]))
            data = None if row["value"] is None else json.loads(row["value"])
            found.append(Announced(row["topic"], headers["ce_type"], row["key"], data, headers))
        return [
            each for each in found if (key is None or each.key == str(key)) and (topic is None or each.topic == topic)
        ]

    async def types(self, key: object) -> list[str]:
        """The types of what was announced about one key, in order."""
        return [each.type for each in await self.announced(key)]

    async def told(self) -> list[tuple[str, str]]:
        """The pairs (volunteer, offer) that were told, in order."""
        return [
            (each.key, each.data["offer_id"])
            for each in await self.announced(topic="matching.suggestions")
            if each.data is not None
        ]

    async def run_timer(self, name: str, settings: MatchingSettings | None = None) -> int:
        """Run a timer's steps until nothing is left to do; how many steps did something."""
        parts = build_worker(settings or self.settings, self.database, self.clock, Metrics())
        (timer,) = [timer for timer in parts.timers if timer.name == name]
        steps = 0
        while True:
            async with self.database.transaction() as tx:
                done = await timer.run(tx)
            if not done:
                return steps
            steps += 1

    def in_days(self, days: float) -> datetime:
        return self.clock.now() + timedelta(days=days)
