"""Invitations: commands, answers, rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.addresses import Mail
from services.registry.models.organisations import DISTRICTS_AT_MOST
from shared.contracts.vocabulary import AGS, Role
from shared.http.languages import Language
from shared.http.models import Line, RequestModel


class InviteMember(RequestModel):
    """Invite a person by mail to a role. No districts: all of the organisation's."""

    name: Line
    mail: Mail
    language: Language = "de"
    role: Role
    districts: Annotated[tuple[AGS, ...], Field(max_length=DISTRICTS_AT_MOST)] = ()


class InvitationAnswer(BaseModel):
    invitation_id: UUID
    version: int
    organisation_id: UUID
    role: Role
    districts: tuple[str, ...]
    expires_at: datetime


class ListedInvitation(InvitationAnswer):
    """An invitation that waits, for those who may revoke it or send it again."""

    name: str
    mail: str
    requested_at: datetime


@dataclass(frozen=True)
class Invitation:
    """A role that waits for the invited person. `subject_id` is theirs, unless they are a member already."""

    invitation_id: UUID
    version: int
    subject_id: UUID
    organisation_id: UUID
    role: Role
    districts: tuple[str, ...]
    requested_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None
    invited_by: UUID | None = None


@dataclass(frozen=True)
class OfferedRole:
    """What the holder of a mailed link is invited to."""

    organisation: str
    role: Role
