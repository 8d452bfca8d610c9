"""Groups and initiatives of volunteers: commands, stored things, answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.registry.models.addresses import Mail
from shared.http.models import MultiLine, RequestModel

GroupName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
GroupAbout = Annotated[str, Field(max_length=1000), MultiLine()]


class FormGroup(RequestModel):
    """A volunteer forms a group and speaks for it."""

    name: GroupName
    about: GroupAbout = ""


class ChangeGroup(RequestModel):
    """What is given replaces what was there."""

    name: GroupName | None = None
    about: GroupAbout | None = None


class InviteToGroup(RequestModel):
    """By the mail address with which they are registered; the answer does not say whether it is known."""

    mail: Mail


class NameSpeaker(RequestModel):
    volunteer_id: UUID


class LinkGroup(RequestModel):
    organisation_id: UUID


@dataclass(frozen=True)
class GroupMember:
    volunteer_id: UUID
    is_speaker: bool
    joined_at: datetime


@dataclass(frozen=True)
class Group:
    """A group with those who have said yes. `agreed_at`: when the organisation said that the group is its own."""

    group_id: UUID
    version: int
    name: str
    about: str
    formed_at: datetime
    organisation_id: UUID | None
    agreed_at: datetime | None
    members: tuple[GroupMember, ...]

    @property
    def speaker_id(self) -> UUID:
        """Who speaks for it."""
        return next(member.volunteer_id for member in self.members if member.is_speaker)

    def has(self, volunteer_id: UUID | None) -> bool:
        """Whether somebody has said yes to it."""
        return any(member.volunteer_id == volunteer_id for member in self.members)


@dataclass(frozen=True)
class GroupInvitation:
    invitation_id: UUID
    group_id: UUID
    volunteer_id: UUID
    invited_at: datetime
    expires_at: datetime


class GroupMemberAnswer(BaseModel):
    """A member as the others of the group see them: the name and nothing else."""

    volunteer_id: UUID
    name: str | None = Field(description="null: the reader has yet to sign the undertaking of confidentiality")
    is_speaker: bool
    joined_at: datetime


class GroupAnswer(BaseModel):
    """A group as its members see it."""

    group_id: UUID
    version: int
    name: str
    about: str
    formed_at: datetime
    organisation_id: UUID | None
    organisation_agreed: bool
    members: list[GroupMemberAnswer]


class ListedGroup(BaseModel):
    """A group in a list: of one's own, or as the initiative that it says it is sees it."""

    group_id: UUID
    version: int
    name: str
    about: str
    formed_at: datetime
    organisation_id: UUID | None
    organisation_agreed: bool
    members_count: int
    speaks: bool = Field(description="whether the caller speaks for it")


class GroupInvitationAnswer(BaseModel):
    """An invitation as the invited person sees it."""

    invitation_id: UUID
    group_id: UUID
    group: str
    about: str
    speaker: str
    invited_at: datetime
    expires_at: datetime


class InvitedAnswer(BaseModel):
    """The same whether the address is known or not."""

    status: str = "mail-sent"
