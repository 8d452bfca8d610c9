"""What clients are shown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.training.models import Course, EnrolmentView, Session
from services.training.rules.courses import units
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus


class SessionAnswer(BaseModel):
    """One meeting."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    ue: int = Field(description="Unterrichtseinheiten of 45 minutes; fractions are dropped.")

    @classmethod
    def of(cls, session: Session) -> Self:
        """From the model."""
        return cls(
            session_id=session.session_id, starts_at=session.starts_at, ends_at=session.ends_at, ue=units(session)
        )


class CourseAnswer(BaseModel):
    """A course."""

    course_id: UUID
    version: int
    organisation_id: UUID
    title: str
    grants: str | None
    district: str
    postal_code: str
    languages: list[str]
    places: int
    places_free: int
    status: CourseStatus
    sessions: list[SessionAnswer]

    @classmethod
    def of(cls, course: Course) -> Self:
        """From the model."""
        return cls(
            course_id=course.course_id,
            version=course.version,
            organisation_id=course.organisation_id,
            title=course.title,
            grants=course.grants,
            district=course.district,
            postal_code=course.postal_code,
            languages=list(course.languages),
            places=course.places,
            places_free=course.places_free,
            status=course.status,
            sessions=[SessionAnswer.of(session) for session in course.sessions],
        )


class EnrolmentAnswer(BaseModel):
    """An enrolment."""

    enrolment_id: UUID
    version: int
    course_id: UUID
    course_title: str
    volunteer_id: UUID
    status: EnrolmentStatus
    waiting_position: int | None = Field(description="1 is next; null when nobody waits here.")
    offered_until: datetime | None
    completed_at: datetime | None
    restricted: bool = Field(
        False, description="Locked: the person's data is only stored (Art. 18 DSGVO), nothing can be done with it."
    )

    @classmethod
    def of(cls, view: EnrolmentView) -> Self:
        """From the model."""
        enrolment = view.enrolment
        return cls(
            enrolment_id=enrolment.enrolment_id,
            version=enrolment.version,
            course_id=enrolment.course_id,
            course_title=view.course_title,
            volunteer_id=enrolment.volunteer_id,
            status=enrolment.status,
            waiting_position=view.waiting_position,
            offered_until=enrolment.offered_until,
            completed_at=enrolment.completed_at,
            restricted=view.restricted,
        )


class AttendanceAnswer(BaseModel):
    """Who was recorded for a session: enrolment ids. The version is the session's own; 0 when nothing is recorded."""

    model_config = ConfigDict(from_attributes=True)

    course_id: UUID
    session_id: UUID
    version: int
    attended: list[UUID]
    absent: list[UUID]


class QualificationAnswer(BaseModel):
    """A qualification. `valid_until` is the last day on which it counts; null: for good."""

    model_config = ConfigDict(from_attributes=True)

    qualification_id: UUID
    version: int
    volunteer_id: UUID
    qualification: str
    course_id: UUID
    granted_on: date
    valid_until: date | None
    ended_at: datetime | None


class QualificationKindAnswer(BaseModel):
    """A word of the vocabulary of qualifications."""

    model_config = ConfigDict(from_attributes=True)

    term: str
    de: str
    en: str
    valid_months: int | None


class RecordAnswer(BaseModel):
    """Everything that training holds of a person (Art. 15, 20 DSGVO)."""

    model_config = ConfigDict(from_attributes=True)

    service: str = "training"
    subject_id: UUID
    exported_at: datetime
    is_known_as_volunteer: bool
    member: Mapping[str, Any] | None
    moves: Sequence[Mapping[str, Any]]
    enrolments: Sequence[Mapping[str, Any]]
    attendance: Sequence[Mapping[str, Any]]
    qualifications: Sequence[Mapping[str, Any]]
