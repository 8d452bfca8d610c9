"""Support requests: what a volunteer asks a contact, what is stored, what each side sees."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import Term
from shared.http.models import MultiLine, RequestModel

Written = Annotated[str, Field(min_length=1, max_length=4000), MultiLine()]


class RequestStatus(StrEnum):
    """`open` waits for the contact, `answered` for the volunteer."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Escalation(StrEnum):
    """How far an overdue request has gone."""

    NONE = "none"
    SUBSTITUTE = "substitute"
    ORGANISATION = "organisation"


class AskForSupport(RequestModel):
    """To one's own contact, unless another one of the directory is named."""

    topic: Term
    text: Written
    due_on: date | None = Field(None, description="until when an answer is needed; a week from now unless told")
    contact_id: UUID | None = None
    group_id: UUID | None = Field(None, description="the initiative for which its speaker asks")


class WriteMessage(RequestModel):
    text: Written
    due_on: date | None = Field(None, description="of a follow-up: until when an answer is needed")


@dataclass(frozen=True)
class SupportRequest:
    """One request as it is stored."""

    request_id: UUID
    version: int
    volunteer_id: UUID
    group_id: UUID | None
    contact_id: UUID
    handler_id: UUID
    organisation_id: UUID
    district: str
    topic: str
    due_on: date
    status: RequestStatus
    escalation: Escalation
    escalates_on: date | None
    messages: int
    asked_at: datetime
    changed_at: datetime


class MessageAnswer(BaseModel):
    from_volunteer: bool
    text: str
    written_at: datetime


class SupportRequestAnswer(BaseModel):
    """A request in a list: without anything that somebody wrote."""

    request_id: UUID
    version: int
    topic: str
    district: str
    organisation_id: UUID
    contact_id: UUID
    group_id: UUID | None
    due_on: date
    status: RequestStatus
    escalation: Escalation
    asked_at: datetime
    changed_at: datetime


class SupportThreadAnswer(SupportRequestAnswer):
    """A request with what was written; the name and the address are shown to whoever is asked."""

    name: str | None = None
    mail: str | None = None
    thread: list[MessageAnswer]


class NeedAnswer(BaseModel):
    """How often support was asked for in a district, on a topic: nothing of fewer than five persons, and counts cut down to
    fives, so that no difference of two tells of anybody."""

    cell: str = Field(description="district and topic")
    district: str
    topic: str
    requests: int
    open: int | None = Field(description="null: fewer than five persons")
    overdue: int | None = Field(description="null: fewer than five persons")
    as_of: datetime = Field(description="when it was counted")
