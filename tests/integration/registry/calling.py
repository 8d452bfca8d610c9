"""A campaign and its people, for tests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.integration.registry.inspecting import Body, body
from tests.integration.registry.platform import CELLE, Person, Registry

TEXT_VERSION = "2026-01"
WANTS_CALLS = [{"purpose": "campaigns", "text_version": TEXT_VERSION}]
TEXTS = {
    "de": {"subject": "Sprachcafé sucht Menschen", "paragraphs": ["Wir suchen Menschen.", "Dienstags um 15 Uhr."]},
    "uk": {"subject": "Мовне кафе", "paragraphs": ["Ми шукаємо людей."]},
}


@dataclass
class Campaign:
    """One campaign of an organisation with two admins and a coordinator."""

    registry: Registry
    body: Body
    second: Person
    campaign_id: UUID
    version: int

    @property
    def path(self) -> str:
        return f"/campaigns/{self.campaign_id}"

    async def step(self, what: str, person: Person) -> dict[str, Any]:
        answer = await self.registry.post(f"{self.path}/{what}", person, version=self.version)
        assert answer.status_code == 200, answer.text
        self.version = answer.json()["version"]
        return dict(answer.json())

    async def approved(self) -> "Campaign":
        """Submitted by the coordinator, approved by an admin."""
        await self.step("submission", self.body.coordinator)
        await self.step("approval", self.body.admin)
        return self

    async def called(self) -> list[str]:
        """Let the period begin; the ids of those who are to be told."""
        before = len(await self.registry.announced("campaign-call-due"))
        await self.registry.let_timer_run("open-campaigns")
        await self.registry.let_timer_run("call-volunteers")
        return [each.key for each in (await self.registry.announced("campaign-call-due"))[before:]]

    async def seen(self) -> dict[str, Any]:
        """What the coordinator sees."""
        answer = await self.registry.get(self.path, self.body.coordinator)
        assert answer.status_code == 200, answer.text
        self.version = answer.json()["version"]
        return dict(answer.json())

    async def next_day(self) -> dict[str, Any]:
        """The counts that are shown on the next day."""
        self.registry.clock.advance(timedelta(days=1))
        await self.registry.let_timer_run("renew-counts-of-campaigns")
        return dict((await self.seen())["counts"])


def planned(registry: Registry, organisation_id: UUID, days: int = 14, **target: Any) -> dict[str, Any]:
    today = registry.clock.today()
    return {
        "organisation_id": str(organisation_id),
        "target": {"districts": [CELLE], **target},
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=days)).isoformat(),
        "texts": TEXTS,
    }


async def campaign(
    registry: Registry, found: Body | None = None, second: Person | None = None, **target: Any
) -> Campaign:
    """A draft of an organisation's coordinator."""
    found = found or await body(registry, "calling")
    answer = await registry.post("/campaigns", found.coordinator, planned(registry, found.organisation_id, **target))
    assert answer.status_code == 201, answer.text
    return Campaign(registry, found, second or found.admin, UUID(answer.json()["campaign_id"]), 1)


async def volunteers(registry: Registry, count: int, **told: Any) -> list[Person]:
    """So many volunteers in Celle who want to be called."""
    found = []
    for _ in range(count):
        number = await registry.value("SELECT count(*) FROM volunteers")
        person, _ = await registry.volunteer(**{"mail": f"v{number}@example.org", "consents": WANTS_CALLS} | told)
        found.append(person)
    return found


async def tell(registry: Registry, person: Person, characteristic: str, value: str) -> None:
    """A volunteer tells something of themselves, and consents to just that."""
    answer = await registry.post(
        f"/volunteers/{person.subject_id}/characteristics/{characteristic}",
        person,
        {"value": value, "text_version": TEXT_VERSION, "language": "de"},
    )
    assert answer.status_code == 200, answer.text
