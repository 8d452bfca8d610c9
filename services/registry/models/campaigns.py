"""Campaigns: calls to volunteers for a purpose. What the campaigner says and sees; what a volunteer sees and answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.registry.models.characteristics import AgeBand
from shared.contracts.vocabulary import AGS
from shared.http.languages import Language
from shared.http.models import Day, Line, RequestModel, wrong


class CampaignStatus(StrEnum):
    """draft → submitted → approved → calling → called → ended; submitted → declined (→ submitted); any → withdrawn."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    APPROVED = "approved"
    CALLING = "calling"
    """Volunteers are being called, step by step."""
    CALLED = "called"
    """All of the target group have been looked at; answers come in."""
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Answer(StrEnum):
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"


class TextInput(RequestModel):
    """A line and some paragraphs of plain text in one language.

    They have to say how people get in touch with the organisation: it does not learn who answers.
    """

    subject: Line
    paragraphs: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...], Field(min_length=1, max_length=10)
    ]


def _german_is_there(texts: dict[str, TextInput]) -> dict[str, TextInput]:
    if "de" not in texts:
        raise wrong(
            "Der deutsche Text (de) ist nötig: Wer keinen der anderen liest, bekommt ihn.",
            "The German text (de) is needed: whoever reads none of the others gets it.",
        )
    return texts


Texts = Annotated[dict[Language, TextInput], Field(min_length=1, max_length=12), AfterValidator(_german_is_there)]


class TargetInput(RequestModel):
    """For whom a campaign is. What is left out is no condition; of languages and age bands any one is enough.

    Own migration experience and age bands count only for volunteers who have consented to just that.
    """

    districts: Annotated[tuple[AGS, ...], Field(min_length=1, max_length=45)]
    languages: Annotated[tuple[Language, ...], Field(max_length=20)] = ()
    age_bands: Annotated[tuple[AgeBand, ...], Field(max_length=5)] = ()
    own_migration_experience: bool = False


class WriteCampaign(RequestModel):
    """A campaign as its organisation wants it; both days of the period are included."""

    target: TargetInput
    starts_on: Day
    ends_on: Day
    texts: Texts


class PlanCampaign(WriteCampaign):
    organisation_id: UUID


class AnswerCall(RequestModel):
    answer: Answer


@dataclass(frozen=True)
class Target:
    districts: tuple[str, ...]
    languages: tuple[str, ...]
    age_bands: tuple[str, ...]
    own_migration_experience: bool


@dataclass(frozen=True)
class Count:
    """A true count, and the key from which its noise follows."""

    true: int
    key: int


@dataclass(frozen=True)
class ShownCount:
    """What is shown of a count, and of which true count it was made. `at_least` None: fewer than 5."""

    of: int
    at_least: int | None


@dataclass(frozen=True)
class Campaign:
    campaign_id: UUID
    version: int
    organisation_id: UUID
    created_by: UUID
    created_at: datetime
    target: Target
    starts_on: date
    ends_on: date
    texts: dict[str, dict[str, object]]
    status: CampaignStatus
    submitted_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None
    after_district: str
    after_volunteer_id: UUID
    counts: dict[str, Count]
    shown: dict[str, ShownCount]
    shown_at: datetime | None


@dataclass(frozen=True)
class Aim:
    """A volunteer of the target group: how many calls they got lately, and when the first of these was."""

    volunteer_id: UUID
    calls: int
    first_called_at: datetime | None


@dataclass(frozen=True)
class Call:
    """What one volunteer was told of a campaign, and answered."""

    campaign_id: UUID
    volunteer_id: UUID
    version: int
    called_at: datetime
    answer: Answer | None
    answered_at: datetime | None


class CountAnswer(BaseModel):
    """How many, rounded and blurred: exactly one of the two is given."""

    at_least: int | None = Field(description="a multiple of 5")
    fewer_than: int | None


class CountsAnswer(BaseModel):
    """Reach and answers as of a night; they change only when at least five people more or fewer are counted."""

    called: CountAnswer
    interested: CountAnswer
    not_interested: CountAnswer
    as_of: datetime


class TextAnswer(BaseModel):
    subject: str
    paragraphs: tuple[str, ...]


class TargetAnswer(BaseModel):
    districts: tuple[str, ...]
    languages: tuple[str, ...]
    age_bands: tuple[str, ...]
    own_migration_experience: bool


class CampaignAnswer(BaseModel):
    """A campaign as its organisation sees it: whom it reached is in nobody's answer, only how many, from 5 up."""

    campaign_id: UUID
    version: int
    organisation_id: UUID
    target: TargetAnswer
    starts_on: date
    ends_on: date
    texts: dict[str, TextAnswer]
    status: CampaignStatus
    decided_at: datetime | None
    districts_done: int = Field(description="how many of the target's districts have been gone through")
    counts: CountsAnswer | None


class CallAnswer(BaseModel):
    """A call as the volunteer sees it, in their language where it was written in it."""

    campaign_id: UUID
    version: int
    organisation: str
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    ends_on: date
    called_at: datetime
    answer: Answer | None
    answered_at: datetime | None
