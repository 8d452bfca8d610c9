"""People and organisations of a test: what is heard of them from the other services, and what they do over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.matching.app import build_worker
from services.matching.settings import MatchingSettings
from shared.access.keys import SigningKey
from shared.access.tokens import sign
from shared.contracts import registry, training
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope, write_value
from shared.contracts.privacy import ErasureRequested
from shared.contracts.vocabulary import CourseStatus, OrganisationKind, OrganisationStatus, Role
from shared.messaging.intake import Intake
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.telemetry.metrics import Metrics

CELLE, HANNOVER, GOETTINGEN = "03351", "03241", "03159"
PLACES = {
    "29221": ("Celle", 52.62, 10.08, CELLE),
    "29303": ("Bergen", 52.81, 9.96, CELLE),
    "30159": ("Hannover", 52.37, 9.73, HANNOVER),
    "37073": ("Göttingen", 51.53, 9.93, GOETTINGEN),
}
AUDIENCE = "tandem"
STAFF_ISSUER, VOLUNTEER_ISSUER = "https://sign-in.example", "urn:tandem:registry"
UKRAINIAN = [{"language": "uk", "level": "B2"}]


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    subject_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Record:
    """A record as Kafka would hand it over."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    offset: int
    partition: int = 0


@dataclass(frozen=True)
class Announced:
    """One record of the outbox."""

    topic: str
    type: str
    key: str
    data: dict[str, Any] | None
    headers: dict[str, str]


@dataclass
class Platform:
    """Matching as its users and the other services meet it."""

    database: Database
    client: httpx.AsyncClient
    clock: SettableClock
    settings: MatchingSettings
    key: SigningKey
    _heard: int = 0
    _versions: dict[str, int] = field(default_factory=dict)

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.database.reading() as connection:
            await connection.execute(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        async with self.database.reading() as connection:
            return await connection.fetchval(sql, *arguments)

    # What is heard

    async def hear(self, *events: EventData, correlation_id: str | None = None) -> None:
        """Take in events as from Kafka, all in one batch."""
        parts = build_worker(self.settings, self.database, self.clock, Metrics())
        intake = Intake(
            "matching.test", self.database, self.settings, Metrics(), list(parts.projections), list(parts.reactions)
        )
        await intake.take([self._record(event, correlation_id) for event in events])

    def _record(self, event: EventData, correlation_id: str | None) -> Record:
        self._heard += 1
        terms = event.contract
        envelope = Envelope(
            id=uuid4(),
            type=terms.type,
            major=terms.major,
            source="urn:tandem:test",
            time=self.clock.now(),
            subject=terms.key_of(event),
            correlation_id=correlation_id or str(uuid4()),
            person=terms.person_of(event),
        )
        headers = [(name, value.encode()) for name, value in envelope.headers()]
        return Record(terms.topic_of(event), terms.key_of(event).encode(), write_value(event), headers, self._heard)

    def next_version(self, key: object) -> int:
        self._versions[str(key)] = self._versions.get(str(key), 0) + 1
        return self._versions[str(key)]

    async def places(self) -> None:
        await self.hear(
            *(
                registry.PlaceRegistered(
                    postal_code=code, version=1, name=name, latitude=north, longitude=east, districts=(district,)
                )
                for code, (name, north, east, district) in PLACES.items()
            )
        )

    async def organisation(self, status: str = "verified", organisation_id: UUID | None = None) -> UUID:
        """An organisation, registered or changed."""
        organisation_id = organisation_id or uuid4()
        await self.hear(
            registry.OrganisationUpdated(
                organisation_id=organisation_id,
                version=self.next_version(organisation_id),
                name="Demo e. V.",
                kind=OrganisationKind.INITIATIVE,
                districts=(CELLE,),
                status=OrganisationStatus(status),
            )
        )
        return organisation_id

    async def member(
        self, role: Role, organisation_id: UUID, districts: Sequence[str] = (CELLE,), subject_id: UUID | None = None
    ) -> Person:
        """A member of an organisation."""
        subject_id = subject_id or uuid4()
        membership = registry.Membership(organisation_id=organisation_id, role=role, districts=tuple(districts))
        await self.hear(
            registry.MemberUpdated(
                subject_id=subject_id,
                version=self.next_version(f"member {subject_id}"),
                issuer=STAFF_ISSUER,
                subject=str(subject_id),
                memberships=(membership,),
            )
        )
        return Person(subject_id, self._token(STAFF_ISSUER, str(subject_id)))

    def volunteer_event(self, volunteer_id: UUID, **changes: Any) -> registry.VolunteerUpdated:
        state = {
            "volunteer_id": volunteer_id,
            "version": self.next_version(volunteer_id),
            "languages": UKRAINIAN,
            "reach_km": 15,
            "postal_code": "29221",
            "district": CELLE,
            "age_reached": 18,
            "registered_at": self.clock.now() - timedelta(days=10),
        }
        return registry.VolunteerUpdated.model_validate(state | changes)

    def person(self, volunteer_id: UUID) -> Person:
        return Person(volunteer_id, self._token(VOLUNTEER_ISSUER, str(volunteer_id)))

    async def volunteer(self, volunteer_id: UUID | None = None, **changes: Any) -> Person:
        """A volunteer, registered or changed."""
        volunteer_id = volunteer_id or uuid4()
        await self.hear(self.volunteer_event(volunteer_id, **changes))
        return self.person(volunteer_id)

    async def volunteers(self, number: int, **changes: Any) -> list[Person]:
        """So many volunteers, heard of at once."""
        ids = [uuid4() for _ in range(number)]
        await self.hear(*(self.volunteer_event(volunteer_id, **changes) for volunteer_id in ids))
        return [self.person(volunteer_id) for volunteer_id in ids]

    async def qualification(self, person: Person, term: str = "basic", valid_until: date | None = None) -> None:
        """Training granted something."""
        await self.hear(
            training.QualificationGranted(
                qualification_id=uuid4(),
                version=1,
                volunteer_id=person.subject_id,
                qualification=term,
                granted_on=date(2026, 1, 1),
                valid_until=valid_until,
            )
        )

    async def course(self, organisation_id: UUID, starts_in_days: int, **changes: Any) -> training.CoursePublished:
        """Training announced a course that grants `basic`."""
        starts_at = self.clock.now() + timedelta(days=starts_in_days)
        state = {
            "course_id": uuid4(),
            "version": 1,
            "organisation_id": organisation_id,
            "title": "Grundkurs",
            "grants": "basic",
            "district": CELLE,
            "postal_code": "29221",
            "places": 10,
            "sessions": [
                {"session_id": uuid4(), "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=3), "ue": 4}
            ],
            "status": CourseStatus.PUBLISHED,
        }
        event = training.CoursePublished.model_validate(state | changes)
        await self.hear(event)
        return event

    async def erase(self, person: Person) -> int:
        """The registry asks for an erasure; the number of records that went."""
        await self.hear(
            ErasureRequested(erasure_id=uuid4(), subject_id=person.subject_id, requested_at=self.clock.now())
        )
        (answer,) = await self.announced(person.subject_id, "matching.privacy")
        assert answer.data is not None
        return int(answer.data["records"])

    # What is done

    def _token(self, issuer: str, subject: str) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 10 * 365 * 24 * 3600}
        return sign(self.key, claims)

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
