"""Attendance of a session: recorded by a trainer, never by those who attended; may be corrected."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.training import permissions
from services.training.commands import RecordAttendance
from services.training.handlers.enrolments import require_verified_organisation
from services.training.handlers.outcomes import settle
from services.training.models import Attendance, Course, Session
from services.training.permissions import PERMISSIONS
from services.training.rules import attendance as rules
from services.training.settings import TrainingSettings
from services.training.store import courses, enrolments
from shared.access.callers import Caller
from shared.access.rights import refuse_if_restricted
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.telemetry.logging import get_logger

log = get_logger()


async def attendance(connection: Any, caller: Caller, course_id: UUID, session_id: UUID) -> Attendance:
    """What is recorded for a session; version 0 when nothing is."""
    permissions.require_role(permissions.READ_ATTENDANCE, caller)
    course = await courses.course(connection, course_id)
    PERMISSIONS.require(permissions.READ_ATTENDANCE, caller, permissions.course_scope(course), what="course")
    if course is None:
        raise not_found("course")
    await require_verified_organisation(connection, course, "course")
    return await enrolments.attendance(connection, course_id, _session(course, session_id))


async def record_attendance(
    tx: Transaction,
    caller: Caller,
    course_id: UUID,
    session_id: UUID,
    expected: int,
    command: RecordAttendance,
    settings: TrainingSettings,
) -> Attendance:
    """Record who came to a session, from its begin on. The same lists again change nothing, whatever version is expected.

    When every session of the course is recorded for an enrolment, it is completed or missed; a correction turns that
    round, and with it the qualification.
    """
    permissions.require_role(permissions.RECORD_ATTENDANCE, caller)
    course = await courses.course(tx.connection, course_id)
    PERMISSIONS.require(permissions.RECORD_ATTENDANCE, caller, permissions.course_scope(course), what="course")
    named = command.attended | command.absent
    seen = await enrolments.enrolments_of_course(tx.connection, course_id, named)
    volunteers = sorted({enrolment.volunteer_id for enrolment in seen.values()})
    rules.check_nobody_records_themselves(caller.require_person(), volunteers)
    for volunteer_id in volunteers:
        await lock_subject(tx, volunteer_id)
    course = await courses.lock_course(tx.connection, course_id)
    if course is None:
        raise not_found("course")
    await require_verified_organisation(tx.connection, course, "course")
    await refuse_if_restricted(tx.connection, *volunteers)
    session = _session(course, session_id)
    rules.check_time(course, session, tx.now)
    before = await enrolments.attendance(tx.connection, course_id, session)
    wanted = replace(before, attended=tuple(sorted(command.attended)), absent=tuple(sorted(command.absent)))
    if wanted == before:
        return before
    if expected != before.version:
        raise version_mismatch(before.version)
    listed = await enrolments.enrolments_of_course(tx.connection, course_id, named)
    rules.check_lists(command.attended, command.absent, listed, (*before.attended, *before.absent))
    recorded = replace(wanted, version=before.version + 1)
    await enrolments.record_attendance(tx.connection, recorded, tx.now)
    await settle(tx, course, list(listed.values()), settings)
    log.info("attendance-recorded", course_id=course_id, session_id=session_id, attendance_version=recorded.version)
    return recorded


def _session(course: Course, session_id: UUID) -> Session:
    session = course.session(session_id)
    if session is None:
        raise not_found("session")
    return session
