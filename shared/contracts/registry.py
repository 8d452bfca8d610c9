"""What the registry publishes: volunteers (without name, address, mail, phone), organisations, members, places …"""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.vocabulary import (
    AGS,
    LanguageCode,
    Level,
    OrganisationKind,
    OrganisationStatus,
    PartOfDay,
    PostalCode,
    Role,
    Term,
    Title,
    Travel,
    Weekday,
)


class Part(BaseModel):
    """A part of an event: frozen, unknown fields ignored, like the event itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")


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
    """A volunteer confirmed their mail address; nothing was announced before."""


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
    mail: str = Field(max_length=254)
    language: LanguageCode


@contract("member-contact-updated", topic="registry.member-contacts", key="subject_id", person="subject_id")
class MemberContactUpdated(StateData):
    """How a member of an organisation is reached. For notifications only."""

    subject_id: UUID
    name: Title
    mail: str = Field(max_length=254)
    language: LanguageCode


class Organisation(StateData):
    organisation_id: UUID
    name: Title
    kind: OrganisationKind
    districts: tuple[AGS, ...]
    status: OrganisationStatus


@contract("organisation-registered", topic="registry.organisations", key="organisation_id")
class OrganisationRegistered(Organisation):
    """Not verified yet: it may publish nothing and see nobody."""


@contract("organisation-updated", topic="registry.organisations", key="organisation_id")
class OrganisationUpdated(Organisation):
    """Verified, suspended, or changed otherwise."""


class Membership(Part):
    organisation_id: UUID
    role: Role
    districts: tuple[AGS, ...] = ()


class Member(StateData):
    """A person of the staff: how they sign in and what they are in which organisation."""

    subject_id: UUID
    issuer: str
    subject: str
    memberships: tuple[Membership, ...]


@contract("member-registered", topic="registry.members", key="subject_id", person="subject_id")
class MemberRegistered(Member):
    """An invitation was redeemed, or an organisation registered by this person."""


@contract("member-updated", topic="registry.members", key="subject_id", person="subject_id")
class MemberUpdated(Member):
    """A role was given or withdrawn."""


@contract("member-withdrawn", topic="registry.members", key="subject_id", person="subject_id")
class MemberWithdrawn(StateData):
    """No role is left. Whoever signs in so is nobody."""

    subject_id: UUID


class Contact(StateData):
    """A published staff contact for (organisation, district, topic)."""

    contact_id: UUID
    organisation_id: UUID
    subject_id: UUID | None = None
    district: AGS
    topic: Term
    languages: tuple[LanguageCode, ...] = ()


@contract("contact-registered", topic="registry.contacts", key="contact_id")
class ContactRegistered(Contact):
    pass


@contract("contact-updated", topic="registry.contacts", key="contact_id")
class ContactUpdated(Contact):
    pass


@contract("contact-withdrawn", topic="registry.contacts", key="contact_id")
class ContactWithdrawn(StateData):
    contact_id: UUID


class Place(StateData):
    """A postal code with the coordinates of its middle (WGS 84, degrees) and the districts in which it lies."""

    postal_code: PostalCode
    name: str = Field("", max_length=200)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    districts: tuple[AGS, ...] = ()


@contract("place-registered", topic="registry.places", key="postal_code")
class PlaceRegistered(Place):
    pass


@contract("place-updated", topic="registry.places", key="postal_code")
class PlaceUpdated(Place):
    pass


@contract("confirmation-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class ConfirmationRequested(EventData):
    """Somebody registered; the mail with the link is due. The secret is made by notifications."""

    volunteer_id: UUID
    expires_at: datetime


@contract("sign-in-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class SignInRequested(EventData):
    """A volunteer asks for a link that signs them in."""

    volunteer_id: UUID
    sign_in_id: UUID
    expires_at: datetime


@contract("invitation-requested", topic="registry.notices", key="subject_id", person="subject_id")
class InvitationRequested(EventData):
    """Somebody is invited to become a member of an organisation; the mail with the link is due."""

    subject_id: UUID
    invitation_id: UUID
    organisation_id: UUID
    role: Role
    expires_at: datetime


class ErasedRecords(Part):
    """What one service erased."""

    service: Term
    deleted_at: datetime
    records: int = Field(ge=0)
    log_clean_by: date


@contract("erasure-receipt-due", topic="registry.notices", key="subject_id", person="subject_id")
class ErasureReceiptDue(EventData):
    """All but notifications have erased; notifications sends the receipt, then forgets the address and answers."""

    erasure_id: UUID
    subject_id: UUID
    services: tuple[ErasedRecords, ...]
    log_clean_by: date
