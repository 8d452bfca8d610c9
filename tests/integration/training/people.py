"""People and organisations of a test, and what they do over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.training.app import build_worker
from services.training.settings import TrainingSettings
from shared.access.keys import SigningKey
from shared.access.tokens import sign
from shared.contracts.privacy import ErasureRequested
from shared.contracts.vocabulary import Role
from shared.messaging.reaction import Reaction
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.telemetry.metrics import Metrics

CELLE = "03351"
AUDIENCE = "tandem"
STAFF_ISSUER, VOLUNTEER_ISSUER = "https://sign-in.example", "urn:tandem:registry"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    subject_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Announced:
    """One record of the outbox."""

    topic: str
    type: str
    key: UUID
    data: dict[str, Any] | None


@dataclass
class Platform:
    """Training as its users meet it."""

    database: Database
    client: httpx.AsyncClient
    clock: SettableClock
    settings: TrainingSettings
    key: SigningKey

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.database.reading() as connection:
            await connection.execute(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        async with self.database.reading() as connection:
            return await connection.fetchval(sql, *arguments)

    async def somebody_waits_for_a_lock(self) -> bool:
        """Whether some connection of the service stands still because of another."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(await self.value(waiting))

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
        return Person(volunteer_id, self._token(VOLUNTEER_ISSUER, str(volunteer_id)))

    async def member(
        self, role: Role, organisation_id: UUID, districts: Sequence[str] = (CELLE,), subject_id: UUID | None = None
    ) -> Person:
        """A member of an organisation."""
        subject_id = subject_id or uuid4()
        membership = {"organisation_id": str(organisation_id), "role": role, "districts": list(districts)}
        await self.execute(
            "INSERT INTO members VALUES ($1, 1, $2, $3, $4)", subject_id, STAFF_ISSUER, str(subject_id), [membership]
        )
        return Person(subject_id, self._token(STAFF_ISSUER, str(subject_id)))

    def _token(self, issuer: str, subject: str) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 10 * 365 * 24 * 3600}
        return sign(self.key, claims)

    async def get(self, path: str, person: Person | None = None, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters, headers=person.headers if person else {})

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
        answer = await self.post("/courses", trainer, self.course_body(organisation_id, **changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def enrol(self, person: Person, course: dict[str, Any]) -> dict[str, Any]:
        """An enrolment of a volunteer."""
        answer = await self.post(f"/courses/{course['course_id']}/enrolments", person)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def read_enrolment(self, person: Person, enrolment: dict[str, Any]) -> dict[str, Any]:
        """How an enrolment stands now."""
        answer = await self.get(f"/enrolments/{enrolment['enrolment_id']}", person)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

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

    async def announced(self, key: str | UUID | None = None, topic: str | None = None) -> list[Announced]:
        """What waits in the outbox, in order: about one key, or in one topic, or all."""
        async with self.database.reading() as connection:
            rows = await connection.fetch("SELECT topic, key, headers, value FROM outbox ORDER BY position")
        found = [
            Announced(
                row["topic"],
                dict(json.loads(row["headers"]))["ce_type"],
                UUID(row["key"]),
                None if row["value"] is None else json.loads(row["value"]),
            )
            for row in rows
        ]
        return [
            each
            for each in found
            if (key is None or each.key == UUID(str(key))) and (topic is None or each.topic == topic)
        ]

    async def types(self, key: str | UUID) -> list[str]:
        """The types of what was announced about one key, in order."""
        return [each.type for each in await self.announced(key)]

    async def let_timer_run(self, name: str) -> int:
        """Run a timer's steps until nothing is left to do; how much it did."""
        parts = build_worker(self.settings, self.database, self.clock, Metrics())
        (timer,) = [timer for timer in parts.timers if timer.name == name]
        done = 0
        while True:
            async with self.database.transaction() as tx:
                step = await timer.run(tx)
            if not step:
                return done
            done += step

    async def erase(self, person: Person) -> int:
        """What the reaction to `erasure-requested` does; the number of records that went."""
        parts = build_worker(self.settings, self.database, self.clock, Metrics())
        (reaction,) = [each for each in parts.reactions if ErasureRequested in each.events]
        return await self._erase(reaction, person)

    async def _erase(self, reaction: Reaction, person: Person) -> int:
        event = ErasureRequested(erasure_id=uuid4(), subject_id=person.subject_id, requested_at=self.now)
        async with self.database.transaction() as tx:
            await reaction.handle(tx, event, None)  # type: ignore[arg-type]
        (answer,) = await self.announced(person.subject_id, "training.privacy")
        assert answer.data is not None
        return int(answer.data["records"])

    @property
    def now(self) -> datetime:
        return self.clock.now()
