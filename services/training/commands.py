"""What callers ask training to do, as plain data: made by `api`, carried out by `handlers`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class WantedSession:
    """A session as somebody wishes it. With an id: an existing one, as it shall be from now on."""

    starts_at: datetime
    ends_at: datetime
    session_id: UUID | None = None


@dataclass(frozen=True)
class PublishCourse:
    """Publish a course of an organisation."""

    organisation_id: UUID
    title: str
    grants: str | None
    district: str
    postal_code: str
    languages: tuple[str, ...]
    places: int
    sessions: tuple[WantedSession, ...]


@dataclass(frozen=True)
class ChangeCourse:
    """Change what is given; None leaves it as it is. `sessions`: the whole list as it shall be."""

    title: str | None = None
    places: int | None = None
    sessions: tuple[WantedSession, ...] | None = None


@dataclass(frozen=True)
class RecordAttendance:
    """Who came to a session and who did not: enrolment ids."""

    attended: frozenset[UUID]
    absent: frozenset[UUID]
