"""What people do with matching over HTTP, and what it announces."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.integration.matching.neighbours import CELLE, GOETTINGEN, HANNOVER, Neighbours
from tests.support.served import AUDIENCE, STAFF_ISSUER, VOLUNTEER_ISSUER, Announced, Person

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


class Platform(Neighbours):
    """Matching as its users and the other services meet it."""

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
        return await self.made("/offers", coordinator, self.offer_body(organisation_id, **changes))

    async def request(self, person: Person, offer: dict[str, Any]) -> dict[str, Any]:
        """A placement that a volunteer asked for."""
        return await self.made("/placements", person, {"offer_id": offer["offer_id"]})

    async def step(
        self, person: Person, placement: dict[str, Any], step: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """A step that succeeds: confirmation, decline, withdrawal, acceptance, end."""
        answer = await self.try_step(person, placement, step, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def try_step(
        self, person: Person, placement: dict[str, Any], step: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        path = f"/placements/{placement['placement_id']}/{step}"
        return await self.post(path, person, body, version=placement["version"])

    async def read_offer(self, offer: dict[str, Any], person: Person | None = None) -> dict[str, Any]:
        return await self.read(f"/offers/{offer['offer_id']}", person)

    async def read_placement(self, person: Person, placement: dict[str, Any]) -> dict[str, Any]:
        """How a placement stands now."""
        return await self.read(f"/placements/{placement['placement_id']}", person)

    async def suggestions(self, person: Person, **how: Any) -> dict[str, Any]:
        """The offers suggested to a volunteer."""
        answer = await self.get(f"/volunteers/{person.subject_id}/suggestions", person, **how)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self) -> list[tuple[str, str]]:
        """The pairs (volunteer, offer) that were told, in order."""
        return [
            (each.key, each.data["offer_id"])
            for each in await self.announced(topic="matching.suggestions")
            if each.data is not None
        ]

    def in_days(self, days: float) -> datetime:
        return self.clock.now() + timedelta(days=days)
