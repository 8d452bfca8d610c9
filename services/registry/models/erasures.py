"""Erasure of a person (Art. 17 DSGVO): what each service answered, and the receipt."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.registry import ErasedRecords


class ErasureStatus(StrEnum):
    """Requested; the receipt is due once all but notifications have erased; completed once the address is gone too."""

    REQUESTED = "requested"
    RECEIPT_DUE = "receipt_due"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Erasure:
    """One erasure; it names nobody: the subject id points to nothing any more."""

    erasure_id: UUID
    subject_id: UUID
    status: ErasureStatus
    requested_at: datetime
    answers: dict[str, ErasedRecords] = field(default_factory=dict)
    completed_at: datetime | None = None
    with_receipt: bool = True
    """False for whoever cannot be mailed: staff whose last role went, volunteers without an address."""


@dataclass(frozen=True)
class RetainedRecord:
    """What law obliges to keep of an erased person: locked, without name or id, found by the number on their receipt."""

    kind: str
    ground: str
    kept_until: date
    content: dict[str, Any]


class RetainedAnswer(BaseModel):
    """A locked record, as the receipt and the privacy officer see it."""

    kind: str
    ground: str
    kept_until: date
    content: dict[str, Any]


class ErasureAnswer(BaseModel):
    """The receipt, as far as it has come. `log_clean_by`: by then the last old value has left the log."""

    erasure_id: UUID
    status: ErasureStatus
    requested_at: datetime
    completed_at: datetime | None
    services: list[ErasedRecords]
    waiting_for: list[str]
    log_clean_by: date | None
    kept: list[RetainedAnswer] = []
    """What stays locked, why, and until when."""


class ErasureAccepted(BaseModel):
    erasure_id: UUID
    status: Literal["requested"] = "requested"
