"""Associations and their machines, for tests."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.integration.registry.platform import Person, Registry


@dataclass
class Association:
    """A verified organisation whose admin adds machines."""

    registry: Registry
    admin: Person
    organisation_id: str
    state_admin: Person

    @property
    def path(self) -> str:
        return f"/organisations/{self.organisation_id}"

    async def machines_post(self, body: dict[str, Any]) -> httpx.Response:
        return await self.registry.post(f"{self.path}/machines", self.admin, body)

    async def add_machine(self, source: str) -> dict[str, Any]:
        answer = await self.machines_post({"name": "Demo-CRM", "source": source})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def code(self, machine: dict[str, Any]) -> str:
        answer = await self.registry.post(f"{self.path}/machines/{machine['machine_id']}/code", self.admin)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["code"])

    async def machine(self, source: str) -> Person:
        """A machine that is bound and may exchange data."""
        code = await self.code(await self.add_machine(source))
        person = self.registry.staff(f"machine-of-{source}")
        answer = await self.registry.post("/machines/binding", person, {"code": code})
        assert answer.status_code == 200, answer.text
        return Person(person.token, UUID(answer.json()["subject_id"]))


async def association(registry: Registry, name: str = "association") -> Association:
    """A verified welfare association in Celle."""
    state_admin = await registry.state_admin()
    admin = registry.staff(f"admin-of-{name}")
    found = await registry.organisation(admin, verified_by=state_admin, name=f"Demo-Verband {name}")
    return Association(registry, admin, found["organisation_id"], state_admin)
