"""Tandems: a volunteer and the other side, of whom only a reference, languages and wishes are kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.contracts.vocabulary import AGS, PlacementStatus, TandemEndReason, TandemStatus
from shared.http.languages import Language
from shared.http.models import Day, RequestModel

REFERENCE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_WORD = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4})")


def is_opaque(reference: str) -> bool:
    """Whether a reference in a file is one, and holds neither a name nor a date of birth.

    Capital letters, digits and hyphens, 20 at most; never three letters in a row, not more letters than digits, no date.
    """
    letters = sum(character.isalpha() for character in reference)
    digits = sum(character.isdigit() for character in reference)
    return bool(
        len(reference) <= 20
        and REFERENCE.fullmatch(reference)
        and letters <= digits
        and not _WORD.search(reference)
        and not _DAY.search(reference)
    )


def _opaque(reference: str) -> str:
    if not is_opaque(reference):
        raise PydanticCustomError(
            "reference",
            "not a reference that says nothing about a person",
            {
                "code": "reference-not-opaque",
                "de": "Bitte nur das Aktenzeichen: Großbuchstaben, Ziffern, Bindestriche; kein Name, kein Geburtsdatum.",
                "en": "Please only the file number: capital letters, digits, hyphens; no name, no date of birth.",
            },
        )
    return reference


Reference = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_opaque)]


class Wish(StrEnum):
    """What a tandem is to be about: a closed list, so that nothing personal can be written into it."""

    LANGUAGE_PRACTICE = "language_practice"
    EVERYDAY_LIFE = "everyday_life"
    AUTHORITIES = "authorities"
    SCHOOL = "school"
    CHILDREN = "children"
    VOCATIONAL_TRAINING = "vocational_training"
    WORK = "work"
    HOUSING = "housing"
    DIGITAL = "digital"
    LEISURE = "leisure"
    SPORT = "sport"
    CULTURE = "culture"
    NEIGHBOURHOOD = "neighbourhood"


class CounterpartStatus(StrEnum):
    """`open`: a volunteer is looked for; `paired`: a tandem is proposed or goes on."""

    OPEN = "open"
    PAIRED = "paired"
    CLOSED = "closed"


class TandemStep(StrEnum):
    """What moves a tandem on."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    AGREE = "agree"
    PROLONG = "prolong"
    """The trial phase gets another last day."""
    END = "end"


class CheckInStatus(StrEnum):
    DUE = "due"
    DONE = "done"
    SKIPPED = "skipped"


class Outcome(StrEnum):
    """What came of a check-in. Nothing about anybody's circumstances."""

    GOING_WELL = "going_well"
    NEEDS_SUPPORT = "needs_support"
    TALK_ARRANGED = "talk_arranged"
    NOT_REACHED = "not_reached"
    ON_HOLIDAY = "on_holiday"
    OTHER = "other"
    TANDEM_ENDED = "tandem_ended"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The other side of a tandem, as the organisation's coordinators see it."""

    counterpart_id: UUID
    version: int
    organisation_id: UUID
    district: str
    reference: str
    languages: tuple[str, ...]
    wishes: tuple[Wish, ...]
    status: CounterpartStatus
    created_at: datetime
    changed_at: datetime
    organisation_verified: bool = True


@dataclass(frozen=True, slots=True)
class Tandem:
    """A tandem within a placement. `coordinator_id`: who answers for the offer now."""

    tandem_id: UUID
    version: int
    counterpart_id: UUID | None
    placement_id: UUID
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    volunteer_id: UUID
    status: TandemStatus
    trial_days: int
    check_in_days: int
    proposed_at: datetime
    changed_at: datetime
    trial_until: date | None = None
    agreed_by_volunteer_at: datetime | None = None
    agreed_by_coordinator_at: datetime | None = None
    agreed_on: date | None = None
    ended_at: datetime | None = None
    end_reason: TandemEndReason | None = None


@dataclass(frozen=True, slots=True)
class TandemView:
    """A tandem with what is shown beside it. The reference is for the organisation's coordinators only."""

    tandem: Tandem
    offer_title: str
    district: str
    organisation_verified: bool
    placement_status: PlacementStatus
    undertaking_valid: bool
    reference: str | None
    languages: tuple[str, ...]
    wishes: tuple[Wish, ...]
    next_check_in_on: date | None = None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One time at which the coordinator asks how it goes."""

    check_in_id: UUID
    version: int
    tandem_id: UUID
    number: int
    due_on: date
    status: CheckInStatus
    outcome: Outcome | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueCheckIn:
    """A check-in with what it needs to be told of, or listed by. `check_in_id` None: the end of a trial."""

    check_in_id: UUID | None
    number: int
    due_on: date
    tandem_id: UUID
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    volunteer_id: UUID
    version: int = 0
    offer_title: str = ""


@dataclass(frozen=True, slots=True)
class OwnWishes:
    """What a volunteer wishes to do in a tandem; version 1: they have said nothing yet."""

    volunteer_id: UUID
    version: int = 1
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitting:
    """A volunteer who could be proposed: their placement, and what both sides share."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    offer_title: str
    placement_status: PlacementStatus
    undertaking_valid: bool
    languages: tuple[str, ...]
    wishes: tuple[Wish, ...]
    tandems: int


Languages = Annotated[tuple[Language, ...], Field(max_length=20)]
Wishes = Annotated[tuple[Wish, ...], Field(max_length=len(Wish))]
TrialDays = Annotated[int, Field(ge=7, le=180)]
CheckInDays = Annotated[int, Field(ge=7, le=180)]


class RecordCounterpart(RequestModel):
    """Somebody, or a family, for whom a volunteer is looked for: without any personal data."""

    organisation_id: UUID
    district: AGS
    reference: Reference
    languages: Languages = ()
    wishes: Wishes = ()

    def values(self) -> Mapping[str, Any]:
        """Without repetitions."""
        return {
            **self.model_dump(include={"organisation_id", "district", "reference"}),
            "languages": tuple(dict.fromkeys(self.languages)),
            "wishes": tuple(dict.fromkeys(self.wishes)),
        }


class ChangeCounterpart(RequestModel):
    """The languages and wishes anew."""

    languages: Languages
    wishes: Wishes


class ProposeTandem(RequestModel):
    """A coordinator proposes a tandem to the volunteer of a placement."""

    counterpart_id: UUID
    placement_id: UUID
    trial_days: TrialDays | None = None
    """How long the trial phase is; as configured unless told."""
    check_in_days: CheckInDays | None = None


class ProlongTrial(RequestModel):
    trial_until: Day


class EndTandem(RequestModel):
    reason: TandemEndReason


class SettleCheckIn(RequestModel):
    outcome: Outcome


class StateWishes(RequestModel):
    wishes: Wishes
