"""The waiting list of a locked course: a place that comes free is offered to whoever is first, in order, always."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.training.handlers import enrolment_steps
from services.training.models import TAKES_A_PLACE, Course, Enrolment
from services.training.rules.enrolments import Step, offer_deadline, offers_places
from services.training.settings import TrainingSettings
from services.training.store import courses, enrolments
from shared.postgres.transaction import Transaction


async def free(tx: Transaction, course: Course, left: Sequence[Enrolment], settings: TrainingSettings) -> Course:
    """Give up the places that these enrolments held before they left, and offer them to those who wait."""
    return await give_up(tx, course, sum(enrolment.status in TAKES_A_PLACE for enrolment in left), settings)


async def give_up(tx: Transaction, course: Course, freed: int, settings: TrainingSettings) -> Course:
    """Give up so many places, and offer them to those who wait."""
    if not freed:
        return course
    course = replace(course, places_taken=course.places_taken - freed)
    await courses.save_course(tx.connection, course)
    return await move(tx, course, settings)


async def move(tx: Transaction, course: Course, settings: TrainingSettings) -> Course:
    """Offer every free place to the next in the waiting list, until a deadline."""
    free_places = offers_places(course, tx.now)
    if not free_places:
        return course
    following = await enrolments.next_waiting(tx.connection, course.course_id, free_places)
    if not following:
        return course
    deadline = offer_deadline(course, tx.now, timedelta(hours=settings.place_offered_hours))
    await enrolment_steps.take(tx, following, Step.OFFER_PLACE, offered_until=deadline)
    course = replace(course, places_taken=course.places_taken + len(following))
    await courses.save_course(tx.connection, course)
    return course
