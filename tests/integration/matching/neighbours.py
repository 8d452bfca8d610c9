"""What the other services announce: organisations, members, volunteers, courses, heard as from Kafka."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import registry, training
from shared.contracts.vocabulary import CourseStatus, OrganisationKind, OrganisationStatus, Role
from tests.support.served import STAFF_ISSUER, Person, Served

CELLE, HANNOVER, GOETTINGEN = "03351", "03241", "03159"
PLACES = {
    "29221": ("Celle", 52.62, 10.08, CELLE),
    "29303": ("Bergen", 52.81, 9.96, CELLE),
    "30159": ("Hannover", 52.37, 9.73, HANNOVER),
    "37073": ("Göttingen", 51.53, 9.93, GOETTINGEN),
}
UKRAINIAN = [{"language": "uk", "level": "B2"}]


class Neighbours(Served):
    """Matching with its database, and the other services around it."""

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
        return self.staff(subject_id)

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

    def consents_event(self, volunteer_id: UUID, *purposes: str) -> registry.ConsentGiven:
        """To what a volunteer consents now."""
        held = [
            registry.HeldConsent(purpose=purpose, text_version="1", given_at=self.clock.now()) for purpose in purposes
        ]
        return registry.ConsentGiven(
            volunteer_id=volunteer_id,
            version=self.next_version(f"consents {volunteer_id}"),
            purpose="suggestions_by_mail",
            text_version="1",
            held=tuple(held),
        )

    async def volunteer(self, volunteer_id: UUID | None = None, **changes: Any) -> Person:
        """A volunteer, registered or changed; a new one consents to being told of suggestions."""
        if volunteer_id is None:
            (person,) = await self.volunteers(1, **changes)
            return person
        await self.hear(self.volunteer_event(volunteer_id, **changes))
        return self.person(volunteer_id)

    async def volunteers(self, number: int, **changes: Any) -> list[Person]:
        """So many volunteers, heard of at once."""
        ids = [uuid4() for _ in range(number)]
        await self.hear(
            *(self.consents_event(volunteer_id, "suggestions_by_mail") for volunteer_id in ids),
            *(self.volunteer_event(volunteer_id, **changes) for volunteer_id in ids),
        )
        return [self.person(volunteer_id) for volunteer_id in ids]

    async def rights(self, person: Person, **told: Any) -> None:
        """What the registry tells of a person's rights: whose data may only be stored, what may be handed out."""
        version = self.next_version(f"rights of {person.subject_id}")
        await self.hear(registry.PersonRightsUpdated(subject_id=person.subject_id, version=version, **told))

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
