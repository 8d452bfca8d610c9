"""Enrolments: of a volunteer's own accord, and as the organisation sees them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.training import permissions
from services.training.handlers import announcements, enrolment_steps, waiting_list
from services.training.models import Course, Enrolment, EnrolmentView
from services.training.permissions import PERMISSIONS
from services.training.rules import refusals
from services.training.rules.enrolments import (
    Step,
    check_acceptance,
    check_cancellation,
    status_at_enrolment,
)
from services.training.settings import TrainingSettings
from services.training.store import courses, enrolments
from shared.access.callers import Caller, Role
from shared.access.permissions import Belongs
from shared.access.rights import refuse_if_restricted, restricted_among
from shared.contracts.training import TrainingEnrolled, TrainingWaitlisted
from shared.contracts.vocabulary import EnrolmentStatus
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known, version_mismatch
from shared.runtime.ids import new_id
from shared.telemetry.logging import get_logger

log = get_logger()


async def enrol(tx: Transaction, caller: Caller, course_id: UUID, settings: TrainingSettings) -> EnrolmentView:
    """Enrol the caller: exactly as many as there are places are enrolled, everyone else waits in order."""
    PERMISSIONS.require(permissions.ENROL, caller, Belongs(person=caller.subject_id), what="course")
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    if not await courses.volunteer_is_known(tx.connection, volunteer_id):
        raise not_yet_known("volunteer")
    await refuse_if_restricted(tx.connection, volunteer_id)
    course = await courses.lock_course(tx.connection, course_id)
    if course is None:
        raise not_found("course")
    organisation = await courses.organisation(tx.connection, course.organisation_id)
    if organisation is None or not organisation.verified:
        raise not_found("course")
    if await enrolments.is_enrolled(tx.connection, course_id, volunteer_id):
        raise refusals.already_enrolled()
    waiting = await enrolments.count_waiting(tx.connection, course_id)
    status = status_at_enrolment(course, waiting, settings.waiting_list_at_most, tx.now)
    enrolment = await _add(tx, course, volunteer_id, status)
    log.info("training-enrolment-added", enrolment_id=enrolment.enrolment_id, enrolment_status=status)
    position = waiting + 1 if status is EnrolmentStatus.WAITLISTED else None
    return EnrolmentView(enrolment, course.title, position)


async def _add(tx: Transaction, course: Course, volunteer_id: UUID, status: EnrolmentStatus) -> Enrolment:
    enrolled = status is EnrolmentStatus.ENROLLED
    if enrolled:
        course = replace(course, places_taken=course.places_taken + 1)
    else:
        course = replace(course, last_queue_number=course.last_queue_number + 1)
    enrolment = Enrolment(
        enrolment_id=new_id(),
        version=1,
        course_id=course.course_id,
        volunteer_id=volunteer_id,
        status=status,
        queue_number=None if enrolled else course.last_queue_number,
    )
    await courses.save_course(tx.connection, course)
    await enrolments.add_enrolment(tx.connection, enrolment, tx.now)
    tx.publish(announcements.enrolment(TrainingEnrolled if enrolled else TrainingWaitlisted, enrolment))
    return enrolment


async def cancel_enrolment(
    tx: Transaction, caller: Caller, enrolment_id: UUID, expected: int, settings: TrainingSettings
) -> EnrolmentView:
    """Cancel the caller's enrolment; a place that it held is offered to the next."""
    course, enrolment = await _own_enrolment(tx, caller, permissions.CANCEL_ENROLMENT, enrolment_id, expected)
    check_cancellation(course, enrolment, tx.now)
    (cancelled,) = await enrolment_steps.take(tx, [enrolment], Step.CANCEL)
    await waiting_list.free(tx, course, [enrolment], settings)
    log.info("training-cancelled", enrolment_id=enrolment_id)
    return EnrolmentView(cancelled, course.title, None)


async def accept_place(tx: Transaction, caller: Caller, enrolment_id: UUID, expected: int) -> EnrolmentView:
    """Take the place that was offered to the caller, before the deadline."""
    course, enrolment = await _own_enrolment(tx, caller, permissions.ACCEPT_PLACE, enrolment_id, expected)
    await refuse_if_restricted(tx.connection, enrolment.volunteer_id)
    check_acceptance(course, enrolment, tx.now)
    (accepted,) = await enrolment_steps.take(tx, [enrolment], Step.ACCEPT)
    log.info("training-place-accepted", enrolment_id=enrolment_id)
    return EnrolmentView(accepted, course.title, None)


async def enrolment(connection: Any, caller: Caller, enrolment_id: UUID) -> EnrolmentView:
    """One enrolment: one's own, or one in a course in the caller's scope."""
    permissions.require_role(permissions.READ_ENROLMENT, caller)
    view = await enrolments.shown_enrolment(connection, enrolment_id)
    if view is None:
        raise not_found("enrolment")
    course = await courses.course(connection, view.enrolment.course_id)
    if course is None:
        raise not_found("enrolment")
    scope = permissions.enrolment_scope(view.enrolment, course)
    PERMISSIONS.require(permissions.READ_ENROLMENT, caller, scope, what="enrolment")
    if not caller.is_person(view.enrolment.volunteer_id):
        await require_verified_organisation(connection, course, "enrolment")
    (view,) = await _with_locks(connection, [view])
    return view


async def own_or_course_enrolments(
    connection: Any, caller: Caller, asked: Asked, course_id: UUID | None, status: str | None
) -> Sequence[EnrolmentView]:
    """A volunteer's own enrolments, or those of one course in the caller's scope."""
    if Role.VOLUNTEER in caller.roles:
        own = caller.require_person()
        found = await enrolments.listed(connection, asked, volunteer_id=own, course_id=course_id, status=status)
        return await _with_locks(connection, found)
    permissions.require_role(permissions.LIST_COURSE_ENROLMENTS, caller)
    if course_id is None:
        raise refusals.course_needed()
    course = await courses.course(connection, course_id)
    if course is None:
        raise not_found("course")
    PERMISSIONS.require(permissions.LIST_COURSE_ENROLMENTS, caller, permissions.course_scope(course), what="course")
    await require_verified_organisation(connection, course, "course")
    found = await enrolments.listed(connection, asked, volunteer_id=None, course_id=course_id, status=status)
    return await _with_locks(connection, found)


async def _with_locks(connection: Any, views: Sequence[EnrolmentView]) -> list[EnrolmentView]:
    """Each says whether the person's data is only to be stored (Art. 18 DSGVO)."""
    locked = await restricted_among(connection, {view.enrolment.volunteer_id for view in views}) if views else ()
    return [replace(view, restricted=view.enrolment.volunteer_id in locked) for view in views]


async def require_verified_organisation(connection: Any, course: Course, what: str) -> None:
    """An organisation that is not verified, or no longer, sees nobody."""
    organisation = await courses.organisation(connection, course.organisation_id)
    if organisation is None or not organisation.verified:
        raise not_found(what)


async def _own_enrolment(
    tx: Transaction, caller: Caller, operation: str, enrolment_id: UUID, expected: int
) -> tuple[Course, Enrolment]:
    """Lock the volunteer, the course, and with it the enrolment."""
    permissions.require_role(operation, caller)
    seen = await enrolments.enrolment(tx.connection, enrolment_id)
    if seen is None:
        raise not_found("enrolment")
    PERMISSIONS.require(operation, caller, Belongs(person=seen.volunteer_id), what="enrolment")
    await lock_subject(tx, seen.volunteer_id)
    course = await courses.lock_course(tx.connection, seen.course_id)
    enrolment = await enrolments.enrolment(tx.connection, enrolment_id)
    if course is None or enrolment is None:
        raise not_found("enrolment")
    if enrolment.version != expected:
        raise version_mismatch(enrolment.version)
    return course, enrolment
