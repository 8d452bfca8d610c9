"""A journey keeps its ids; what is no id is replaced, because free text could carry anything."""

from uuid import UUID, uuid4

import pytest

from shared.telemetry import correlation

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_what_comes_in_is_kept() -> None:
    given = str(uuid4())
    with correlation.bind(given, "cause", TRACE) as bound:
        assert bound == correlation.Correlation(given, "cause", TRACE)
        assert correlation.current() == bound
    assert correlation.current() is None


@pytest.mark.parametrize("text", [None, "", "anna@beispiel.example", "x" * 36, "{" + str(uuid4())[:34] + "}"])
def test_what_is_no_uuid_is_replaced(text: str | None) -> None:
    with correlation.bind(text) as bound:
        assert bound.correlation_id != text
        UUID(bound.correlation_id)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        TRACE.upper(),
        TRACE + "\n",
    ],
)
def test_a_malformed_traceparent_is_replaced(header: str | None) -> None:
    with correlation.bind(traceparent=header) as bound:
        assert bound.traceparent != header
        assert correlation.valid_traceparent(bound.traceparent) == bound.traceparent


def test_journeys_nest_and_end() -> None:
    with correlation.bind() as outer:
        with correlation.bind() as inner:
            assert inner.correlation_id != outer.correlation_id
        assert correlation.current() == outer


def test_outside_a_journey_a_new_one_begins() -> None:
    first, second = correlation.current_or_new(), correlation.current_or_new()
    assert first.correlation_id != second.correlation_id
