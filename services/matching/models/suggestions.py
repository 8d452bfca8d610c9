"""Suggestions: an offer and a volunteer weighed against each other, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.matching.models.offers import Offer
from shared.contracts.vocabulary import Travel

Fact = dict[str, str | int | float | list[str]]
"""What lies behind a value, as data."""


class Requirement(StrEnum):
    """The hard requirements: never traded against anything."""

    WITHIN_REACH = "within_reach"
    LANGUAGE = "language"
    SKILL = "skill"
    QUALIFICATION = "qualification"
    CLEARANCE = "clearance"
    UNDERTAKING = "undertaking"
    MINIMUM_AGE = "minimum_age"
    AGE_TOLD = "age_told"
    NOT_PAUSED = "not_paused"
    PRESENT = "present"
    NO_OVERLAP = "no_overlap"
    BOUNDARY = "boundary"


OBTAINABLE = frozenset(
    (
        Requirement.QUALIFICATION,
        Requirement.CLEARANCE,
        Requirement.UNDERTAKING,
        Requirement.AGE_TOLD,
        Requirement.NOT_PAUSED,
    )
)
"""What a volunteer can get or change themselves, so that it is worth saying how."""


class Restraint(StrEnum):
    """Why a volunteer is not asked for an offer although they could be placed: they themselves may always ask for it."""

    ALREADY_ASKED = "already_asked"
    DECLINED = "declined"
    ASKED_OFTEN = "asked_often"


@dataclass(frozen=True, slots=True)
class Unmet:
    """A hard requirement that a volunteer does not meet."""

    requirement: Requirement
    fact: Fact = field(default_factory=dict)

    @property
    def is_obtainable(self) -> bool:
        return self.requirement in OBTAINABLE


@dataclass(frozen=True, slots=True)
class Restrained:
    """A reason why somebody is not asked for an offer at present."""

    restraint: Restraint
    fact: Fact = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: `value` in [0, 1] and the fact behind it."""

    part: str
    value: float
    fact: Fact


@dataclass(frozen=True, slots=True)
class Scored:
    """A score in [0, 1] with its parts."""

    score: float
    parts: tuple[Part, ...]


class Weights(BaseModel):
    """How much each part of a score counts, against the others. A part that says nothing is left out of the sum."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shared_languages: float = Field(0.2, ge=0, le=1)
    skills: float = Field(0.1, ge=0, le=1)
    distance: float = Field(0.2, ge=0, le=1)
    availability: float = Field(0.2, ge=0, le=1)
    wishes: float = Field(0.1, ge=0, le=1)
    urgency: float = Field(0.1, ge=0, le=1)
    experience: float = Field(0.05, ge=0, le=1)
    fairness: float = Field(0.05, ge=0, le=1)
    asked: float = Field(0.05, ge=0, le=1)
    declined: float = Field(0.05, ge=0, le=1)

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("TANDEM_WEIGHTS: at least one part must count")
        return self


@dataclass(frozen=True, slots=True)
class Scale:
    """What the parts of a score are measured by: kilometres, placements and days as in the settings."""

    weights: Weights
    half_distance_km: float
    half_distance_km_by_travel: Mapping[Travel, float]
    full_experience_placements: int
    full_fairness_days: int
    full_asks: int
    declined_days: int


@dataclass(frozen=True, slots=True)
class Course:
    """The next course that grants a qualification."""

    course_id: UUID
    title: str
    grants: str
    starts_at: datetime
    district: str
    postal_code: str
    place_name: str


@dataclass(frozen=True, slots=True)
class RankedOffer:
    """An offer that a volunteer may take."""

    offer: Offer
    scored: Scored


@dataclass(frozen=True, slots=True)
class LackingOffer:
    """An offer that a volunteer could take if they got what is missing."""

    offer: Offer
    scored: Scored
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True, slots=True)
class OffersForVolunteer:
    """Best first. `courses`: by qualification, the course that would help."""

    suggestions: Sequence[RankedOffer]
    lacking: Sequence[LackingOffer]
    courses: dict[str, Course]


@dataclass(frozen=True, slots=True)
class RankedVolunteer:
    """A volunteer who meets every hard requirement of an offer."""

    volunteer_id: UUID
    scored: Scored


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a volunteer is suggested for an offer, or is not."""

    volunteer_id: UUID
    scored: Scored
    met: tuple[Requirement, ...]
    unmet: tuple[Unmet, ...]
    restrained: tuple[Restrained, ...]
    courses: Mapping[str, Course]


@dataclass(frozen=True, slots=True)
class Check:
    """A change after which somebody may have to be told: of a volunteer, or of an offer.

    `passed_over`: volunteers of whom it was found out that they cannot be told of it now.
    """

    check_id: int
    volunteer_id: UUID | None
    offer_id: UUID | None
    passed_over: tuple[UUID, ...]
    correlation_id: str
