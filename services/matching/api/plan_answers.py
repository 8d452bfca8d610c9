"""How plans are shown."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.matching.api.answers import PartAnswer
from services.matching.models.plans import Pairing, PairingStatus, PlannedNeed, PlanStatus, WhyOpen
from services.matching.plan_sentences import why_open_sentence
from services.matching.sentences import part_sentence
from shared.contracts.vocabulary import AGS, Term


class TopicAnswer(BaseModel):
    topic: Term
    needs: int
    places_open: int
    filled: int | None
    best_alone: int | None


class SummaryAnswer(BaseModel):
    """The plan beside today: of `places_open`, which nobody holds today, it fills `filled`.

    Null, for whoever is not the coordinator of all of it: one to four people, or they would follow from the rest.
    """

    needs: int
    places_open: int = Field(description="places that nobody holds and nobody waits for")
    filled: int | None
    best_alone: int | None = Field(description="what always taking the best pairing that is left would fill")
    urgent_places_open: int = Field(description="of needs whose urgency is 4 or more")
    urgent_filled: int | None
    urgent_best_alone: int | None
    people: int | None = Field(description="how many different people are proposed")
    worth: float = Field(
        description="what the plan was optimised for: filled places by urgency, and how well people fit"
    )
    worth_alone: float
    topics: list[TopicAnswer]


class PlanAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    plan_id: UUID
    version: int
    organisation_id: UUID | None
    districts: list[AGS]
    asked_at_most: int
    status: PlanStatus
    done: int = Field(description="needs that were dealt with, of `in_all`, in the present stage")
    in_all: int
    summary: SummaryAnswer | None
    created_at: datetime
    finished_at: datetime | None
    forgotten_at: datetime


class NeedAnswer(BaseModel):
    """What a plan makes of an open need. Numbers of people below five, or that would tell of so few, are not told: null.

    So are `filled` and `best_alone` for whoever is not its coordinator, where places stay open.
    """

    pool_id: UUID
    offer_id: UUID
    offer_title: str
    shift_id: UUID | None
    organisation_id: UUID
    district: AGS
    topic: Term
    urgency: float = Field(description="what the decay has left, 1 to 5")
    places_open: int
    filled: int | None
    best_alone: int | None
    reason: WhyOpen | None
    sentence: str | None
    facts: dict[str, int | None]


class PairingAnswer(BaseModel):
    pairing_id: UUID
    offer_id: UUID
    offer_title: str
    shift_id: UUID | None
    volunteer_id: UUID
    score: float
    reasons: list[PartAnswer]
    status: PairingStatus
    refusal: str | None = Field(description="why the invitation could not be sent: the code of the problem")
    placement_id: UUID | None


def need_answer(language: str) -> Callable[[PlannedNeed], NeedAnswer]:
    """What is shown of a need, in the reader's language."""

    def shown(need: PlannedNeed) -> NeedAnswer:
        sentence = why_open_sentence(need.reason, language) if need.reason else None
        return NeedAnswer(
            **{name: getattr(need, name) for name in NeedAnswer.model_fields if name != "sentence"}, sentence=sentence
        )

    return shown


def pairing_answer(language: str) -> Callable[[Pairing], PairingAnswer]:
    """What is shown of a proposal, in the reader's language."""

    def shown(pairing: Pairing) -> PairingAnswer:
        return PairingAnswer(
            **{name: getattr(pairing, name) for name in PairingAnswer.model_fields if name != "reasons"},
            reasons=[
                PartAnswer(
                    part=part.part, value=round(part.value, 4), fact=part.fact, sentence=part_sentence(part, language)
                )
                for part in pairing.parts
            ],
        )

    return shown
