"""Volunteers, without name, address, mail, phone; and, for notifications only, how they are reached."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import (
    AGS,
    LanguageCode,
    Level,
    PartOfDay,
    PostalCode,
    Term,
    Title,
    Travel,
    Weekday,
)


class SpokenLanguage(Part):
    language: LanguageCode
    level: Level


class AvailablePart(Part):
    """A part of a day of the week in which the volunteer can usually come."""

    day: Weekday
    part: PartOfDay


class Absence(Part):
    """Both days included."""

    first_day: date
    last_day: date


class Volunteer(StateData):
    """What matching needs of a volunteer, and nothing that says who it is."""

    volunteer_id: UUID
    languages: tuple[SpokenLanguage, ...] = ()
    skills: tuple[Term, ...] = ()
    wishes: tuple[Term, ...] = ()
    availability: tuple[AvailablePart, ...] = ()
    absences: tuple[Absence, ...] = ()
    reach_km: int = Field(ge=1, le=500)
    travel: tuple[Travel, ...] = ()
    postal_code: PostalCode
    district: AGS
    age_reached: int | None = Field(None, description="highest threshold reached: 14, 16 or 18; null: not told")
    paused: bool = False
    undertaking_valid: bool = False
    registered_at: datetime


@contract("volunteer-registered", topic="registry.volunteers", key="volunteer_id", person="volunteer_id")
class VolunteerRegistered(Volunteer):
    """A volunteer confirmed their address, or an association proved their consent; nothing was announced before."""


@contract("volunteer-updated", topic="registry.volunteers", key="volunteer_id", person="volunteer_id")
class VolunteerUpdated(Volunteer):
    """Something that matching needs has changed."""


@contract("volunteer-erased", topic="registry.volunteers", key="volunteer_id", person="volunteer_id")
class VolunteerErased(StateData):
    """The last state of all; a tombstone follows."""

    volunteer_id: UUID
    erased_at: datetime


@contract("volunteer-contact-updated", topic="registry.volunteer-contacts", key="volunteer_id", person="volunteer_id")
class VolunteerContactUpdated(StateData):
    """How a volunteer is reached. For notifications only."""

    volunteer_id: UUID
    name: Title
    mail: str | None = Field(max_length=254, description="null: they have none; the member `through` is told instead")
    language: LanguageCode
    through: UUID | None = Field(None, description="the member through whom somebody without mail is reached")
    mail_to_confirm: str | None = Field(
        None, max_length=254, description="a new address: only the link that confirms it goes there"
    )
