"""What a service publishes is, byte for byte of its JSON, what the committed examples say."""

from typing import Any, cast
from uuid import UUID

import orjson
import pytest

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import read_envelope
from shared.contracts.example_files import FULL, Example
from shared.contracts.json_schemas import type_and_major
from shared.postgres import transaction
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation
from tests.contracts.records import EVENTS, TOMBSTONES

ROWS = list[dict[str, Any]]


class Outbox:
    """Instead of the queries: what would be inserted."""

    def __init__(self) -> None:
        self.rows: ROWS = []

    async def add_to_outbox(self, _connection: Any, **columns: list[Any]) -> None:
        self.rows += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    made = Outbox()
    monkeypatch.setattr(transaction, "queries", made)
    return made


def transaction_of(example: Example, monkeypatch: pytest.MonkeyPatch) -> Transaction:
    """A transaction at the instant, in the service and with the next id of the example."""
    envelope = read_envelope(example.headers)
    monkeypatch.setattr(transaction, "new_id_text", lambda: str(envelope.id))
    return Transaction(cast(Any, None), envelope.time, envelope.source)


async def published(example: Example, tx: Transaction, outbox: Outbox, change: Any) -> dict[str, Any]:
    headers = example.headers
    with correlation.bind(headers["ce_correlationid"], headers["ce_causationid"], headers["traceparent"]):
        change(tx)
    await tx.flush()
    (row,) = outbox.rows
    assert dict(orjson.loads(row["headers"])) == headers
    assert row["keys"] == example.key
    return row


@pytest.mark.parametrize("example", [each for each in EVENTS if each.case == FULL], ids=lambda each: each.name)
async def test_an_event_is_published_as_its_example_says(
    example: Example, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = CONTRACTS[type_and_major(example.path.parent.name)].model_validate(example.value)
    tx = transaction_of(example, monkeypatch)
    row = await published(example, tx, outbox, lambda tx: tx.publish(event))
    assert row["topics"] == example.topic(CONTRACTS)
    assert orjson.loads(row["values"]) == example.value


@pytest.mark.parametrize("example", TOMBSTONES, ids=lambda each: each.name)
async def test_a_tombstone_is_published_as_its_example_says(
    example: Example, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = example.headers.get("ce_person")
    tx = transaction_of(example, monkeypatch)
    row = await published(
        example, tx, outbox, lambda tx: tx.bury(example.case, example.key, UUID(person) if person else None)
    )
    assert row["topics"] == example.case
    assert row["values"] is None


@pytest.mark.parametrize(
    "example", [each for each in EVENTS if each.case == "unknown-field"], ids=lambda each: each.name
)
def test_an_unknown_field_is_ignored_and_changes_nothing_else(example: Example) -> None:
    cls = CONTRACTS[type_and_major(example.path.parent.name)]
    (full,) = [other for other in EVENTS if other.case == FULL and other.path.parent == example.path.parent]
    assert example.value != full.value
    assert cls.model_validate(example.value) == cls.model_validate(full.value)
