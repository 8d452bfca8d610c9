"""What the other services announce: organisations, members, volunteers, courses, heard as from Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
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


@dataclass
class Neighbours:
    """Matching with its database, and the other services around it."""

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

    def _token(self, issuer: str, subject: str) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 10 * 365 * 24 * 3600}
        return sign(self.key, claims)
