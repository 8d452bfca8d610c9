"""The receipt of an erasure."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import (
    Term,
)


class ErasedRecords(Part):
    """What one service erased."""

    service: Term
    deleted_at: datetime
    records: int = Field(ge=0)
    log_clean_by: date


@contract("erasure-receipt-due", topic="registry.notices", key="subject_id", person="subject_id")
class ErasureReceiptDue(EventData):
    """All but notifications have erased; notifications sends the receipt, then forgets the address and answers."""

    erasure_id: UUID
    subject_id: UUID
    services: tuple[ErasedRecords, ...]
    log_clean_by: date
    kept_until: date | None = None
    """Until then proof without name or id stays locked; null: nothing stays."""
