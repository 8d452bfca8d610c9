"""Likely duplicates and merges: what is compared, stored, shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.ages import Ages
from shared.http.models import RequestModel


class LikelyBecause(StrEnum):
    """Why two volunteers may be one person."""

    SAME_MAIL = "same_mail"
    SAME_PHONE = "same_phone"
    SIMILAR_NAME = "similar_name"
    """And age, as far as it is known, and the region."""
    STATED = "stated"
    """Somebody who may see both says so."""


class DuplicateStatus(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"
    """Somebody has looked: they are two persons."""


@dataclass(frozen=True)
class Compared:
    """What is compared of a volunteer."""

    volunteer_id: UUID
    name: str
    mail: str | None
    phone: str | None
    postal_code: str
    ages: Ages


@dataclass(frozen=True)
class Duplicate:
    """A pair; `first_id` is the smaller id. `organisation_id`: on whose behalf it is looked at; None: privacy officer."""

    duplicate_id: UUID
    version: int
    first_id: UUID
    second_id: UUID
    reasons: tuple[LikelyBecause, ...]
    status: DuplicateStatus
    found_at: datetime


@dataclass(frozen=True)
class Added:
    """What the survivor of a merge took over from the other: only that is taken back when it is undone."""

    languages: tuple[dict[str, Any], ...] = ()
    skills: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    travel: tuple[str, ...] = ()
    availability: tuple[dict[str, Any], ...] = ()
    ages: dict[str, Any] | None = None
    """The thresholds of age, with the days as text, when the survivor had told none."""


@dataclass(frozen=True)
class Kept:
    """What an undoing needs, until its time is over: the merged volunteer's rows as they were."""

    volunteer: dict[str, Any]
    contact: dict[str, Any] | None
    added: Added
    left: dict[str, list[dict[str, Any]]]
    """By table: rows that could not move, because the survivor has their like."""
    signed: str | None = None
    """The version of the undertaking that only the merged registration had signed."""


@dataclass(frozen=True)
class Merge:
    """`moved`: by noun the ids of what now belongs to the survivor. Without `kept` it cannot be undone any more."""

    merge_id: UUID
    version: int
    survivor_id: UUID
    merged_id: UUID
    organisation_id: UUID | None
    merged_by: UUID
    merged_at: datetime
    undo_until: datetime
    announced_version: int
    kept: Kept | None
    moved: dict[str, list[Any]] | None
    undone_by: UUID | None = None
    undone_at: datetime | None = None


class StateDuplicate(RequestModel):
    """Two volunteers who are one person, as somebody who may see both says."""

    first_id: UUID
    second_id: UUID


class MergeDuplicate(RequestModel):
    """Which of the two goes on."""

    survivor_id: UUID


class ListedDuplicate(BaseModel):
    """A pair without any personal data: that is shown one by one, and its reading is recorded."""

    duplicate_id: UUID
    version: int
    first_id: UUID
    second_id: UUID
    reasons: tuple[LikelyBecause, ...]
    status: DuplicateStatus
    found_at: datetime


class ComparedAnswer(BaseModel):
    """One of the two, as far as it helps to decide."""

    volunteer_id: UUID
    name: str | None = Field(description="null: the person has not agreed that this organisation sees it")
    mail: str | None
    phone: str | None
    postal_code: str
    district: str
    age_reached: int | None
    registered_at: datetime
    placements_count: int = Field(description="of all organisations; only how many")


class DuplicateAnswer(ListedDuplicate):
    """Both side by side."""

    volunteers: list[ComparedAnswer]


class MergeAnswer(BaseModel):
    """A merge: ids only."""

    merge_id: UUID
    version: int
    survivor_id: UUID
    merged_id: UUID
    organisation_id: UUID | None
    merged_at: datetime
    undo_until: datetime
    can_be_undone: bool
    undone_at: datetime | None
