"""What people do with matching over HTTP, and what it announces."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.contracts.registry import GroupUpdated
from shared.contracts.vocabulary import Role
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


COUNTED_WRONG = """
WITH pools AS (
    SELECT offer_id AS pool_id, places, places_taken, waiting, last_queue_number FROM offers
    UNION ALL
    SELECT shift_id, places, places_taken, waiting, last_queue_number FROM shifts
), counted AS (
    SELECT
        pool_id,
        count(*) FILTER (WHERE status IN ('requested', 'offered', 'confirmed', 'active', 'suspended')) AS taken,
        count(*) FILTER (WHERE status = 'waitlisted') AS waiting,
        max(queue_number) AS last
    FROM placements GROUP BY pool_id
)
SELECT p.*, c.taken, c.waiting AS waits, c.last
FROM pools AS p LEFT JOIN counted AS c USING (pool_id)
WHERE p.places_taken <> coalesce(c.taken, 0) OR p.waiting <> coalesce(c.waiting, 0) OR p.places_taken > p.places
   OR p.last_queue_number < coalesce(c.last, 0)
"""


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

    async def request(self, person: Person, offer: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A placement that a volunteer asked for, or the speaker of a group."""
        return await self.made("/placements", person, {"offer_id": offer["offer_id"], **more})

    async def invite(
        self, coordinator: Person, offer: dict[str, Any], people: Sequence[Person], **more: Any
    ) -> dict[str, Any]:
        """What became of inviting them."""
        body = {"volunteer_ids": [str(person.subject_id) for person in people], **more}
        return await self.made(f"/offers/{offer['offer_id']}/invitations", coordinator, body)

    async def invited(self, coordinator: Person, offer: dict[str, Any], person: Person, **more: Any) -> dict[str, Any]:
        """An invitation."""
        made = await self.invite(coordinator, offer, [person], **more)
        assert made["left_out"] == []
        return dict(made["invited"][0])

    async def confirmed(
        self, coordinator: Person, offer: dict[str, Any], person: Person, **more: Any
    ) -> dict[str, Any]:
        """A confirmed placement."""
        return await self.step(coordinator, await self.request(person, offer, **more), "confirmation")

    async def shift_of(self, coordinator: Person, offer: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A shift of an offer: tomorrow from ten to twelve, two places."""
        day = (self.clock.now() + timedelta(days=1)).date().isoformat()
        body = {"day": day, "start": "10:00", "end": "12:00", "places": 2, "minimum_staffing": 1}
        return await self.made(f"/offers/{offer['offer_id']}/shifts", coordinator, body | changes)

    async def group(self, *people: Person, group_id: UUID | None = None) -> str:
        """A group; the first speaks for it."""
        group_id = group_id or uuid4()
        await self.hear(
            GroupUpdated(
                group_id=group_id,
                version=self.next_version(group_id),
                speaker_id=people[0].subject_id,
                member_ids=tuple(sorted(person.subject_id for person in people)),
                formed_at=self.clock.now(),
            )
        )
        return str(group_id)

    async def member_elsewhere(self, organisation_id: UUID, district: str) -> Person:
        """A coordinator of the same organisation in another district."""
        return await self.member(Role.COORDINATOR, organisation_id, [district])

    async def at_once(self, calls: Iterable[Awaitable[httpx.Response]]) -> list[httpx.Response]:
        """All of them at the same time."""
        return list(await asyncio.gather(*calls))

    async def placement_of(self, person: Person) -> dict[str, Any]:
        """The latest placement of a volunteer."""
        return dict((await self.read("/placements", person))["items"][0])

    async def notices(self, type_: str) -> list[dict[str, Any]]:
        """What was announced to those concerned only."""
        announced = await self.announced(topic="matching.notices")
        return [each.data for each in announced if each.type == type_ and each.data is not None]

    async def overridden(self) -> list[Any]:
        """Placements for which a coordinator overrode an overlap."""
        async with self.database.reading() as connection:
            sql = "SELECT placement_id, override_by FROM placements WHERE override_reason IS NOT NULL"
            return list(await connection.fetch(sql))

    async def statuses(self) -> list[str]:
        """Of all placements, in the order in which they were asked for."""
        async with self.database.reading() as connection:
            rows = await connection.fetch("SELECT status FROM placements ORDER BY pool_id, queue_number")
        return [row["status"] for row in rows]

    async def check_counts(self) -> None:
        """The promise of every moment: counts equal rows, and nothing is overbooked."""
        async with self.database.reading() as connection:
            wrong = await connection.fetch(COUNTED_WRONG)
        assert [dict(row) for row in wrong] == []

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
