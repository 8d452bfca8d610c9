"""What a list of attendance may say, and what attendance makes of an enrolment."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.training.models import RECORDABLE, Course, Enrolment, Session
from services.training.rules import refusals
from services.training.rules.courses import check_alive
from services.training.rules.enrolments import Step
from shared.contracts.vocabulary import EnrolmentStatus


def check_time(course: Course, session: Session, now: datetime) -> None:
    """Refuse attendance of a cancelled course, and before the session begins."""
    check_alive(course)
    if now < session.starts_at:
        raise refusals.session_not_begun()


def check_lists(
    attended: Collection[UUID],
    absent: Collection[UUID],
    enrolments: Mapping[UUID, Enrolment],
    recorded: Collection[UUID],
) -> None:
    """Refuse contradictory lists, strangers, and lists that silently drop somebody.

    Parameters
    ----------
    enrolments
        The course's enrolments among those that the lists name.
    recorded
        The enrolments recorded for this session before.
    """
    named = set(attended) | set(absent)
    if set(attended) & set(absent):
        raise refusals.attendance_contradicts_itself()
    if any(each not in enrolments or enrolments[each].status not in RECORDABLE for each in named):
        raise refusals.not_enrolled_here()
    if not set(recorded) <= named:
        raise refusals.attendance_leaves_out()


def check_nobody_records_themselves(recorder: UUID, volunteers: Iterable[UUID]) -> None:
    """Nobody confirms their own attendance."""
    if recorder in volunteers:
        raise refusals.own_attendance()


def outcome(course: Course, marks: Mapping[UUID, bool]) -> EnrolmentStatus:
    """What the marks (session → attended) make of an enrolment that has a place.

    Decided only when every session is recorded: `attended` when all were attended, else `absent`.
    """
    found = [marks.get(session.session_id) for session in course.sessions]
    if any(mark is None for mark in found):
        return EnrolmentStatus.ENROLLED
    return EnrolmentStatus.ATTENDED if all(found) else EnrolmentStatus.ABSENT


def step_towards(status: EnrolmentStatus, reached: EnrolmentStatus) -> Step | None:
    """The step from `status` to what attendance has reached, None when nothing changes."""
    if status == reached or reached is EnrolmentStatus.ENROLLED:
        return None
    return Step.COMPLETE if reached is EnrolmentStatus.ATTENDED else Step.MISS
