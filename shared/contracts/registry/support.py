"""Volunteers' own contacts and what they ask them: ids and days for notifications, never what somebody wrote."""

from datetime import date
from uuid import UUID

from shared.contracts.base import EventData, contract


@contract("own-contact-changed", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class OwnContactChanged(EventData):
    """A volunteer has a contact of their own, another one, or (all None) nobody for the time being: both are told."""

    volunteer_id: UUID
    contact_id: UUID | None = None
    organisation_id: UUID | None = None
    subject_id: UUID | None = None
    """The member who the contact is."""
    previous_contact_id: UUID | None = None


class SupportRequest(EventData):
    """Something happened to a support request."""

    request_id: UUID
    volunteer_id: UUID
    organisation_id: UUID
    due_on: date


class SupportRequestForMember(SupportRequest):
    subject_id: UUID
    """The member who is told."""


@contract("support-request-asked", topic="registry.notices", key="request_id", person="volunteer_id")
class SupportRequestAsked(SupportRequestForMember):
    """A volunteer asks for support; whoever is to answer is told."""


@contract("support-request-followed-up", topic="registry.notices", key="request_id", person="volunteer_id")
class SupportRequestFollowedUp(SupportRequestForMember):
    """The volunteer has written again."""


@contract("support-request-escalated", topic="registry.notices", key="request_id", person="volunteer_id")
class SupportRequestEscalated(SupportRequestForMember):
    """Nobody answered in time: the substitute, then the organisation's admins are told, each once."""


@contract("support-request-answered", topic="registry.notices", key="request_id", person="volunteer_id")
class SupportRequestAnswered(SupportRequest):
    """There is an answer; the volunteer is told."""
