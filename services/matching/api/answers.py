"""What matching shows: the shapes of its answers, and the sentences in the reader's language."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request

from services.matching.api.offer_answers import OfferAnswer, offer_answer
from services.matching.api.shapes import Answer
from services.matching.handlers.missing import course_for
from services.matching.models.suggestions import (
    Course,
    Explanation,
    Fact,
    OffersForVolunteer,
    RankedVolunteer,
    Scored,
    Unmet,
)
from services.matching.sentences import part_sentence, restraint_sentence, unmet_sentence
from shared.http.problems import preferred_language


class PartAnswer(Answer):
    """One part of a score in [0, 1], the fact behind it as data and as a sentence."""

    part: str
    value: float
    fact: Fact
    sentence: str


class CourseAnswer(Answer):
    """The course that would help."""

    course_id: UUID
    title: str
    starts_at: datetime
    district: str
    postal_code: str
    place_name: str


class MissingAnswer(Answer):
    """What is missing, and how to get it. `obtainable`: the volunteer can get or change it themselves."""

    requirement: str
    fact: Fact
    obtainable: bool
    sentence: str
    course: CourseAnswer | None


class SuggestedOffer(Answer):
    """An offer that fits, and why."""

    offer: OfferAnswer
    score: float
    parts: list[PartAnswer]


class LackingOfferAnswer(SuggestedOffer):
    """An offer that would fit if something were not missing that can be got."""

    missing: list[MissingAnswer]


class OfferSuggestions(Answer):
    """Offers for a volunteer, best first."""

    suggestions: list[SuggestedOffer]
    missing: list[LackingOfferAnswer]


class SuggestedVolunteer(Answer):
    """A volunteer who meets every hard requirement, and why. Ids and facts: nothing that says who it is."""

    volunteer_id: UUID
    score: float
    parts: list[PartAnswer]


class VolunteerSuggestions(Answer):
    """Volunteers for an offer, best first."""

    suggestions: list[SuggestedVolunteer]


class RequirementAnswer(Answer):
    """A hard requirement that the offer makes."""

    requirement: str
    met: bool


class RestraintAnswer(Answer):
    """Why somebody who could be placed is not asked at present. They themselves may always ask."""

    restraint: str
    fact: Fact
    sentence: str


class ExplanationAnswer(SuggestedVolunteer):
    """Why a volunteer is suggested, or is not: `missing` says what they lack, `restraints` why they are not asked."""

    suggested: bool
    requirements: list[RequirementAnswer]
    missing: list[MissingAnswer]
    restraints: list[RestraintAnswer]


class RecordAnswer(Answer):
    """Everything that matching holds of a person."""

    service: str = "matching"
    subject_id: UUID
    exported_at: datetime
    member: dict[str, Any] | None
    offers: list[dict[str, Any]]
    activities: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    profile: dict[str, Any] | None
    qualifications: list[dict[str, Any]]
    clearances: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    consents: list[str]
    placements: list[dict[str, Any]]
    tandems: list[dict[str, Any]]
    tandem_check_ins: list[dict[str, Any]]
    tandem_wishes: list[str]
    plans: list[dict[str, Any]]
    asks: list[dict[str, Any]]
    declined_topics: list[dict[str, Any]]
    suggestions_told: list[dict[str, Any]]


def reader_language(request: Request) -> str:
    """`de` or `en`."""
    return preferred_language(request.headers.get("accept-language"))


def offer_suggestions(found: OffersForVolunteer, language: str) -> OfferSuggestions:
    """Offers for a volunteer as they are shown."""
    return OfferSuggestions(
        suggestions=[
            SuggestedOffer(
                offer=offer_answer(each.offer), score=_rounded(each.scored), parts=_parts(each.scored, language)
            )
            for each in found.suggestions
        ],
        missing=[
            LackingOfferAnswer(
                offer=offer_answer(each.offer),
                score=_rounded(each.scored),
                parts=_parts(each.scored, language),
                missing=_missing(each.unmet, found.courses, language),
            )
            for each in found.lacking
        ],
    )


def volunteer_suggestions(found: list[RankedVolunteer], language: str) -> VolunteerSuggestions:
    """Volunteers for an offer as they are shown."""
    return VolunteerSuggestions(
        suggestions=[
            SuggestedVolunteer(
                volunteer_id=each.volunteer_id, score=_rounded(each.scored), parts=_parts(each.scored, language)
            )
            for each in found
        ]
    )


def explanation_answer(found: Explanation, language: str) -> ExplanationAnswer:
    """An explanation as it is shown."""
    return ExplanationAnswer(
        volunteer_id=found.volunteer_id,
        suggested=not found.unmet and not found.restrained,
        score=_rounded(found.scored),
        parts=_parts(found.scored, language),
        requirements=[
            *(RequirementAnswer(requirement=each.value, met=True) for each in found.met),
            *(RequirementAnswer(requirement=each.requirement.value, met=False) for each in found.unmet),
        ],
        missing=_missing(found.unmet, dict(found.courses), language),
        restraints=[
            RestraintAnswer(restraint=each.restraint.value, fact=each.fact, sentence=restraint_sentence(each, language))
            for each in found.restrained
        ],
    )


def _rounded(scored: Scored) -> float:
    return round(scored.score, 4)


def _parts(scored: Scored, language: str) -> list[PartAnswer]:
    return [
        PartAnswer(part=part.part, value=round(part.value, 4), fact=part.fact, sentence=part_sentence(part, language))
        for part in scored.parts
    ]


def _missing(unmet: tuple[Unmet, ...], courses: dict[str, Course], language: str) -> list[MissingAnswer]:
    return [
        MissingAnswer(
            requirement=each.requirement.value,
            fact=each.fact,
            obtainable=each.is_obtainable,
            sentence=unmet_sentence(each, course_for(each, courses), language),
            course=CourseAnswer.model_validate(course) if (course := course_for(each, courses)) else None,
        )
        for each in unmet
    ]
