"""Many who ask for the one last place in the same moment, each of them twice."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from deploy.local.journey.people import Person
from tests.support.waiting import eventually
from tests.system.ledger.actors import LANGUAGE
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Answer, Persistence

EACH_ASKS = 2
KNOWN_SECONDS = 60.0
NOT_DONE = ("already-requested", "offer-closed")


@dataclass
class Burst:
    """A coordinator states an offer with one place, all ask for it at once, then it is closed."""

    calls: Persistence
    ledger: Ledger
    organisation_id: str
    coordinator: Person
    persons: list[Person]
    _number: int = 0

    async def act_until(self, over: asyncio.Event, every: float) -> None:
        """One offer after another until it is over."""
        while not over.is_set():
            await self._once()
            await asyncio.sleep(every)

    async def _once(self) -> None:
        offer = await self._state()
        await eventually(lambda: self._asks(self.persons[0], offer), timeout=KNOWN_SECONDS, every=0.2)
        await asyncio.gather(*(self._asks(person, offer) for person in self.persons[1:] for _ in range(EACH_ASKS)))
        path = f"/offers/{offer}/closure"
        closed = await self.calls.call(
            self.coordinator, "matching", "POST", path, version=self.ledger.offers[offer]["version"]
        )
        assert closed.status == httpx.codes.OK, closed
        self.ledger.offer(closed.json)

    async def _state(self) -> str:
        self._number += 1
        body: dict[str, Any] = {
            "organisation_id": self.organisation_id,
            "title": f"Ein Platz {self._number} (Demo)",
            "topic": "homework",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 1,
            "languages_required": [LANGUAGE],
        }
        answer = await self.calls.call(self.coordinator, "matching", "POST", "/offers", body)
        assert answer.status == httpx.codes.CREATED, answer
        self.ledger.offer(answer.json)
        return str(answer.json["offer_id"])

    async def _asks(self, person: Person, offer: str) -> bool:
        """Ask once; whether the service knows who asks, and what for."""
        answer: Answer = await self.calls.call(person, "matching", "POST", "/placements", {"offer_id": offer})
        if answer.status == httpx.codes.CREATED:
            self.ledger.placement(answer.json)
        else:
            assert answer.code in (*NOT_DONE, "not-yet-known"), answer
        return answer.code != "not-yet-known"
