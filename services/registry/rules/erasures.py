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
    return erasure.status is ErasureStatus.REQUESTED and erasure.answers.keys() >= BEFORE_THE_RECEIPT


def is_complete(erasure: Erasure) -> bool:
    """Every service has answered, the receipt was asked for, and completion was not announced yet."""
    return erasure.status is ErasureStatus.RECEIPT_DUE and erasure.answers.keys() >= frozenset(SERVICES)


def waiting_for(erasure: Erasure) -> list[str]:
    """The services whose answers are missing, in alphabetical order."""
    return sorted(frozenset(SERVICES) - erasure.answers.keys())


def latest_log_clean_by(answers: Iterable[ErasedRecords]) -> date | None:
    """The day by which every log is clean, as far as is known."""
    return max((answer.log_clean_by for answer in answers), default=None)
