"""Courses: publish, change, cancel, find."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.training import permissions
from services.training.commands import ChangeCourse, PublishCourse
from services.training.handlers import announcements, enrolment_steps, waiting_list
from services.training.handlers.outcomes import settle
from services.training.models import Course
from services.training.permissions import PERMISSIONS
from services.training.rules import courses as rules
from services.training.rules import refusals
from services.training.rules.enrolments import Step
from services.training.settings import TrainingSettings
from services.training.store import courses as store
from services.training.store import enrolments as enrolment_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.training import CourseCancelled, CoursePublished, CourseUpdated
from shared.contracts.vocabulary import CourseStatus
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known, version_mismatch
from shared.runtime.ids import new_id
from shared.telemetry.logging import get_logger

log = get_logger()


async def publish_course(tx: Transaction, caller: Caller, command: PublishCourse, settings: TrainingSettings) -> Course:
    """Publish a course of a verified organisation; the first session may have begun within the grace time."""
    scope = Belongs(organisation_id=command.organisation_id, district=command.district)
    PERMISSIONS.require(permissions.PUBLISH_COURSE, caller, scope, what="organisation")
    await _require_verified(tx.connection, command.organisation_id)
    if command.grants is not None and settings.qualification(command.grants) is None:
        raise refusals.qualification_unknown()
    grace = timedelta(minutes=settings.course_publish_grace_minutes)
    course = Course(
        course_id=new_id(),
        version=1,
        organisation_id=command.organisation_id,
        title=command.title,
        grants=command.grants,
        district=command.district,
        postal_code=command.postal_code,
        languages=command.languages,
        places=command.places,
        places_taken=0,
        last_queue_number=0,
        status=CourseStatus.PUBLISHED,
        sessions=rules.first_sessions(command.sessions, tx.now, grace, new_id),
    )
    await store.add_course(tx.connection, course)
    tx.publish(announcements.course(CoursePublished, course))
    log.info("course-published", course_id=course.course_id, organisation_id=course.organisation_id)
    return course


async def change_course(
    tx: Transaction,
    caller: Caller,
    course_id: UUID,
    expected: int,
    command: ChangeCourse,
    settings: TrainingSettings,
) -> Course:
    """Change title, places or sessions. More places go to those who wait; without a change nothing is announced."""
    before = await _course_to_change(tx, caller, permissions.CHANGE_COURSE, course_id, expected)
    await _require_verified(tx.connection, before.organisation_id)
    rules.check_alive(before)
    changed = before
    if command.title is not None:
        changed = replace(changed, title=command.title)
    if command.places is not None:
        rules.check_places(before, command.places)
        changed = replace(changed, places=command.places)
    if command.sessions is not None:
        changed = replace(changed, sessions=rules.changed_sessions(before, command.sessions, tx.now, new_id))
    if changed == before:
        return before
    changed = replace(changed, version=before.version + 1)
    await store.save_course(tx.connection, changed)
    if changed.sessions != before.sessions:
        await store.save_sessions(tx.connection, changed)
        await settle(tx, changed, await enrolment_store.recorded_enrolments(tx.connection, course_id), settings)
    tx.publish(announcements.course(CourseUpdated, changed))
    log.info("course-updated", course_id=course_id, course_version=changed.version)
    return await waiting_list.move(tx, changed, settings)


async def cancel_course(tx: Transaction, caller: Caller, course_id: UUID, expected: int) -> Course:
    """Cancel a course whose last session has not begun, and with it every enrolment."""
    before = await _course_to_change(tx, caller, permissions.CANCEL_COURSE, course_id, expected)
    rules.check_cancellable(before, tx.now)
    undecided = await enrolment_store.undecided_enrolments(tx.connection, course_id)
    await enrolment_steps.take(tx, undecided, Step.CALL_OFF)
    course = replace(before, version=before.version + 1, status=CourseStatus.CANCELLED, places_taken=0)
    await store.save_course(tx.connection, course)
    tx.publish(announcements.course(CourseCancelled, course))
    log.info("course-cancelled", course_id=course_id, enrolment_count=len(undecided))
    return course


async def course(connection: Any, course_id: UUID) -> Course:
    """A course of a verified organisation, cancelled ones too."""
    found = await store.course(connection, course_id)
    if found is None:
        raise not_found("course")
    organisation = await store.organisation(connection, found.organisation_id)
    if organisation is None or not organisation.verified:
        raise not_found("course")
    return found


async def courses(
    connection: Any,
    asked: Asked,
    *,
    from_: datetime | None,
    district: str | None,
    grants: str | None,
    organisation_id: UUID | None,
    now: datetime,
    settings: TrainingSettings,
) -> Sequence[Course]:
    """Published courses: from an instant on, or from those that have just begun."""
    earliest = from_ or now - timedelta(minutes=settings.course_publish_grace_minutes)
    return await store.published_courses(
        connection, asked, earliest, district=district, grants=grants, organisation_id=organisation_id
    )


async def _course_to_change(tx: Transaction, caller: Caller, operation: str, course_id: UUID, expected: int) -> Course:
    permissions.require_role(operation, caller)
    seen = await store.course(tx.connection, course_id)
    PERMISSIONS.require(operation, caller, permissions.course_scope(seen), what="course")
    found = await store.lock_course(tx.connection, course_id)
    if found is None:
        raise not_found("course")
    if found.version != expected:
        raise version_mismatch(found.version)
    return found


async def _require_verified(connection: Any, organisation_id: UUID) -> None:
    organisation = await store.organisation(connection, organisation_id)
    if organisation is None:
        raise not_yet_known("organisation")
    if not organisation.verified:
        raise refusals.organisation_not_verified()
