"""Members of organisations, how they are reached, and their invitations."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import (
    AGS,
    LanguageCode,
    Role,
    Title,
)


@contract("member-contact-updated", topic="registry.member-contacts", key="subject_id", person="subject_id")
class MemberContactUpdated(StateData):
    """How a member of an organisation is reached. For notifications only."""

    subject_id: UUID
    name: Title
    mail: str = Field(max_length=254)
    language: LanguageCode


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


@contract("invitation-requested", topic="registry.notices", key="subject_id", person="subject_id")
class InvitationRequested(EventData):
    """Somebody is invited to become a member of an organisation; the mail with the link is due."""

    subject_id: UUID
    invitation_id: UUID
    organisation_id: UUID
    role: Role
    expires_at: datetime
