"""Members and invitations: commands, answers, rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.volunteers import Mail
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import AGS, LanguageCode, Role
from shared.http.models import Line, RequestModel

Districts = Annotated[tuple[AGS, ...], Field(min_length=1, max_length=45)]


class InviteMember(RequestModel):
    """Invite a person by mail to a role. No districts: all of the organisation's."""

    name: Line
    mail: Mail
    language: LanguageCode = "de"
    role: Role
    districts: Annotated[tuple[AGS, ...], Field(max_length=45)] = ()


class InvitationAnswer(BaseModel):
    invitation_id: UUID
    organisation_id: UUID
    role: Role
    districts: tuple[str, ...]
    expires_at: datetime


class MemberAnswer(BaseModel):
    """A member and their roles: all of them for themselves, for an organisation those in it."""

    subject_id: UUID
    version: int
    memberships: tuple[Membership, ...]


class ListedMember(MemberAnswer):
    name: str
    mail: str


@dataclass(frozen=True)
class StoredMember:
    """A row of `members`. No memberships: the member was withdrawn; the version counts on."""

    subject_id: UUID
    version: int
    issuer: str
    subject: str
    memberships: tuple[Membership, ...]


@dataclass(frozen=True)
class MemberContact:
    subject_id: UUID
    version: int
    name: str
    mail: str
    language: str


@dataclass(frozen=True)
class Invitation:
    """A role that waits for the invited person. `subject_id` is theirs, unless they are a member already."""

    invitation_id: UUID
    subject_id: UUID
    organisation_id: UUID
    role: Role
    districts: tuple[str, ...]
    requested_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None
