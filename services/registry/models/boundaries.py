"""Task boundaries: who does what, volunteer or staff, and which body answers for it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.registry import BoundaryStatus, BoundaryTask, CarriedBy
from shared.contracts.vocabulary import AGS, Term
from shared.http.models import Day, Line, RequestModel, Text

TASKS_AT_MOST = 30


class Task(RequestModel):
    task: Line
    carried_by: CarriedBy
    organisation_id: UUID = Field(description="the body that answers for it: one of the two")


class Proposal(RequestModel):
    """What is to be agreed. No names of persons: what is agreed can be read by everybody."""

    responsible_organisation_id: UUID = Field(
        description="the body responsible for this kind of activity: one of the two"
    )
    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=TASKS_AT_MOST)]
    valid_until: Day = Field(description="the last day on which it counts")


class ProposeBoundary(Proposal):
    """One organisation proposes a boundary to another."""

    district: AGS
    kind_of_activity: Term
    organisation_id: UUID = Field(description="who proposes")
    other_organisation_id: UUID


class ReviseBoundary(Proposal):
    """A side proposes something else; what was agreed counts until both agree to it."""

    organisation_id: UUID = Field(description="who proposes")


class AsSide(RequestModel):
    """For which side the caller acts."""

    organisation_id: UUID


class WriteComment(AsSide):
    text: Annotated[Text, Field(min_length=1, max_length=1000)]


class Outcome(StrEnum):
    """What became of a revision."""

    OPEN = "open"
    AGREED = "agreed"
    REPLACED = "replaced"
    """It was agreed, then another was."""
    ENDED = "ended"
    """It was agreed, and counted until the end."""
    NOT_AGREED = "not_agreed"


class Agreement(BaseModel):
    """A side's yes. The member is None when they are no member any more."""

    member_id: UUID | None
    agreed_at: datetime


@dataclass(frozen=True)
class Revision:
    """One version of what is proposed or agreed."""

    revision: int
    outcome: Outcome
    responsible_id: UUID
    tasks: tuple[BoundaryTask, ...]
    valid_until: date
    proposed_by: UUID
    proposed_by_member: UUID | None
    proposed_at: datetime
    proposed_version: int
    agreements: dict[UUID, Agreement] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredBoundary:
    """A boundary with what counts now and what is talked about."""

    boundary_id: UUID
    version: int
    district: str
    kind_of_activity: str
    organisation_ids: tuple[UUID, UUID]
    status: BoundaryStatus
    counts_until: date
    agreed: Revision | None = None
    open: Revision | None = None
    ended_on: date | None = None


class RevisionAnswer(BaseModel):
    revision: int
    outcome: Outcome
    responsible_organisation_id: UUID
    tasks: tuple[BoundaryTask, ...]
    valid_until: date
    proposed_by: UUID = Field(description="organisation")
    proposed_at: datetime
    agreed_by: dict[UUID, datetime] = Field(description="which side has agreed, and when")
    agreed_by_members: dict[UUID, UUID | None] | None = Field(description="who of each side; for the two sides only")

    @classmethod
    def of(cls, revision: Revision, *, inside: bool) -> "RevisionAnswer":
        """What is shown: to the two sides, and to the district, also who agreed."""
        return cls(
            revision=revision.revision,
            outcome=revision.outcome,
            responsible_organisation_id=revision.responsible_id,
            tasks=revision.tasks,
            valid_until=revision.valid_until,
            proposed_by=revision.proposed_by,
            proposed_at=revision.proposed_at,
            agreed_by={side: agreement.agreed_at for side, agreement in revision.agreements.items()},
            agreed_by_members=(
                {side: agreement.member_id for side, agreement in revision.agreements.items()} if inside else None
            ),
        )


class BoundaryAnswer(BaseModel):
    boundary_id: UUID
    version: int
    district: str
    kind_of_activity: str
    organisation_ids: tuple[UUID, UUID]
    status: BoundaryStatus
    agreed: RevisionAnswer | None = Field(description="what counts now, or counted until the end")
    open: RevisionAnswer | None = Field(description="what is talked about; for the two sides and the district only")
    ended_on: date | None


class CommentAnswer(BaseModel):
    comment_id: UUID
    revision: int
    organisation_id: UUID
    member_id: UUID | None = Field(description="null: no member any more")
    text: str
    written_at: datetime


class Finding(StrEnum):
    """How responsibility for a kind of activity stands in a district."""

    CLEAR = "clear"
    OVERLAP = "overlap"
    """Two bodies or more are responsible: double work."""
    GAP = "gap"
    """There are offers, or talks, but nobody is responsible."""


class ResponsibilityAnswer(BaseModel):
    kind_of_activity: str
    finding: Finding
    organisation_ids: tuple[UUID, ...] = Field(description="the responsible bodies that serve the district")
    boundary_ids: tuple[UUID, ...] = Field(description="the boundaries in which that is agreed")


@dataclass(frozen=True)
class InForce:
    """What an agreed boundary says about responsibility."""

    boundary_id: UUID
    kind_of_activity: str
    responsible_id: UUID
