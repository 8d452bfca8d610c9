"""Tandems as their coordinator makes them, for tests."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.integration.matching.people import CELLE, Person, Platform


@dataclass
class Pairing:
    """An organisation with an offer, its coordinator, and who is placed."""

    platform: Platform
    organisation_id: UUID
    coordinator: Person
    offer: dict[str, Any]
    placements: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _references: int = 0

    async def placed(self, *, started: bool = True, **changes: Any) -> Person:
        """A volunteer whose placement is confirmed, and has begun unless it is said."""
        self.person = await self.platform.volunteer(**changes)
        asked = await self.platform.request(self.person, self.offer)
        self.placements[self.person.subject_id] = await self.platform.step(self.coordinator, asked, "confirmation")
        if started:
            await self.start(self.person)
        return self.person

    async def start(self, person: Person) -> None:
        placement = self.placements[person.subject_id]
        self.placements[person.subject_id] = await self.platform.step(self.coordinator, placement, "start")

    def told(self, **changes: Any) -> dict[str, Any]:
        self._references += 1
        return {
            "organisation_id": str(self.organisation_id),
            "district": CELLE,
            "reference": f"F-2026-{self._references:03}",
            "languages": ["uk"],
            "wishes": ["everyday_life"],
        } | changes

    async def counterpart(self, **changes: Any) -> dict[str, Any]:
        """Somebody for whom a volunteer is looked for."""
        return await self.platform.made("/counterparts", self.coordinator, self.told(**changes))

    async def propose(self, person: Person, other: dict[str, Any], **changes: Any) -> httpx.Response:
        body = {
            "counterpart_id": other["counterpart_id"],
            "placement_id": self.placements[person.subject_id]["placement_id"],
        }
        return await self.platform.post("/tandems", self.coordinator, body | changes)

    async def proposed(self, person: Person, other: dict[str, Any], **changes: Any) -> dict[str, Any]:
        answer = await self.propose(person, other, **changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def running(self) -> dict[str, Any]:
        """A tandem in its trial; `person` is the volunteer."""
        person = await self.placed(undertaking_valid=True)
        return await self.step(person, await self.proposed(person, await self.counterpart()), "acceptance")

    async def try_step(self, person: Person, tandem: dict[str, Any], step: str, body: object = None) -> httpx.Response:
        path = f"/tandems/{tandem['tandem_id']}/{step}"
        return await self.platform.post(path, person, body, version=tandem["version"])

    async def step(self, person: Person, tandem: dict[str, Any], step: str, body: object = None) -> dict[str, Any]:
        answer = await self.try_step(person, tandem, step, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def notices(self) -> list[dict[str, Any]]:
        """What was told of check-ins."""
        found = await self.platform.announced(topic="matching.notices")
        return [each.data or {} for each in found if each.type == "tandem-check-in-due"]
