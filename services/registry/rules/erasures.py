"""When an erasure is complete, and by when the logs are clean."""

from collections.abc import Iterable
from datetime import date

from services.registry.models.erasures import Erasure, ErasureStatus
from shared.contracts.registry import ErasedRecords
from shared.contracts.topics import SERVICES

LAST = "notifications"
"""It needs the address for the receipt, so it erases last."""
BEFORE_THE_RECEIPT = frozenset(SERVICES) - {LAST}


def receipt_is_due(erasure: Erasure) -> bool:
    """All but notifications have answered and the receipt was not asked for yet."""
    is_waited_for = erasure.with_receipt and erasure.status is ErasureStatus.REQUESTED
    return is_waited_for and erasure.answers.keys() >= BEFORE_THE_RECEIPT


def is_complete(erasure: Erasure) -> bool:
    """Every service has answered, the receipt (if any) was asked for, and completion was not announced yet."""
    last = ErasureStatus.RECEIPT_DUE if erasure.with_receipt else ErasureStatus.REQUESTED
    return erasure.status is last and erasure.answers.keys() >= frozenset(SERVICES)


def waiting_for(erasure: Erasure) -> list[str]:
    """The services whose answers are missing, in alphabetical order."""
    return sorted(frozenset(SERVICES) - erasure.answers.keys())


def latest_log_clean_by(answers: Iterable[ErasedRecords]) -> date | None:
    """The day by which every log is clean, as far as is known."""
    return max((answer.log_clean_by for answer in answers), default=None)
