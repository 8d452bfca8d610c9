"""What a coordinator sends to state an offer or to change one."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import AGS, Level, LocalTime, PostalCode, Term, Weekday
from shared.http.languages import Language
from shared.http.models import Day, Line, RequestModel, Text


class WeeklyEntry(RequestModel):
    """A weekly time, wall time in Europe/Berlin; the end is later on the same day and not included."""

    day: Weekday
    start: LocalTime
    end: LocalTime

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError(
                "weekly_time",
                "the end is not after the start",
                {
                    "code": "end-not-after-start",
                    "de": "Das Ende muss nach dem Anfang liegen.",
                    "en": "The end must be after the start.",
                },
            )
        return self


class TranslationEntry(RequestModel):
    """Title and description in another language."""

    title: Line
    description: Text = ""


MinimumAge = Literal[14, 16, 18]
"""The thresholds that are known of a volunteer; in between nothing can be checked."""
Languages = Annotated[tuple[Language, ...], Field(max_length=20)]
Levels = Annotated[
    tuple[Level, ...],
    Field(max_length=20, description="parallel to languages_required: the level from which each counts"),
]
Weekly = Annotated[tuple[WeeklyEntry, ...], Field(max_length=50)]
Qualifications = Annotated[tuple[Term, ...], Field(max_length=10)]
Skills = Annotated[tuple[Term, ...], Field(max_length=20)]
Translations = Annotated[dict[Language, TranslationEntry], Field(max_length=12)]
Places = Annotated[int, Field(ge=1, le=1000)]
Urgency = Annotated[int, Field(ge=1, le=5)]
HalfLife = Annotated[
    int | None,
    Field(ge=1, le=3650, description="after so many days half of the urgency above 1 is left; null: it stays"),
]
Reason = Annotated[str, Field(max_length=200)]


class OfferDraft(RequestModel):
    """What a coordinator states of a new offer. It is published at once unless it is a draft."""

    organisation_id: UUID
    status: Literal["published", "draft"] = "published"
    template_id: UUID | None = None
    title: Line
    description: Text = ""
    translations: Translations = Field(default_factory=dict)
    topic: Term
    district: AGS
    postal_code: PostalCode
    weekly: Weekly = ()
    starts_on: Day | None = None
    ends_on: Day | None = None
    languages_required: Languages = ()
    language_levels: Levels = ()
    languages_welcome: Languages = ()
    qualifications: Qualifications = ()
    skills_required: Skills = ()
    skills_welcome: Skills = ()
    minimum_age: MinimumAge | None = None
    clearance_basis: LegalBasis | None = None
    clearance_activity: Term | None = None
    clearance_stated: Line | None = None
    boundary_id: UUID | None = None
    volunteer_tasks: Text = ""
    staff_tasks: Text = ""
    places: Places
    urgency: Urgency = 3
    urgency_reason: Reason = ""
    urgency_half_life_days: HalfLife = None
    accompanied_first: bool = False
    contact_id: UUID | None = None

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Offer` that were stated."""
        return sent_fields(self, names=self.model_fields_set - {"status"})


def schema_without_defaults(schema: dict[str, Any]) -> None:
    """Of a change: defaults only make fields optional and say nothing."""
    for described in schema["properties"].values():
        described.pop("default", None)


class OfferChange(RequestModel):
    """What is to be different. What is left out stays; null empties what may be missing."""

    # The defaults only make fields optional: what was not sent is never read.
    model_config = ConfigDict(json_schema_extra=schema_without_defaults)

    title: Line = ""
    description: Text = ""
    translations: Translations = Field(default_factory=dict)
    topic: Term = ""
    district: AGS = ""
    postal_code: PostalCode = ""
    weekly: Weekly = ()
    starts_on: Day | None = None
    ends_on: Day | None = None
    languages_required: Languages = ()
    language_levels: Levels = ()
    languages_welcome: Languages = ()
    qualifications: Qualifications = ()
    skills_required: Skills = ()
    skills_welcome: Skills = ()
    minimum_age: MinimumAge | None = None
    clearance_basis: LegalBasis | None = None
    clearance_activity: Term | None = None
    clearance_stated: Line | None = None
    boundary_id: UUID | None = None
    volunteer_tasks: Text = ""
    staff_tasks: Text = ""
    places: Places = 1
    urgency: Urgency = 3
    urgency_reason: Reason = ""
    urgency_half_life_days: HalfLife = None
    accompanied_first: bool = False
    contact_id: UUID | None = None

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Offer` that are to change."""
        return sent_fields(self)


_LISTS = ("languages", "languages_welcome", "qualifications", "skills_required", "skills_welcome")


def sent_fields(model: RequestModel, names: Iterable[str] | None = None) -> Mapping[str, Any]:
    """Exactly the fields that were sent; texts and lists without repetition, in the order in which they came."""
    sent = {name: getattr(model, name) for name in (model.model_fields_set if names is None else names)}
    for name in sent.keys() & set(_LISTS):
        sent[name] = tuple(dict.fromkeys(sent[name]))
    if "languages_required" in sent:
        sent |= _with_levels(sent["languages_required"], sent.get("language_levels"))
    if "weekly" in sent:
        sent["weekly"] = tuple(
            dict.fromkeys(WeeklyTime(day=entry.day, start=entry.start, end=entry.end) for entry in sent["weekly"])
        )
    if "translations" in sent:
        sent["translations"] = {
            language: Translation(title=entry.title, description=entry.description)
            for language, entry in sent["translations"].items()
        }
    return sent


def _with_levels(languages: tuple[str, ...], levels: tuple[Level, ...] | None) -> dict[str, Any]:
    """Each language once, with its level; lists of different lengths stay as they are and are refused later."""
    if not levels:
        return {"languages_required": tuple(dict.fromkeys(languages))}
    if len(levels) != len(languages):
        return {"languages_required": languages, "language_levels": levels}
    pairs = dict(zip(reversed(languages), reversed(levels), strict=True))
    unique = tuple(dict.fromkeys(languages))
    return {"languages_required": unique, "language_levels": tuple(pairs[language] for language in unique)}
