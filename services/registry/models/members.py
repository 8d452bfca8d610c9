"""Members: commands, answers, rows."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.organisations import DISTRICTS_AT_MOST
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import AGS, Role
from shared.http.models import RequestModel

Districts = Annotated[tuple[AGS, ...], Field(min_length=1, max_length=DISTRICTS_AT_MOST)]


class ChangeMembership(RequestModel):
    """For which of the organisation's districts a member holds a role."""

    districts: Districts


class MemberFilter(BaseModel):
    """What a list of members is narrowed by."""

    role: Role | None = None
    district: AGS | None = Field(None, description="AGS of a district for which they hold a role")
    words: str | None = Field(None, min_length=1, max_length=100, description="words, or their beginnings, of the name")


class MemberAnswer(BaseModel):
    """A member and their roles: all of them for themselves, for an organisation those in it."""

    subject_id: UUID
    version: int
    memberships: tuple[Membership, ...]


class ListedMember(MemberAnswer):
    name: str
    mail: str
    restricted: bool = Field(
        False, description="this person's data is only stored (Art. 18 DSGVO): name and address are not shown"
    )
    sort_name: str = Field("", exclude=True)


@dataclass(frozen=True)
class StoredMember:
    """A row of `members`. No memberships: they have just been withdrawn."""

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
