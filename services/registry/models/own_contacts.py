"""A volunteer's own contact: what decides who it is, and what is shown of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.contacts import ContactAnswer
from shared.contracts.registry import Absence
from shared.contracts.vocabulary import PlacementStatus


class Reason(StrEnum):
    """Why this contact is a volunteer's own."""

    PLACEMENT = "placement"
    TOPIC = "topic"
    DISTRICT = "district"
    NONE = "none"


@dataclass(frozen=True)
class Running:
    """A placement that runs, with who answers for its offer. Topic and district: unknown until the offer is."""

    organisation_id: UUID
    coordinator_id: UUID
    status: PlacementStatus
    topic: str | None = None
    district: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A contact who could be somebody's own: there is a member behind it, the organisation is verified."""

    contact_id: UUID
    organisation_id: UUID
    subject_id: UUID
    district: str
    topic: str
    languages: frozenset[str]
    capacity: int
    volunteers: int
    is_stale: bool = False
    absences: tuple[Absence, ...] = ()

    @property
    def has_room(self) -> bool:
        """Whether another volunteer may have this contact as their own."""
        return self.volunteers < self.capacity


@dataclass(frozen=True)
class Seeker:
    """A volunteer for whom a contact is looked for. `current`: whom they have now."""

    volunteer_id: UUID
    district: str
    wishes: frozenset[str]
    languages: frozenset[str]
    placements: tuple[Running, ...] = ()
    current: UUID | None = None
    registered_by: UUID | None = None
    """The organisation that wrote them down, for somebody without mail."""
    told_by: UUID | None = None
    """The organisation whose system told of them, as long as they have not acted by themselves."""


@dataclass(frozen=True)
class OwnContact:
    """Whom a volunteer has as their own contact; `contact_id` None: nobody could be found yet."""

    volunteer_id: UUID
    version: int
    contact_id: UUID | None
    organisation_id: UUID | None
    reason: Reason
    since: datetime


class OwnContactAnswer(BaseModel):
    """Whom a volunteer can turn to."""

    version: int
    since: datetime
    reason: Reason = Field(description="a running placement, a topic of the volunteer's wishes, or the district")
    contact: ContactAnswer


class LookedAfterAnswer(BaseModel):
    """A volunteer as their contact sees them."""

    volunteer_id: UUID
    name: str
    mail: str | None = Field(description="only when the volunteer dealt with the organisation, or asked this contact")
    language: str
    since: datetime
    reason: Reason
