"""Requests of persons about their data (Art. 15-20 DSGVO), and restrictions of processing: what is stored and shown."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.registry.models.addresses import Mail
from services.registry.models.volunteers import ChangeVolunteer
from shared.contracts.registry import ExtensionReason, RequestKind, RequestOutcome
from shared.contracts.vocabulary import LegalProfile
from shared.http.models import Line, MultiLine, RequestModel, wrong

__all__ = ["ExtensionReason", "RequestKind", "RequestOutcome"]


class RequestStatus(StrEnum):
    """Received; in progress since somebody took it up; then answered, refused (with a reason) or withdrawn."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset((RequestStatus.RECEIVED, RequestStatus.IN_PROGRESS))
EXPORTED_FOR = (RequestKind.ACCESS, RequestKind.PORTABILITY, RequestKind.CORRECTION)
"""For these a privacy officer has to see what is held of the person."""


class IdentityEstablished(StrEnum):
    """How it was made sure who asks (Art. 12(6) DSGVO). No copy of any paper is kept."""

    TOKEN = "token"
    DOCUMENT_SEEN = "document_seen"
    KNOWN_PERSONALLY = "known_personally"
    CALLED_BACK = "called_back"
    REPLY_FROM_KNOWN_ADDRESS = "reply_from_known_address"
    REPRESENTATIVE_PROVED = "representative_proved"


class RestrictionGround(StrEnum):
    """Art. 18(1) DSGVO."""

    ACCURACY_CONTESTED = "accuracy_contested"
    UNLAWFUL = "unlawful"
    NEEDED_FOR_CLAIMS = "needed_for_claims"
    OBJECTION_PENDING = "objection_pending"


class RefusalReason(StrEnum):
    """Why a request is refused: the person is told, with the way to complain (Art. 12(4) DSGVO)."""

    IDENTITY_NOT_ESTABLISHED = "identity_not_established"
    MANIFESTLY_UNFOUNDED = "manifestly_unfounded"
    EXCESSIVE = "excessive"
    RIGHTS_OF_OTHERS = "rights_of_others"
    DUTY_TO_KEEP = "duty_to_keep"
    NO_GROUND = "no_ground"


Told = Annotated[str, Field(min_length=1, max_length=4000), MultiLine()]


class _GroundOnlyForRestriction(RequestModel):
    kind: RequestKind
    ground: RestrictionGround | None = Field(None, description="for a restriction: Art. 18(1) DSGVO")

    @model_validator(mode="after")
    def _has_ground(self) -> "_GroundOnlyForRestriction":
        if (self.kind is RequestKind.RESTRICTION) != (self.ground is not None):
            grounds = ", ".join(RestrictionGround)
            raise wrong(
                f"`ground` gehört zu einer Einschränkung und nur zu ihr. Es gibt: {grounds}.",
                f"`ground` belongs to a restriction, and to nothing else. There are: {grounds}.",
            )
        return self


class RegisterRequest(_GroundOnlyForRestriction):
    """What I ask about my data."""

    told: Told | None = Field(None, description="in the person's own words: what is wrong, what exactly is wanted")
    addressed_to: UUID | None = Field(None, description="the organisation that is asked; without it: this platform")


class RecordRequest(_GroundOnlyForRestriction):
    """What somebody asked by letter, phone or in person. Without `subject_id`: nobody is found here."""

    subject_id: UUID | None = None
    received_on: date
    identity_established: Literal[
        IdentityEstablished.DOCUMENT_SEEN,
        IdentityEstablished.KNOWN_PERSONALLY,
        IdentityEstablished.CALLED_BACK,
        IdentityEstablished.REPLY_FROM_KNOWN_ADDRESS,
        IdentityEstablished.REPRESENTATIVE_PROVED,
    ]
    told: Told | None = None
    addressed_to: UUID | None = Field(
        None, description="id of the organisation that received it; only a privacy officer leaves it out"
    )
    reference: Annotated[Line, Field(max_length=100)] | None = Field(None, description="of the own file; no name")


class ExtendRequest(RequestModel):
    """Two more months (Art. 12(3) DSGVO); the person is told why."""

    reason: ExtensionReason


class AnswerRequest(RequestModel):
    """The request was met; by what, the history says."""

    outcome: Literal[RequestOutcome.FULFILLED, RequestOutcome.PARTLY, RequestOutcome.NOTHING_HELD]


class RefuseRequest(RequestModel):
    reason: RefusalReason


class CorrectPerson(ChangeVolunteer):
    """What is right: given fields replace what was there, also what the person cannot change themselves.

    A date of birth that was told already is reduced anew. A volunteer's mail counts once the link that goes there is
    followed; staff have name, mail and language only, and phone and postal code of their entries in the directory.
    """

    mail: Mail | None = None


class LiftRestriction(RequestModel):
    """The person is told before it ends (Art. 18(3) DSGVO)."""

    reason: Literal["accuracy_checked", "now_lawful", "claims_settled", "objection_decided", "wish_of_person"]


@dataclass(frozen=True)
class PersonRequest:
    """One request, as it is stored."""

    request_id: UUID
    version: int
    subject_id: UUID | None
    kind: RequestKind
    addressed_to: UUID | None
    legal_profile: LegalProfile
    received_on: date
    due_on: date
    identity_established: IdentityEstablished
    recorded_by: UUID | None
    status: RequestStatus
    registered_at: datetime
    ground: RestrictionGround | None = None
    told: str | None = None
    reference: str | None = None
    extension_reason: ExtensionReason | None = None
    outcome_reason: str | None = None
    closed_at: datetime | None = None
    reminded_for: str | None = None


@dataclass(frozen=True)
class RequestStep:
    """One step of the history."""

    taken_at: datetime
    step: str
    taken_by: Literal["person", "staff", "system"]
    actor_id: UUID | None = None
    reason: str | None = None


class StepAnswer(BaseModel):
    """One step of the history; who exactly acted for the office, the audit log knows."""

    taken_at: datetime
    step: str
    taken_by: str
    reason: str | None


class RequestRow(BaseModel):
    """A request in a list."""

    request_id: UUID
    version: int
    subject_id: UUID | None
    kind: RequestKind
    addressed_to: UUID | None
    legal_profile: LegalProfile
    received_on: date
    due_on: date
    extension_reason: ExtensionReason | None
    identity_established: IdentityEstablished
    ground: RestrictionGround | None
    reference: str | None
    status: RequestStatus
    outcome_reason: str | None
    registered_at: datetime
    closed_at: datetime | None


class RequestAnswer(RequestRow):
    """A request with what was told and its history."""

    told: str | None
    history: list[StepAnswer]
    erasure_id: UUID | None = None
    """The number of the receipt, when the request was an erasure and has been carried out."""


@dataclass(frozen=True)
class Restriction:
    """Whose data is only to be stored (Art. 18 DSGVO), since when and why."""

    subject_id: UUID
    request_id: UUID | None
    ground: RestrictionGround
    since: datetime
    ends_on: date | None = None


class RestrictionAnswer(BaseModel):
    subject_id: UUID
    request_id: UUID | None
    ground: RestrictionGround
    since: datetime
    ends_on: date | None
