"""What a transaction announces: in order, with the journey it belongs to, and never more than an event may be."""

from datetime import UTC, datetime
from typing import Any, cast

import orjson
import pytest

from shared.contracts.base import VALUE_BYTES_AT_MOST
from shared.postgres import transaction
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id
from shared.telemetry import correlation
from tests.support import events

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Outbox:
    """Instead of the named queries: what would be inserted."""

    def __init__(self) -> None:
        self.calls: list[dict[str, list[Any]]] = []

    async def add_to_outbox(self, _connection: Any, **columns: list[Any]) -> None:
        self.calls.append(columns)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    made = Outbox()
    monkeypatch.setattr(transaction, "queries", made)
    return made


def opened() -> Transaction:
    return Transaction(cast(Any, None), NOW, "urn:tandem:matching")


async def test_events_and_tombstones_are_inserted_together_in_their_order(outbox: Outbox) -> None:
    tx, offer, placement = opened(), events.offer(), new_id()
    tx.publish(offer)
    tx.bury("matching.placements", placement)
    tx.publish(events.offer(offer.offer_id, 2))
    assert outbox.calls == []
    assert tx.events == [
        ("matching.offers", str(offer.offer_id)),
        ("matching.placements", str(placement)),
        ("matching.offers", str(offer.offer_id)),
    ]
    assert await tx.flush() is True
    (call,) = outbox.calls
    assert call["keys"] == [str(offer.offer_id), str(placement), str(offer.offer_id)]
    assert [value is None for value in call["values"]] == [False, True, False]


async def test_a_transaction_without_events_inserts_nothing_and_wakes_nobody(outbox: Outbox) -> None:
    assert await opened().flush() is False
    assert outbox.calls == []


async def test_flushed_early_it_still_says_that_it_announced_something(outbox: Outbox) -> None:
    tx = opened()
    tx.publish(events.offer())
    assert await tx.flush() is True
    assert await tx.flush() is True
    assert len(outbox.calls) == 1


async def test_time_source_and_journey_stand_in_the_headers(outbox: Outbox) -> None:
    tx = opened()
    with correlation.bind(causation_id="cause") as journey:
        tx.publish(events.offer())
    await tx.flush()
    headers = dict(orjson.loads(outbox.calls[0]["headers"][0]))
    assert headers["ce_time"] == NOW.isoformat()
    assert headers["ce_source"] == "urn:tandem:matching"
    assert (headers["ce_correlationid"], headers["ce_causationid"]) == (journey.correlation_id, "cause")
    assert headers["traceparent"] == journey.traceparent


def test_the_size_of_an_event_has_a_limit() -> None:
    tx = opened()
    tx.publish(events.offer(languages_welcome=("de",) * 50_000))
    with pytest.raises(ValueError, match="offer-created"):
        tx.publish(events.offer(languages_welcome=("de",) * (VALUE_BYTES_AT_MOST // 5)))


async def test_an_event_that_every_service_publishes_goes_to_the_topic_of_its_service(outbox: Outbox) -> None:
    from shared.contracts.privacy import ErasedHere

    tx = opened()
    tx.publish(
        ErasedHere(
            erasure_id=new_id(),
            subject_id=new_id(),
            service="matching",
            deleted_at=NOW,
            records=0,
            log_clean_by=NOW.date(),
        )
    )
    assert [topic for topic, _ in tx.events] == ["matching.privacy"]
