"""What matching shows: the shapes of its answers, and the sentences in the reader's language."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request

from services.matching.api.offer_answers import OfferAnswer, offer_answer
from services.matching.api.shapes import Answer
from services.matching.handlers.missing import course_for
from services.matching.models.placements import Invitations, LeftOutBecause, PlacementView, Step
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
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import EndReason, PlacementStatus, SuspensionReason
from shared.http.problems import preferred_language


class PlacementAnswer(Answer):
    """A placement, with where and when it is, and what whoever looks can do.

    `waiting_position` counts from 1 (next), null unless it waits. `offered_until`: the deadline of an offered place, or of
    an invitation. `overlap_reason`: why a coordinator placed somebody in spite of an overlap. `possible`: the steps that
    the caller can take now.
    """

    placement_id: UUID
    version: int
    offer_id: UUID
    offer_title: str
    organisation_id: UUID
    district: str
    volunteer_id: UUID
    status: PlacementStatus
    waiting_position: int | None
    requested_at: datetime
    changed_at: datetime
    offered_until: datetime | None
    confirmed_at: datetime | None
    coordinator_id: UUID
    postal_code: str
    place_name: str
    weekly: list[WeeklyTime]
    starts_on: date | None
    ends_on: date | None
    shift_id: UUID | None
    shift_starts_at: datetime | None
    shift_ends_at: datetime | None
    group_id: UUID | None
    joint_id: UUID | None
    invited: bool
    started_at: datetime | None
    suspended_at: datetime | None
    suspended_because: SuspensionReason | None
    completed_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    overlap_reason: str | None
    overlap_overridden_at: datetime | None
    possible: list[Step]


class LeftOutAnswer(Answer):
    """Somebody who is not invited, and why."""

    volunteer_id: UUID
    because: LeftOutBecause


class InvitationsAnswer(Answer):
    """What became of inviting several volunteers."""

    invited: list[PlacementAnswer]
    left_out: list[LeftOutAnswer]


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


def placement_answer(view: PlacementView) -> PlacementAnswer:
    """A placement as it is shown."""
    placement = view.placement
    return PlacementAnswer(
        placement_id=placement.placement_id,
        version=placement.version,
        offer_id=placement.offer_id,
        offer_title=view.offer_title,
        organisation_id=placement.organisation_id,
        district=view.district,
        volunteer_id=placement.volunteer_id,
        status=placement.status,
        waiting_position=view.waiting_position,
        requested_at=placement.requested_at,
        changed_at=placement.changed_at,
        offered_until=placement.offered_until,
        confirmed_at=placement.confirmed_at,
        coordinator_id=placement.coordinator_id,
        postal_code=view.postal_code,
        place_name=view.place_name,
        weekly=list(view.weekly),
        starts_on=view.starts_on,
        ends_on=view.ends_on,
        shift_id=placement.shift_id,
        shift_starts_at=view.shift_starts_at,
        shift_ends_at=view.shift_ends_at,
        group_id=placement.group_id,
        joint_id=placement.joint_id,
        invited=placement.invited_by is not None,
        started_at=placement.started_at,
        suspended_at=placement.suspended_at,
        suspended_because=placement.suspended_because,
        completed_at=placement.completed_at,
        ended_at=placement.ended_at,
        end_reason=placement.end_reason,
        overlap_reason=placement.override_reason,
        overlap_overridden_at=placement.override_at,
        possible=list(view.possible),
    )


def invitations_answer(made: Invitations) -> InvitationsAnswer:
    """What became of inviting several volunteers, as it is shown to the coordinator."""
    return InvitationsAnswer(
        invited=[placement_answer(view) for view in made.invited],
        left_out=[LeftOutAnswer.model_validate(each) for each in made.left_out],
    )


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
            RestraintAnswer(
                restraint=each.restraint.value, fact=each.fact, sentence=restraint_sentence(each, language)
            )
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
