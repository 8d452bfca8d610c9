"""What the clock does: places that were not accepted, waiting lists of courses that are over, expired qualifications.

Each function is one bounded step; it says how much it did, so that it is called again at once while there is more.
"""

from uuid import UUID

from services.training.handlers import enrolment_steps, outcomes, waiting_list
from services.training.models import Course
from services.training.rules.enrolments import Step
from services.training.rules.qualifications import day_of
from services.training.settings import TrainingSettings
from services.training.store import courses, enrolments, qualifications
from shared.postgres.transaction import Transaction

COURSES_PER_STEP = 10
QUALIFICATIONS_PER_STEP = 200


async def expire_place_offers(tx: Transaction, settings: TrainingSettings) -> int:
    """Take back places whose deadline has passed and offer them to the next in the waiting list."""
    due = await courses.courses_with_overdue_offers(tx.connection, tx.now, COURSES_PER_STEP)
    expired = 0
    for course in await _locked(tx, due):
        overdue = await enrolments.overdue_enrolments(tx.connection, course.course_id, tx.now)
        await enrolment_steps.take(tx, overdue, Step.EXPIRE)
        await waiting_list.free(tx, course, overdue, settings)
        expired += len(overdue)
    return expired


async def close_waiting_lists(tx: Transaction, settings: TrainingSettings) -> int:
    """Tell those who still wait for a course that is over that nothing comes of it."""
    over = await courses.courses_to_close(tx.connection, tx.now, COURSES_PER_STEP)
    for course in await _locked(tx, over):
        waiting = await enrolments.waiting_enrolments(tx.connection, course.course_id)
        await enrolment_steps.take(tx, waiting, Step.EXPIRE)
        await waiting_list.free(tx, course, waiting, settings)
        await courses.close_waiting_list(tx.connection, course.course_id)
    return len(over)


async def end_expired_qualifications(tx: Transaction) -> int:
    """End qualifications whose last valid day (in Germany) has passed."""
    expired = await qualifications.expired(tx.connection, day_of(tx.now), QUALIFICATIONS_PER_STEP)
    for qualification in expired:
        await outcomes.end(tx, qualification)
    return len(expired)


async def _locked(tx: Transaction, course_ids: list[UUID]) -> list[Course]:
    """The courses, locked in the order of their ids, so that two workers never wait for each other."""
    found = [await courses.lock_course(tx.connection, course_id) for course_id in sorted(course_ids)]
    return [course for course in found if course is not None]
