"""Contacts: what is told of them, what is stored, what is shown to whom."""

from datetime import date
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.registry.models.addresses import Mail
from services.registry.models.volunteers import AbsenceInput, absence_ends_early
from shared.contracts.registry import Absence, OfficeHour
from shared.contracts.vocabulary import AGS, LocalTime, PostalCode, Term, Weekday
from shared.http.languages import Language
from shared.http.models import Line, RequestModel, wrong

CAPACITY_USUALLY = 50


class OfficeHourInput(RequestModel):
    """Weekly, wall time in Europe/Berlin, the end excluded."""

    day: Weekday
    start: LocalTime
    end: LocalTime


def _in_order_and_apart(hours: tuple[OfficeHourInput, ...]) -> tuple[OfficeHourInput, ...]:
    ordered = sorted(hours, key=lambda hour: (list(Weekday).index(hour.day), hour.start))
    if any(hour.end <= hour.start for hour in ordered):
        raise wrong(
            "Eine Sprechzeit endet nach ihrem Anfang, zum Beispiel 09:00 bis 12:00.",
            "Office hours end after they begin, for example 09:00 to 12:00.",
        )
    if any(before.day is after.day and after.start < before.end for before, after in pairwise(ordered)):
        raise wrong(
            "Sprechzeiten eines Tages überschneiden sich nicht. Bitte fassen Sie sie zusammen.",
            "Office hours of one day do not overlap. Please put them together.",
        )
    return tuple(ordered)


def _none_ends_before_it_begins(absences: tuple[AbsenceInput, ...]) -> tuple[AbsenceInput, ...]:
    if any(absence.last_day < absence.first_day for absence in absences):
        raise absence_ends_early()
    return tuple(sorted(absences, key=lambda absence: absence.first_day))


OfficeHours = Annotated[tuple[OfficeHourInput, ...], Field(max_length=30), AfterValidator(_in_order_and_apart)]
ContactAbsences = Annotated[tuple[AbsenceInput, ...], Field(max_length=20), AfterValidator(_none_ends_before_it_begins)]
ContactLanguages = Annotated[tuple[Language, ...], Field(max_length=20)]
Phone = Annotated[str, Field(pattern=r"^[0-9+ ()/.-]{4,40}$")]
Capacity = Annotated[int, Field(ge=0, le=1000, description="volunteers whose own contact this may become")]


class PublishContact(RequestModel):
    """A staff contact to be found by anybody. What stands here is published on purpose, `subject_id` excepted."""

    organisation_id: UUID
    subject_id: UUID | None = Field(None, description="the member of the organisation who this is")
    district: AGS
    topic: Term
    languages: ContactLanguages = ()
    name: Line
    mail: Mail | None = None
    phone: Phone | None = None
    postal_code: PostalCode | None = Field(None, description="of the office; without it, the district's seat counts")
    office_hours: OfficeHours = ()
    substitute_id: UUID | None = Field(None, description="another contact of the organisation")
    absences: ContactAbsences = ()
    capacity: Capacity = CAPACITY_USUALLY


class PublishContactAs(PublishContact):
    """The same with the id that it will have, so that others who are told together with it can name it."""

    contact_id: UUID


class ChangeContact(RequestModel):
    """What is not named stays; null takes away what may be missing."""

    subject_id: UUID | None = None
    topic: Term | None = None
    languages: ContactLanguages | None = None
    name: Line | None = None
    mail: Mail | None = None
    phone: Phone | None = None
    postal_code: PostalCode | None = None
    office_hours: OfficeHours | None = None
    substitute_id: UUID | None = None
    absences: ContactAbsences | None = None
    capacity: Capacity | None = None

    @property
    def told(self) -> dict[str, object]:
        """The fields that were named; null only where something may be missing."""
        may_be_missing = {"subject_id", "mail", "phone", "postal_code", "substitute_id"}
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in values.items() if value is not None or name in may_be_missing}


class StoredContact(BaseModel):
    """One contact as it is stored."""

    model_config = ConfigDict(frozen=True)

    contact_id: UUID
    version: int
    organisation_id: UUID
    subject_id: UUID | None
    district: str
    topic: str
    languages: tuple[str, ...]
    name: str
    mail: str | None
    phone: str | None
    postal_code: str | None
    office_hours: tuple[OfficeHour, ...]
    substitute_id: UUID | None
    absences: tuple[Absence, ...]
    capacity: int
    confirmed_on: date
    stale_from: date
    is_stale: bool


class ListedContact(StoredContact):
    """With what stands beside it in a list."""

    organisation: str
    distance_km: float | None = None
    volunteers: int = 0


class StandIn(BaseModel):
    """Who is there today instead."""

    contact_id: UUID
    name: str
    mail: str | None
    phone: str | None
    office_hours: tuple[OfficeHour, ...]


class ContactAnswer(BaseModel):
    """What anybody is shown of a contact."""

    contact_id: UUID
    version: int
    organisation_id: UUID
    organisation: str
    district: str
    topic: str
    languages: tuple[str, ...]
    name: str
    mail: str | None
    phone: str | None
    postal_code: str | None
    office_hours: tuple[OfficeHour, ...] = Field(description="wall time in Europe/Berlin")
    is_open: bool = Field(description="it is an office hour, and somebody is there")
    absent_until: date | None = Field(description="null: not absent today")
    stands_in: StandIn | None = Field(description="who is there today, when this contact is absent")
    confirmed_on: date
    is_stale: bool = Field(description="not confirmed for months: may be out of date")
    restricted: bool = Field(
        False,
        description="this person's data is only stored (Art. 18 DSGVO): name and ways to reach them are not shown",
    )


class NearContactAnswer(ContactAnswer):
    """A contact found from a place."""

    distance_km: float
    is_responsible: bool = Field(description="for a district in which the place may lie")


class ManagedContactAnswer(ContactAnswer):
    """What the organisation itself sees."""

    subject_id: UUID | None
    substitute_id: UUID | None
    absences: tuple[Absence, ...]
    capacity: int
    volunteers: int = Field(description="whose own contact this is")
    stale_from: date


class Topic(BaseModel):
    """What contacts are there for."""

    topic: str
    version: int
    german: str
    english: str


class AddTopic(RequestModel):
    topic: Term
    german: Line
    english: Line


class RenameTopic(RequestModel):
    german: Line
    english: Line
