"""What a volunteer lacks for an offer, told in both languages and with the course that would help."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.models.suggestions import Course, Requirement, Unmet
from services.matching.models.volunteers import Candidate
from services.matching.sentences import ENGLISH, GERMAN, unmet_sentence
from services.matching.store import candidates as store
from services.matching.store import offers as offers_store


async def helpful_courses(
    connection: Any, candidate: Candidate, unmet: Iterable[Unmet], now: datetime
) -> dict[str, Course]:
    """By qualification that is missing, the next course that grants it."""
    wanted = {str(each.fact["qualification"]) for each in unmet if each.requirement is Requirement.QUALIFICATION}
    return await store.next_courses(connection, wanted, candidate.district, now)


def course_for(unmet: Unmet, courses: dict[str, Course]) -> Course | None:
    """The course that would help with this one."""
    return courses.get(str(unmet.fact.get("qualification")))


async def told_to(connection: Any, organisation_id: UUID, unmet: Iterable[Unmet]) -> tuple[Unmet, ...]:
    """The same for staff: where a volunteer helps besides concerns nobody else, only that they are not free."""
    told = []
    for each in unmet:
        if each.requirement is not Requirement.NO_OVERLAP:
            told.append(each)
            continue
        named = each.fact["offers"]
        ids = [UUID(offer_id) for offer_id in named] if isinstance(named, list) else []
        found = await offers_store.offers(connection, ids)
        own = sorted(str(offer.offer_id) for offer in found if offer.organisation_id == organisation_id)
        told.append(replace(each, fact={"offers": own}))
    return tuple(told)


async def described(
    connection: Any, candidate: Candidate, unmet: Iterable[Unmet], now: datetime
) -> list[dict[str, Any]]:
    """The list `missing` of a refusal."""
    listed = tuple(unmet)
    courses = await helpful_courses(connection, candidate, listed, now)
    return [
        {
            "requirement": each.requirement.value,
            "fact": each.fact,
            "sentence_de": unmet_sentence(each, course_for(each, courses), GERMAN),
            "sentence_en": unmet_sentence(each, course_for(each, courses), ENGLISH),
            "course_id": course.course_id if (course := course_for(each, courses)) else None,
        }
        for each in listed
    ]
