"""Volunteers: what they tell, what is stored, what they are shown of themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.registry.models.ages import Ages
from shared.contracts.registry import Absence, AvailablePart, SpokenLanguage, Volunteer
from shared.contracts.vocabulary import AGS, Level, PartOfDay, PostalCode, Term, Travel, Weekday
from shared.http.languages import Language
from shared.http.models import Day, Line, RequestModel, wrong


class VolunteerStatus(StrEnum):
    """Nothing is announced of a volunteer before they are confirmed."""

    UNCONFIRMED = "unconfirmed"
    """Somebody typed this address; nobody has proved that it is theirs."""
    AWAITING_GUARDIAN = "awaiting_guardian"
    """Under 16: the address is proved, the guardian has yet to agree."""
    CONFIRMED = "confirmed"


Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/-]{2,38}$")]


class LanguageInput(RequestModel):
    language: Language
    level: Level


class AvailablePartInput(RequestModel):
    day: Weekday
    part: PartOfDay


class AbsenceInput(RequestModel):
    """Both days included."""

    first_day: Day
    last_day: Day


def absence_ends_early() -> PydanticCustomError:
    """Both days are included, so one day is the shortest."""
    return wrong(
        "Der letzte Tag einer Abwesenheit liegt nicht vor dem ersten, zum Beispiel 2026-07-01 bis 2026-07-14.",
        "The last day of an absence is not before its first one, for example 2026-07-01 to 2026-07-14.",
    )


def _each_language_once(languages: tuple[LanguageInput, ...]) -> tuple[LanguageInput, ...]:
    if len({entry.language for entry in languages}) != len(languages):
        raise wrong("Jede Sprache steht nur einmal da.", "Each language stands there only once.")
    return languages


def _no_absence_ends_before_it_begins(absences: tuple[AbsenceInput, ...]) -> tuple[AbsenceInput, ...]:
    if any(absence.last_day < absence.first_day for absence in absences):
        raise absence_ends_early()
    return absences


Languages = Annotated[tuple[LanguageInput, ...], Field(max_length=20), AfterValidator(_each_language_once)]
Terms = Annotated[tuple[Term, ...], Field(max_length=30)]
FreeSkill = Annotated[str, StringConstraints(min_length=2, max_length=60)]
FreeSkills = Annotated[
    tuple[FreeSkill, ...],
    Field(
        max_length=10, description="in one's own words; what the vocabulary knows becomes its term, the rest stays here"
    ),
]
Availability = Annotated[tuple[AvailablePartInput, ...], Field(max_length=28)]
Absences = Annotated[tuple[AbsenceInput, ...], Field(max_length=50), AfterValidator(_no_absence_ends_before_it_begins)]
Travels = Annotated[tuple[Travel, ...], Field(max_length=4)]
ReachKm = Annotated[int, Field(ge=1, le=500)]


class Profile(RequestModel):
    """What is told at a registration. `birth_date` is reduced to thresholds of age at once and not stored."""

    name: Line
    language: Language = Field("de", description="language of mails and pages")
    postal_code: PostalCode
    district: AGS | None = Field(None, description="needed when the postal code may lie in several")
    languages: Languages = ()
    wishes: Terms = ()
    skills: Terms = ()
    skills_free: FreeSkills = ()
    availability: Availability = ()
    reach_km: ReachKm = 15
    travel: Travels = ()
    birth_date: date | None = None


class ChangeVolunteer(RequestModel):
    """What is given replaces what was there; what is left out stays. `birth_date` can be told once."""

    name: Line | None = None
    phone: Phone | None = None
    language: Language | None = None
    postal_code: PostalCode | None = None
    district: AGS | None = None
    languages: Languages | None = None
    wishes: Terms | None = None
    skills: Terms | None = None
    skills_free: FreeSkills | None = None
    availability: Availability | None = None
    absences: Absences | None = None
    reach_km: ReachKm | None = None
    travel: Travels | None = None
    birth_date: date | None = None
    paused: bool | None = None


class PauseVolunteer(RequestModel):
    """A pause, until a day or until further notice."""

    until: date | None = Field(None, description="the first day on which the volunteer is there again")


@dataclass(frozen=True)
class StoredVolunteer:
    """A row of `volunteers`: the published state, and what is not published.

    `published.paused` also covers those who wait for their guardian and those whose data may only be stored (Art. 18 DSGVO);
    `paused` is their own wish.
    """

    published: Volunteer
    status: VolunteerStatus
    requested_at: datetime
    expires_at: datetime | None
    reaches_16_on: date | None
    reaches_18_on: date | None
    guardian_awaited: bool = False
    paused: bool = False
    paused_until: date | None = None
    skills_free: tuple[str, ...] = ()
    undertaking_version: str | None = None
    registered_by: UUID | None = None
    restricted: bool = False
    moved_at: datetime | None = None
    """Since when the postal code is what it is; None: since the registration."""

    @property
    def ages(self) -> Ages:
        """The thresholds of age that are kept."""
        return Ages(self.published.age_reached, self.reaches_16_on, self.reaches_18_on)


@dataclass(frozen=True)
class VolunteerContact:
    """How a volunteer is reached. It outlives the volunteer until the receipt of their erasure has gone out.

    Without `mail`, `through` is the member who is told instead.
    """

    volunteer_id: UUID
    version: int
    name: str
    mail: str | None
    language: str
    phone: str | None = None
    through: UUID | None = None


class VolunteerAnswer(BaseModel):
    """What a volunteer sees of themselves, and whoever registered them."""

    volunteer_id: UUID
    version: int
    status: VolunteerStatus
    name: str
    mail: str | None
    phone: str | None
    language: str
    languages: tuple[SpokenLanguage, ...]
    skills: tuple[str, ...]
    skills_free: tuple[str, ...]
    wishes: tuple[str, ...]
    availability: tuple[AvailablePart, ...]
    absences: tuple[Absence, ...]
    reach_km: int
    travel: tuple[Travel, ...]
    postal_code: str
    district: str
    age_reached: int | None
    guardian_awaited: bool
    paused: bool
    paused_until: date | None
    undertaking_valid: bool
    registered_by: UUID | None
    registered_at: datetime


class VolunteerContactAnswer(BaseModel):
    """How a volunteer is reached, for an organisation that they dealt with. `mail` null: through `through`, a member."""

    volunteer_id: UUID
    name: str
    mail: str | None
    phone: str | None
    language: str
    through: UUID | None


class ListedVolunteer(BaseModel):
    """A volunteer in a coordinator's list. The name only when they consented to contact, or were registered there."""

    volunteer_id: UUID
    name: str | None
    language: str
    district: str
    postal_code: str
    languages: tuple[SpokenLanguage, ...]
    skills: tuple[str, ...]
    wishes: tuple[str, ...]
    paused: bool
    has_mail: bool
    undertaking_valid: bool
    registered_at: datetime
