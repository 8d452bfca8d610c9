"""People and organisations of a test, and what they do over HTTP."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.contracts.vocabulary import Role
from tests.support.served import AUDIENCE, STAFF_ISSUER, VOLUNTEER_ISSUER, Announced, Person, Served

__all__ = ["AUDIENCE", "CELLE", "HOUR", "STAFF_ISSUER", "VOLUNTEER_ISSUER", "Announced", "Person", "Platform"]

CELLE = "03351"
HOUR = timedelta(hours=1)


class Platform(Served):
    """Training as its users meet it."""

    async def organisation(self, status: str = "verified") -> UUID:
        """An organisation that the read model knows."""
        organisation_id = uuid4()
        await self.execute("INSERT INTO organisations VALUES ($1, 1, $2)", organisation_id, status)
        return organisation_id

    async def volunteer(self, *, known: bool = True) -> Person:
        """A volunteer, known to the read model or not yet."""
        volunteer_id = uuid4()
        if known:
            await self.execute("INSERT INTO volunteers VALUES ($1, 1)", volunteer_id)
        return self.person(volunteer_id)

    async def member(
        self, role: Role, organisation_id: UUID, districts: Sequence[str] = (CELLE,), subject_id: UUID | None = None
    ) -> Person:
        """A member of an organisation."""
        subject_id = subject_id or uuid4()
        membership = {"organisation_id": str(organisation_id), "role": role, "districts": list(districts)}
        await self.execute(
            "INSERT INTO members VALUES ($1, 1, $2, $3, $4)", subject_id, STAFF_ISSUER, str(subject_id), [membership]
        )
        return self.staff(subject_id)

    def sessions(self, *spans: tuple[float, float]) -> list[dict[str, str]]:
        """Sessions as (begins in so many hours from now, lasts so many hours)."""
        return [
            {
                "starts_at": (self.clock.now() + start * HOUR).isoformat(),
                "ends_at": (self.clock.now() + (start + length) * HOUR).isoformat(),
            }
            for start, length in spans
        ]

    def course_body(self, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "organisation_id": str(organisation_id),
            "title": "Basisqualifizierung",
            "grants": "basic",
            "district": CELLE,
            "postal_code": "29221",
            "languages": ["de"],
            "places": 2,
            "sessions": self.sessions((0, 2)),
        }
        return body | changes

    async def course(self, trainer: Person, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
        """A published course."""
        return await self.made("/courses", trainer, self.course_body(organisation_id, **changes))

    async def enrol(self, person: Person, course: dict[str, Any]) -> dict[str, Any]:
        """An enrolment of a volunteer."""
        return await self.made(f"/courses/{course['course_id']}/enrolments", person)

    async def read_enrolment(self, person: Person, enrolment: dict[str, Any]) -> dict[str, Any]:
        """How an enrolment stands now."""
        return await self.read(f"/enrolments/{enrolment['enrolment_id']}", person)

    async def record(
        self,
        trainer: Person,
        course: dict[str, Any],
        session: int = 0,
        *,
        attended: Sequence[dict[str, Any]] = (),
        absent: Sequence[dict[str, Any]] = (),
        version: int | None = 0,
    ) -> httpx.Response:
        """Record attendance of one of the course's sessions."""
        session_id = course["sessions"][session]["session_id"]
        return await self.send(
            "PUT",
            f"/courses/{course['course_id']}/sessions/{session_id}/attendance",
            trainer,
            {
                "attended": [each["enrolment_id"] for each in attended],
                "absent": [each["enrolment_id"] for each in absent],
            },
            version=version,
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()
