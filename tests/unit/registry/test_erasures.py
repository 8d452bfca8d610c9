"""The protocol of an erasure, whatever the order of the answers."""

from datetime import UTC, date, datetime
from itertools import permutations
from uuid import uuid4

import pytest

from services.registry.models.erasures import Erasure, ErasureStatus
from services.registry.rules.erasures import is_complete, latest_log_clean_by, receipt_is_due, waiting_for
from shared.contracts.registry import ErasedRecords

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def erasure(status: ErasureStatus, *services: str) -> Erasure:
    answers = {
        service: ErasedRecords(service=service, deleted_at=NOW, records=1, log_clean_by=date(2026, 4, day))
        for day, service in enumerate(services, start=1)
    }
    return Erasure(uuid4(), uuid4(), status, NOW, answers)


@pytest.mark.parametrize("order", list(permutations(("matching", "training", "registry"))))
def test_the_receipt_is_due_at_the_last_of_three_answers(order: tuple[str, ...]) -> None:
    for count in range(3):
        assert not receipt_is_due(erasure(ErasureStatus.REQUESTED, *order[:count]))
    assert receipt_is_due(erasure(ErasureStatus.REQUESTED, *order))
    assert not receipt_is_due(erasure(ErasureStatus.RECEIPT_DUE, *order))


def test_it_is_complete_only_after_the_receipt() -> None:
    everybody = ("matching", "training", "registry", "notifications")
    assert not is_complete(erasure(ErasureStatus.REQUESTED, *everybody))
    assert not is_complete(erasure(ErasureStatus.RECEIPT_DUE, *everybody[:3]))
    assert is_complete(erasure(ErasureStatus.RECEIPT_DUE, *everybody))
    assert not is_complete(erasure(ErasureStatus.COMPLETED, *everybody))


def test_who_is_waited_for_and_when_the_logs_are_clean() -> None:
    some = erasure(ErasureStatus.REQUESTED, "registry", "training")
    assert waiting_for(some) == ["matching", "notifications"]
    assert latest_log_clean_by(some.answers.values()) == date(2026, 4, 2)
    assert latest_log_clean_by([]) is None
