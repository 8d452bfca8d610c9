"""Offers: what an organisation states, and what a coordinator sends to state or change one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.matching.models.places import Point
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import AGS, LanguageCode, LocalTime, OfferStatus, PostalCode, Term, Weekday
from shared.http.models import Line, RequestModel, Text

Languages = Annotated[tuple[LanguageCode, ...], Field(max_length=20)]
MinimumAge = Literal[14, 16, 18]
"""The thresholds that are known of a volunteer; in between nothing can be checked."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A concrete need for volunteers.

    `places_taken` counts placements that hold a place, `waiting` those on the waiting list, `last_queue_number` numbers
    the requests in the order in which they came. `point` is None when the postal code is not known here.
    """

    offer_id: UUID
    version: int
    organisation_id: UUID
    coordinator_id: UUID
    title: str
    description: str
    topic: str
    district: str
    postal_code: str
    weekly: tuple[WeeklyTime, ...]
    starts_on: date | None
    ends_on: date | None
    languages_required: tuple[str, ...]
    languages_welcome: tuple[str, ...]
    qualifications: tuple[str, ...]
    minimum_age: int | None
    places: int
    urgency: int
    status: OfferStatus
    places_taken: int = 0
    waiting: int = 0
    last_queue_number: int = 0
    organisation_name: str = ""
    organisation_verified: bool = True
    place_name: str = ""
    point: Point | None = None

    @property
    def places_free(self) -> int:
        return self.places - self.places_taken

    def is_over(self, today: date) -> bool:
        """Its last day has passed."""
        return self.ends_on is not None and self.ends_on < today


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


Weekly = Annotated[tuple[WeeklyEntry, ...], Field(max_length=50)]
Qualifications = Annotated[tuple[Term, ...], Field(max_length=10)]
Places = Annotated[int, Field(ge=1, le=1000)]
Urgency = Annotated[int, Field(ge=1, le=5)]


class OfferDraft(RequestModel):
    """What a coordinator states of a new offer."""

    organisation_id: UUID
    title: Line
    description: Text = ""
    topic: Term
    district: AGS
    postal_code: PostalCode
    weekly: Weekly = ()
    starts_on: date | None = None
    ends_on: date | None = None
    languages_required: Languages = ()
    languages_welcome: Languages = ()
    qualifications: Qualifications = ()
    minimum_age: MinimumAge | None = None
    places: Places
    urgency: Urgency = 3

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Offer` that were stated."""
        return _values(self)


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)


class OfferChange(RequestModel):
    """What is to be different. What is left out stays; null empties `starts_on`, `ends_on` and `minimum_age`."""

    # The defaults only make fields optional: what was not sent is never read.
    model_config = ConfigDict(json_schema_extra=_without_defaults)

    title: Line = ""
    description: Text = ""
    topic: Term = ""
    district: AGS = ""
    postal_code: PostalCode = ""
    weekly: Weekly = ()
    starts_on: date | None = None
    ends_on: date | None = None
    languages_required: Languages = ()
    languages_welcome: Languages = ()
    qualifications: Qualifications = ()
    minimum_age: MinimumAge | None = None
    places: Places = 1
    urgency: Urgency = 3

    def values(self) -> Mapping[str, Any]:
        """The fields of an `Offer` that are to change."""
        return _values(self)


def _values(model: RequestModel) -> Mapping[str, Any]:
    """Exactly the fields that were sent; texts and lists without repetition, in the order in which they came."""
    sent = {name: getattr(model, name) for name in type(model).model_fields if name in model.model_fields_set}
    for name in ("languages_required", "languages_welcome", "qualifications"):
        if name in sent:
            sent[name] = tuple(dict.fromkeys(sent[name]))
    if "weekly" in sent:
        sent["weekly"] = tuple(
            dict.fromkeys(WeeklyTime(day=entry.day, start=entry.start, end=entry.end) for entry in sent["weekly"])
        )
    return sent


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """What a public list of offers is narrowed to; None asks for nothing."""

    district: str | None = None
    topic: str | None = None
    language: str | None = None
    """Required or welcome."""
    organisation_id: UUID | None = None
