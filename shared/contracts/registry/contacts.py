"""Published staff contacts, and who is to confirm that they are still right."""

from datetime import date
from uuid import UUID

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import AGS, LanguageCode, LocalTime, PostalCode, Term, Weekday


class OfficeHour(Part):
    """A weekly time, wall time in Europe/Berlin, the end excluded."""

    day: Weekday
    start: LocalTime
    end: LocalTime


class Contact(StateData):
    """A published staff contact for (organisation, district, topic). Name, mail, phone and absences stay in the registry."""

    contact_id: UUID
    organisation_id: UUID
    subject_id: UUID | None = None
    district: AGS
    topic: Term
    languages: tuple[LanguageCode, ...] = ()
    postal_code: PostalCode | None = None
    office_hours: tuple[OfficeHour, ...] = ()
    substitute_id: UUID | None = None
    confirmed_on: date | None = None
    is_stale: bool = False
    """Not confirmed in time: may be out of date."""


@contract("contact-registered", topic="registry.contacts", key="contact_id")
class ContactRegistered(Contact):
    pass


@contract("contact-updated", topic="registry.contacts", key="contact_id")
class ContactUpdated(Contact):
    pass


@contract("contact-withdrawn", topic="registry.contacts", key="contact_id")
class ContactWithdrawn(StateData):
    contact_id: UUID


@contract("contact-confirmation-due", topic="registry.notices", key="contact_id", person="subject_id")
class ContactConfirmationDue(EventData):
    """A contact was not confirmed in time: a member is to confirm or correct it. Once per member and staleness."""

    contact_id: UUID
    organisation_id: UUID
    subject_id: UUID
    """The member who is reminded: the contact, or an organisation_admin where nobody is named."""
    confirmed_on: date
