"""What clients send."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.training.commands import ChangeCourse, PublishCourse, RecordAttendance, WantedSession
from shared.contracts.vocabulary import AGS, PostalCode, Term
from shared.http.languages import Language
from shared.http.models import Line, RequestModel

Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""An instant with its offset from UTC, within two centuries."""
Places = Annotated[int, Field(ge=1, le=1000)]
SESSIONS_AT_MOST = 60


class SessionBody(RequestModel):
    """One meeting of a new course."""

    starts_at: Instant
    ends_at: Instant


class ChangedSessionBody(SessionBody):
    """One meeting as it shall be: with its id when it exists already, without when it is new."""

    session_id: UUID | None = None


class PublishCourseBody(RequestModel):
    """A new course."""

    organisation_id: UUID
    title: Line
    grants: Term | None = Field(
        None, description="The qualification that completion grants, from /qualification-kinds."
    )
    district: AGS
    postal_code: PostalCode
    languages: tuple[Language, ...] = Field(("de",), min_length=1, max_length=20)
    places: Places
    sessions: tuple[SessionBody, ...] = Field(min_length=1, max_length=SESSIONS_AT_MOST)

    def command(self) -> PublishCourse:
        """What is asked for."""
        return PublishCourse(
            organisation_id=self.organisation_id,
            title=self.title,
            grants=self.grants,
            district=self.district,
            postal_code=self.postal_code,
            languages=tuple(dict.fromkeys(self.languages)),
            places=self.places,
            sessions=tuple(WantedSession(session.starts_at, session.ends_at) for session in self.sessions),
        )


class ChangeCourseBody(RequestModel):
    """What is to change; what is left out stays. `sessions` is the whole list as it shall be."""

    title: Line | None = None
    places: Places | None = None
    sessions: tuple[ChangedSessionBody, ...] | None = Field(None, min_length=1, max_length=SESSIONS_AT_MOST)

    def command(self) -> ChangeCourse:
        """What is asked for."""
        sessions = None
        if self.sessions is not None:
            sessions = tuple(WantedSession(each.starts_at, each.ends_at, each.session_id) for each in self.sessions)
        return ChangeCourse(title=self.title, places=self.places, sessions=sessions)


class AttendanceBody(RequestModel):
    """Enrolment ids: who came, and who did not. Whoever is in neither list is not recorded yet."""

    attended: frozenset[UUID] = Field(frozenset(), max_length=1000)
    absent: frozenset[UUID] = Field(frozenset(), max_length=1000)

    def command(self) -> RecordAttendance:
        """What is asked for."""
        return RecordAttendance(attended=self.attended, absent=self.absent)
