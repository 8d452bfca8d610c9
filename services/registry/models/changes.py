"""The feed of changes: what has changed or ended of what belongs to an association."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.exchange import Kind


class Change(StrEnum):
    CHANGED = "changed"
    ENDED = "ended"
    """It is gone, or no longer belongs to the association. Of a volunteer: they objected, left, or were erased."""


class ExternalIdAnswer(BaseModel):
    source: str
    external_id: str


class ChangeAnswer(BaseModel):
    """One change. A thing that changed several times may appear several times; `state` is how it is now."""

    kind: Kind
    id: UUID = Field(description="of volunteers the link's own id: who they are here is not told")
    change: Change
    version: int | None
    organisation_id: UUID
    external_ids: list[ExternalIdAnswer]
    recorded_at: datetime
    state: dict[str, Any] | None = Field(
        description="what is published of it now; null of volunteers and of what ended"
    )


class ChangesAnswer(BaseModel):
    """Changes in their order. Ask again with `next`; `is_complete`: there is nothing more at the moment."""

    changes: list[ChangeAnswer]
    next: str
    is_complete: bool


@dataclass(frozen=True)
class Cursor:
    """After which change the feed is to go on. `position` tells a number from the same one before a backup."""

    number: int
    position: int


@dataclass(frozen=True)
class StoredChange:
    """A numbered row of `changes`."""

    number: int
    position: int
    organisation_id: UUID
    kind: Kind
    id: UUID
    source: str | None
    external_id: str | None
    change: Change
    version: int | None
    recorded_at: datetime
