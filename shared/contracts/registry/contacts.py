"""Published staff contacts."""

from uuid import UUID

from shared.contracts.base import StateData, contract
from shared.contracts.vocabulary import (
    AGS,
    LanguageCode,
    Term,
)


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
