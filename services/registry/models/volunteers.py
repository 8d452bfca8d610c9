"""Volunteers: what they tell, what is stored, what they are shown of themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr, Field, StringConstraints

from services.registry.models.consents import EntryAnswer, Purpose, TextVersion
from services.registry.models.dealings import KnownPlacement, OwnContactExport
from services.registry.models.support_requests import SupportRequestExport
from shared.contracts.registry import Absence, AvailablePart, SpokenLanguage, Volunteer
from shared.contracts.vocabulary import AGS, LanguageCode, Level, PartOfDay, PostalCode, Term, Travel, Weekday
from shared.http.models import Line, RequestModel


class VolunteerStatus(StrEnum):
    """Nothing is announced of a volunteer before they have confirmed their address."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"


Mail = Annotated[EmailStr, StringConstraints(max_length=254)]


class LanguageInput(RequestModel):
    language: LanguageCode
    level: Level


class AvailablePartInput(RequestModel):
    day: Weekday
    part: PartOfDay


class AbsenceInput(RequestModel):
    """Both days included."""

    first_day: date
    last_day: date


def _each_language_once(languages: tuple[LanguageInput, ...]) -> tuple[LanguageInput, ...]:
    if len({entry.language for entry in languages}) != len(languages):
        raise ValueError("a language is named twice")
    return languages


def _no_absence_ends_before_it_begins(absences: tuple[AbsenceInput, ...]) -> tuple[AbsenceInput, ...]:
    if any(absence.last_day < absence.first_day for absence in absences):
        raise ValueError("an absence ends before it begins")
    return absences


Languages = Annotated[tuple[LanguageInput, ...], Field(max_length=20), AfterValidator(_each_language_once)]
Terms = Annotated[tuple[Term, ...], Field(max_length=30)]
Availability = Annotated[tuple[AvailablePartInput, ...], Field(max_length=28)]
Absences = Annotated[tuple[AbsenceInput, ...], Field(max_length=50), AfterValidator(_no_absence_ends_before_it_begins)]
Travels = Annotated[tuple[Travel, ...], Field(max_length=4)]
ReachKm = Annotated[int, Field(ge=1, le=500)]


class ChosenConsent(RequestModel):
    """A consent given in the form of the registration, by a choice of its own that was not preselected."""

    purpose: Literal[Purpose.SUGGESTIONS_BY_MAIL, Purpose.CONTACT_BY_ORGANISATIONS, Purpose.CAMPAIGNS]
    text_version: TextVersion


class RegisterVolunteer(RequestModel):
    """A person offers their time. `birth_date` is reduced to thresholds of age at once and not stored."""

    name: Line
    mail: Mail
    language: LanguageCode = Field("de", description="language of mails and pages")
    postal_code: PostalCode
    district: AGS | None = Field(None, description="needed when the postal code may lie in several")
    languages: Languages = ()
    wishes: Terms = ()
    skills: Terms = ()
    availability: Availability = ()
    reach_km: ReachKm = 15
    travel: Travels = ()
    birth_date: date | None = None
    consent: Literal[True] = Field(description="consent to the processing of these data (Art. 6 (1) (a) DSGVO)")
    consent_text_version: TextVersion
    consents: Annotated[tuple[ChosenConsent, ...], Field(max_length=10)] = ()


class ChangeVolunteer(RequestModel):
    """What is given replaces what was there; what is left out stays."""

    name: Line | None = None
    language: LanguageCode | None = None
    postal_code: PostalCode | None = None
    district: AGS | None = None
    languages: Languages | None = None
    wishes: Terms | None = None
    skills: Terms | None = None
    availability: Availability | None = None
    absences: Absences | None = None
    reach_km: ReachKm | None = None
    travel: Travels | None = None
    paused: bool | None = None


class RegistrationAnswer(BaseModel):
    """The same whether the address is known or not: nobody learns who is registered."""

    status: Literal["mail-sent"] = "mail-sent"


MAIL_SENT = RegistrationAnswer()


@dataclass(frozen=True)
class StoredVolunteer:
    """A row of `volunteers`: the published state, and what is not published."""

    published: Volunteer
    status: VolunteerStatus
    requested_at: datetime
    expires_at: datetime | None
    reaches_16_on: date | None
    reaches_18_on: date | None


@dataclass(frozen=True)
class VolunteerContact:
    """How a volunteer is reached. It outlives the volunteer until the receipt of their erasure has gone out."""

    volunteer_id: UUID
    version: int
    name: str
    mail: str
    language: str


class VolunteerAnswer(BaseModel):
    """What a volunteer sees of themselves."""

    volunteer_id: UUID
    version: int
    name: str
    mail: str
    language: str
    languages: tuple[SpokenLanguage, ...]
    skills: tuple[str, ...]
    wishes: tuple[str, ...]
    availability: tuple[AvailablePart, ...]
    absences: tuple[Absence, ...]
    reach_km: int
    travel: tuple[Travel, ...]
    postal_code: str
    district: str
    age_reached: int | None
    paused: bool
    registered_at: datetime


class SignedInPeriod(BaseModel):
    """Since when a device is signed in, and until when at most."""

    signed_in_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class VolunteerExport(BaseModel):
    """Everything that the registry holds of a volunteer (Art. 15, 20 DSGVO)."""

    service: Literal["registry"] = "registry"
    exported_at: datetime
    volunteer: VolunteerAnswer
    reaches_16_on: date | None
    reaches_18_on: date | None
    consents: list[EntryAnswer]
    sign_ins: list[SignedInPeriod]
    placements: list[KnownPlacement]
    own_contact: OwnContactExport | None
    support_requests: list[SupportRequestExport]
