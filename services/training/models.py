"""What training knows: courses and their sessions, enrolments, attendance, qualifications. Data without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus, Term

TAKES_A_PLACE = frozenset(
    (EnrolmentStatus.ENROLLED, EnrolmentStatus.OFFERED, EnrolmentStatus.ATTENDED, EnrolmentStatus.ABSENT)
)
"""Statuses whose enrolment counts towards the places of its course."""
RECORDABLE = frozenset((EnrolmentStatus.ENROLLED, EnrolmentStatus.ATTENDED, EnrolmentStatus.ABSENT))
"""Statuses whose enrolment can stand in a list of attendance."""


class QualificationKind(BaseModel):
    """A word of the vocabulary of qualifications, as configuration has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    term: Term
    de: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)
    valid_months: int | None = Field(None, ge=1, le=600)
    """Calendar months from the day of completion; None: for good."""


@dataclass(frozen=True)
class Organisation:
    """What the read model says of an organisation."""

    organisation_id: UUID
    verified: bool


@dataclass(frozen=True)
class Session:
    """One meeting. `attendance_version` counts the lists of attendance recorded for it."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    attendance_version: int = 0


@dataclass(frozen=True)
class Course:
    """A course with its sessions in order of time. `starts_at` and `ends_at`: of the first and the last session."""

    course_id: UUID
    version: int
    organisation_id: UUID
    title: str
    grants: str | None
    district: str
    postal_code: str
    languages: tuple[str, ...]
    places: int
    places_taken: int
    last_queue_number: int
    status: CourseStatus
    sessions: tuple[Session, ...]

    @property
    def starts_at(self) -> datetime:
        return self.sessions[0].starts_at

    @property
    def ends_at(self) -> datetime:
        return self.sessions[-1].ends_at

    @property
    def places_free(self) -> int:
        return self.places - self.places_taken

    def session(self, session_id: UUID) -> Session | None:
        """The session of this id, None when the course has none such."""
        return next((session for session in self.sessions if session.session_id == session_id), None)


@dataclass(frozen=True)
class Enrolment:
    """A volunteer in a course. `queue_number`: their place in the order of the waiting list, lower is earlier."""

    enrolment_id: UUID
    version: int
    course_id: UUID
    volunteer_id: UUID
    status: EnrolmentStatus
    queue_number: int | None = None
    offered_until: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class EnrolmentView:
    """An enrolment as it is shown: with the title of its course and, while waiting, the position (1 is next)."""

    enrolment: Enrolment
    course_title: str
    waiting_position: int | None
    restricted: bool = False


@dataclass(frozen=True)
class Attendance:
    """Who came to a session and who did not; both sorted."""

    course_id: UUID
    session_id: UUID
    version: int
    attended: tuple[UUID, ...]
    absent: tuple[UUID, ...]


@dataclass(frozen=True)
class Qualification:
    """What completed training granted. `valid_until` is the last day on which it counts; None: for good."""

    qualification_id: UUID
    version: int
    volunteer_id: UUID
    qualification: str
    course_id: UUID
    granted_on: date
    valid_until: date | None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Proof:
    """A completed course that grants a qualification: what a qualification rests on."""

    course_id: UUID
    completed_on: date


@dataclass(frozen=True)
class Record:
    """Everything of one person, for access and portability (Art. 15, 20 DSGVO)."""

    subject_id: UUID
    exported_at: datetime
    is_known_as_volunteer: bool
    member: Mapping[str, object] | None
    moves: Sequence[Mapping[str, object]]
    enrolments: Sequence[Mapping[str, object]]
    attendance: Sequence[Mapping[str, object]]
    qualifications: Sequence[Mapping[str, object]]
