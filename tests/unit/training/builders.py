"""Courses and enrolments for tests, every field changeable."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.training.models import Course, Enrolment, Session
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_session(starts_in: float = 1, hours: float = 2, session_id: UUID | None = None) -> Session:
    """A session that begins so many hours from NOW."""
    starts_at = NOW + timedelta(hours=starts_in)
    return Session(session_id or uuid4(), starts_at, starts_at + timedelta(hours=hours))


def a_course(*sessions: Session, **changes: Any) -> Course:
    """A published course with three places."""
    fields: dict[str, Any] = {
        "course_id": uuid4(),
        "version": 1,
        "organisation_id": uuid4(),
        "title": "Basisqualifizierung",
        "grants": "basic",
        "district": "03351",
        "postal_code": "29221",
        "languages": ("de",),
        "places": 3,
        "places_taken": 0,
        "last_queue_number": 0,
        "status": CourseStatus.PUBLISHED,
        "sessions": sessions or (a_session(),),
    }
    return Course(**(fields | changes))


def an_enrolment(status: EnrolmentStatus = EnrolmentStatus.ENROLLED, **changes: Any) -> Enrolment:
    """An enrolment of somebody somewhere."""
    fields: dict[str, Any] = {
        "enrolment_id": uuid4(),
        "version": 1,
        "course_id": uuid4(),
        "volunteer_id": uuid4(),
        "status": status,
    }
    return Enrolment(**(fields | changes))
