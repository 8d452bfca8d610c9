"""What training publishes: courses, enrolments, qualifications."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import StateData, contract
from shared.contracts.registry import Part
from shared.contracts.vocabulary import (
    AGS,
    CourseStatus,
    EnrolmentStatus,
    LanguageCode,
    PostalCode,
    Term,
    Title,
)


class Session(Part):
    """One meeting of a course. `ue`: Unterrichtseinheiten of 45 minutes, fractions dropped."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    ue: int = Field(ge=0)


class Course(StateData):
    course_id: UUID
    organisation_id: UUID
    title: Title
    grants: Term | None = None
    """The qualification that completion grants."""
    district: AGS
    postal_code: PostalCode
    languages: tuple[LanguageCode, ...] = ("de",)
    places: int = Field(ge=1, le=1000)
    sessions: tuple[Session, ...] = Field(min_length=1)
    status: CourseStatus


@contract("course-published", topic="training.courses", key="course_id")
class CoursePublished(Course):
    pass


@contract("course-updated", topic="training.courses", key="course_id")
class CourseUpdated(Course):
    pass


@contract("course-cancelled", topic="training.courses", key="course_id")
class CourseCancelled(Course):
    pass


class Enrolment(StateData):
    enrolment_id: UUID
    course_id: UUID
    volunteer_id: UUID
    status: EnrolmentStatus
    completed_at: datetime | None = None
    offered_until: datetime | None = None


@contract("training-enrolled", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingEnrolled(Enrolment):
    pass


@contract("training-waitlisted", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingWaitlisted(Enrolment):
    pass


@contract("training-place-offered", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingPlaceOffered(Enrolment):
    """A place came free for the first in the waiting list; a deadline runs."""


@contract("training-completed", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingCompleted(Enrolment):
    """Every session was attended."""


@contract("training-missed", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingMissed(Enrolment):
    """Every session is recorded and at least one was missed; also the correction of a completion."""


@contract("training-cancelled", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingCancelled(Enrolment):
    pass


@contract("training-moved", topic="training.enrolments", key="enrolment_id", person="volunteer_id")
class TrainingMoved(Enrolment):
    """It goes on under another id of the volunteer: two registrations were merged, or that was undone. Nobody acted."""


class Qualification(StateData):
    qualification_id: UUID
    volunteer_id: UUID
    qualification: Term
    course_id: UUID | None = None
    granted_on: date
    valid_until: date | None = None


@contract("qualification-granted", topic="training.qualifications", key="qualification_id", person="volunteer_id")
class QualificationGranted(Qualification):
    """Granted, or renewed by another course: the newest version says until when it counts."""


@contract("qualification-ended", topic="training.qualifications", key="qualification_id", person="volunteer_id")
class QualificationEnded(Qualification):
    """Its time is over, or the completion on which it rested was corrected."""
