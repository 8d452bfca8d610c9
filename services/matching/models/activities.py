"""Activities: what there is already, for everybody to find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from services.matching.models.drafts import (
    TranslationEntry,
    Translations,
    WeeklyEntry,
    schema_without_defaults,
    sent_fields,
)
from services.matching.models.places import Point
from services.matching.models.searches import Near
from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.vocabulary import AGS, PostalCode, Term, Weekday
from shared.http.languages import Language
from shared.http.models import Line, RequestModel, Text

__all__ = ["Activity", "ActivityChange", "ActivityFilter", "FoundActivity", "NewActivity", "TranslationEntry"]

Website = Annotated[str, Field(max_length=500, pattern=r"^(https?://[^\s<>\"]+)?$")]
Words = Annotated[str, Field(max_length=200)]
WeeklyTimes = Annotated[tuple[WeeklyEntry, ...], Field(max_length=50)]
ActivityLanguages = Annotated[tuple[Language, ...], Field(max_length=20)]


@dataclass(frozen=True, slots=True)
class Activity:
    """An entry of the directory: a language café, a workshop, homework help, a group, … `kind` says which."""

    activity_id: UUID
    version: int
    organisation_id: UUID
    coordinator_id: UUID
    kind: str
    title: str
    description: str
    topic: str
    district: str
    postal_code: str
    venue: str
    weekly: tuple[WeeklyTime, ...]
    times: str
    languages: tuple[str, ...]
    contact_id: UUID | None
    website: str
    confirmed_on: date
    translations: Mapping[str, Translation] = field(default_factory=dict)
    is_stale: bool = False
    organisation_name: str = ""
    organisation_verified: bool = True
    place_name: str = ""
    point: Point | None = None


class NewActivity(RequestModel):
    """What a coordinator says of something that there is."""

    organisation_id: UUID
    kind: Annotated[Term, Field(description="language_cafe, bicycle_workshop, homework_help, working_group, …")]
    title: Line
    description: Text = ""
    translations: Translations = Field(default_factory=dict)
    topic: Term
    district: AGS
    postal_code: PostalCode
    venue: Words = ""
    weekly: WeeklyTimes = ()
    times: Annotated[Words, Field(description="when, in words, where weekly times do not say it")] = ""
    languages: ActivityLanguages = ()
    contact_id: UUID | None = None
    website: Website = ""

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Activity`, those that were not sent as they usually are."""
        return sent_fields(self, names=type(self).model_fields)


class ActivityChange(RequestModel):
    """What is to be different. What is left out stays; null takes away the contact."""

    model_config = ConfigDict(json_schema_extra=schema_without_defaults)

    kind: Term = ""
    title: Line = ""
    description: Text = ""
    translations: Translations = Field(default_factory=dict)
    topic: Term = ""
    district: AGS = ""
    postal_code: PostalCode = ""
    venue: Words = ""
    weekly: WeeklyTimes = ()
    times: Words = ""
    languages: ActivityLanguages = ()
    contact_id: UUID | None = None
    website: Website = ""

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Activity` that are to change."""
        return sent_fields(self)


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """What the directory is narrowed to; None asks for nothing."""

    district: str | None = None
    topic: str | None = None
    kind: str | None = None
    language: str | None = None
    organisation_id: UUID | None = None
    day: Weekday | None = None
    words: str | None = None
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class FoundActivity:
    """An entry in a list. `position`: where the list goes on after it; `distance_km`: None unless a place was named."""

    activity: Activity
    position: float | bool
    distance_km: float | None = None
