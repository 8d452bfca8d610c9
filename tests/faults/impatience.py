"""A client that asks once: what it is not told, it does not know, and the checker has to find it whole or not at all."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from deploy.local.journey.people import Person
from deploy.local.journey.world import World
from tests.faults.journal import Journal, Outcome

TIMEOUT = 5.0
OFFERS = "/offers"
OPERATION = " op-"
"""What tells these operations from those of others: part of their titles."""
TWICE = 0.3
"""Of those who make something so many send it twice, with the same key, whatever they were told."""
MINE_AT_MOST = 40
"""From so many on they are only renamed: a run of hours is not to be a run over thousands of offers in one town."""


@dataclass(frozen=True)
class Sought:
    """One operation, recognisable by its title: what must be there, may be there, or must not."""

    service: str
    title: str
    outcome: Outcome
    before: str | None = None
    """The title that was acknowledged before, for a change; None: the operation makes something new."""
    identifier: str | None = None


@dataclass
class Impatient:
    """Makes offers and courses and renames them, each with one try; some click twice.

    What was made or renamed with an unknown outcome is left alone from then on, so that it stays what it became.
    """

    world: World
    journal: Journal
    chance: random.Random
    organisation_id: str
    coordinator: Person
    trainer: Person
    done: list[Sought] = field(default_factory=list)
    _mine: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """What may be renamed: id → service, title, version."""
    _number: int = 0

    async def act_until(self, over: asyncio.Event, every: float) -> None:
        """One operation after another until it is over, `every` so many seconds on average."""
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            while not over.is_set():
                await self._act(client)
                await asyncio.sleep(self.chance.uniform(0.3, 1.7) * every)

    async def _act(self, client: httpx.AsyncClient) -> None:
        self._number += 1
        if self._mine and (len(self._mine) >= MINE_AT_MOST or self.chance.random() < 0.6):
            await self._rename(client, self.chance.choice(list(self._mine)))
        elif self.chance.random() < 0.5:
            await self._make(client, "matching", OFFERS, self.coordinator, self._offer())
        else:
            await self._make(client, "training", "/courses", self.trainer, self._course())

    async def _make(
        self, client: httpx.AsyncClient, service: str, path: str, who: Person, body: dict[str, Any]
    ) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        answer = await self._ask(client, who, service, "POST", path, body, key)
        if self.chance.random() < TWICE:
            again = await self._ask(client, who, service, "POST", path, body, key)
            # A refusal may only say that the first is still under way.
            answer = again if outcome_of(again) is Outcome.ACKNOWLEDGED else answer
        outcome = outcome_of(answer)
        identifier = None
        if outcome is Outcome.ACKNOWLEDGED and answer is not None:
            made = answer.json()
            identifier = made["offer_id" if service == "matching" else "course_id"]
            self._mine[identifier] = (service, body["title"], made["version"])
        self._note(Sought(service, body["title"], outcome, None, identifier))

    async def _rename(self, client: httpx.AsyncClient, identifier: str) -> None:
        service, before, version = self._mine.pop(identifier)
        title = f"{before.partition(' ')[0]}{OPERATION}{self._number} (Demo)"
        path = f"{OFFERS if service == 'matching' else '/courses'}/{identifier}"
        who = self.coordinator if service == "matching" else self.trainer
        answer = await self._ask(client, who, service, "PATCH", path, {"title": title}, {"If-Match": f'"{version}"'})
        outcome = outcome_of(answer)
        if outcome is Outcome.ACKNOWLEDGED and answer is not None:
            self._mine[identifier] = (service, title, answer.json()["version"])
        self._note(Sought(service, title, outcome, before, identifier))

    async def _ask(
        self,
        client: httpx.AsyncClient,
        who: Person,
        service: str,
        method: str,
        path: str,
        body: dict[str, Any],
        headers: dict[str, str],
    ) -> httpx.Response | None:
        url = self.chance.choice(list(self.world.urls[service])) + path
        try:
            return await client.request(
                method, url, json=body, headers={**headers, "Authorization": f"Bearer {who.token}"}
            )
        except httpx.TransportError:
            return None

    def _note(self, sought: Sought) -> None:
        self.done.append(sought)
        self.journal.operation(
            "rename" if sought.before else "make", sought.outcome, service=sought.service, title=sought.title
        )

    def _offer(self) -> dict[str, Any]:
        return {
            "organisation_id": self.organisation_id,
            "title": f"Angebot{OPERATION}{self._number} (Demo)",
            "topic": "homework",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 1,
            # Nobody in the run speaks it: nobody is told of these.
            "languages_required": ["yi"],
        }

    def _course(self) -> dict[str, Any]:
        begin = datetime.now(UTC) + timedelta(days=30)
        return {
            "organisation_id": self.organisation_id,
            "title": f"Kurs{OPERATION}{self._number} (Demo)",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 2,
            "sessions": [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=2)).isoformat()}],
        }


def outcome_of(answer: httpx.Response | None) -> Outcome:
    """What an answer, or its absence, says about the operation.

    A 5xx says nothing: the connection to the database may have gone between the commit and its confirmation.
    """
    if answer is None or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Outcome.UNKNOWN
    return Outcome.ACKNOWLEDGED if answer.is_success else Outcome.REFUSED
