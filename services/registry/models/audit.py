"""The audit log: who read or changed which sensitive record. Ids and words of a vocabulary, never content."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


@dataclass(frozen=True)
class AuditEntry:
    """One entry as it is appended."""

    entry_id: UUID
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    organisation_ids: tuple[UUID, ...]
    action: str
    kind: str
    thing_id: UUID
    concerning: UUID | None
    why: str | None


@dataclass(frozen=True)
class SealedEntry:
    """An entry with its place in the chain."""

    position: int
    hash: bytes
    entry: AuditEntry


@dataclass(frozen=True)
class Link:
    """A point of the chain: how far it goes, and the hash of everything up to there."""

    position: int
    hash: bytes


class AuditAnswer(BaseModel):
    """What the privacy officer sees of an entry."""

    entry_id: UUID
    recorded_at: datetime
    actor_kind: str = Field(description="member, volunteer, or system")
    actor_id: UUID | None
    organisation_ids: tuple[UUID, ...] = Field(description="for whom the actor acted")
    action: str
    kind: str
    thing_id: UUID
    concerning: UUID | None = Field(description="the person whom the record is about")
    why: str | None
    position: int | None = Field(description="place in the chain; null until it is sealed, some seconds later")
