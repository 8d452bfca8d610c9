"""When a course's sessions are sound, and what may still be changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from services.training.commands import WantedSession
from services.training.models import Course, Session
from services.training.rules import refusals
from shared.contracts.vocabulary import CourseStatus

UNIT = timedelta(minutes=45)
"""One Unterrichtseinheit (UE)."""
SESSION_AT_MOST = timedelta(hours=24)


def units(session: Session) -> int:
    """The session's length in UE of 45 minutes; fractions are dropped."""
    return (session.ends_at - session.starts_at) // UNIT


def check_times(sessions: Sequence[Session]) -> tuple[Session, ...]:
    """The sessions in order of time.

    Raises
    ------
    Refusal
        One ends before it begins, lasts longer than a day, or overlaps another. Touching is no overlap.
    """
    ordered = tuple(sorted(sessions, key=lambda session: (session.starts_at, session.session_id)))
    for session in ordered:
        if session.ends_at <= session.starts_at:
            raise refusals.session_ends_before_it_begins()
        if session.ends_at - session.starts_at > SESSION_AT_MOST:
            raise refusals.session_too_long()
    if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(ordered)):
        raise refusals.sessions_overlap()
    return ordered


def first_sessions(
    wanted: Sequence[WantedSession], now: datetime, grace: timedelta, new_id: Callable[[], UUID]
) -> tuple[Session, ...]:
    """The sessions of a course that is being published; the first may have begun up to `grace` ago.

    Raises
    ------
    Refusal
        The times are unsound, or a session lies in the past.
    """
    sessions = check_times([Session(new_id(), want.starts_at, want.ends_at) for want in wanted])
    if sessions[0].starts_at < now - grace:
        raise refusals.session_in_the_past()
    return sessions


def changed_sessions(
    course: Course, wanted: Sequence[WantedSession], now: datetime, new_id: Callable[[], UUID]
) -> tuple[Session, ...]:
    """The course's sessions after a change: what has begun stays, what lies ahead may be moved, added or removed.

    Raises
    ------
    Refusal
        The last session has begun (then the outcome of enrolments may be final), a session that has begun would
        change, a new one would lie in the past, an id is unknown, or the times are unsound.
    """
    if course.sessions[-1].starts_at <= now:
        raise refusals.sessions_are_final()
    begun = {session.session_id for session in course.sessions if session.starts_at <= now}
    found: dict[UUID, Session] = {}
    for want in wanted:
        session = _one_session(course, want, now, new_id)
        if session.session_id in found:
            raise refusals.session_unknown()
        found[session.session_id] = session
    if not begun <= found.keys():
        raise refusals.session_has_begun()
    return check_times(tuple(found.values()))


def _one_session(course: Course, want: WantedSession, now: datetime, new_id: Callable[[], UUID]) -> Session:
    if want.session_id is None:
        session = Session(new_id(), want.starts_at, want.ends_at)
    else:
        before = course.session(want.session_id)
        if before is None:
            raise refusals.session_unknown()
        session = replace(before, starts_at=want.starts_at, ends_at=want.ends_at)
        if session == before:
            return before
        if before.starts_at <= now:
            raise refusals.session_has_begun()
    if session.starts_at <= now:
        raise refusals.session_in_the_past()
    return session


def check_places(course: Course, places: int) -> None:
    """Refuse fewer places than are taken."""
    if places < course.places_taken:
        raise refusals.places_below_taken(course.places_taken)


def check_alive(course: Course) -> None:
    """Refuse to do anything with a course that was cancelled."""
    if course.status is CourseStatus.CANCELLED:
        raise refusals.course_cancelled()


def check_cancellable(course: Course, now: datetime) -> None:
    """Refuse to cancel a course twice, or once its last session has begun."""
    check_alive(course)
    if course.sessions[-1].starts_at <= now:
        raise refusals.course_in_its_last_session()


def is_over(course: Course, now: datetime) -> bool:
    """Whether the last session has ended."""
    return now >= course.ends_at
