"""Support requests: due days, threads, escalation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.support_requests import Escalation, RequestStatus, SupportRequest
from services.registry.rules.support_requests import (
    DUE_DAYS_AT_MOST,
    MESSAGES_AT_MOST,
    check_open,
    closed,
    due_on,
    escalated,
    waiting,
    written,
)
from shared.runtime.errors import Refusal

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def request(**told: object) -> SupportRequest:
    plain = SupportRequest(
        request_id=uuid4(),
        version=1,
        volunteer_id=uuid4(),
        group_id=None,
        contact_id=UUID(int=1),
        handler_id=UUID(int=1),
        organisation_id=uuid4(),
        district="03351",
        topic="housing",
        due_on=DAY,
        status=RequestStatus.OPEN,
        escalation=Escalation.NONE,
        escalates_on=DAY + timedelta(days=1),
        messages=1,
        asked_at=NOW,
        changed_at=NOW,
    )
    return replace(plain, **told)  # type: ignore[arg-type]


@given(st.integers(-400, 400))
def test_a_due_day_lies_within_the_next_three_months(days: int) -> None:
    told = DAY + timedelta(days=days)
    if 0 <= days <= DUE_DAYS_AT_MOST:
        assert due_on(told, DAY, 7) == told
    else:
        with pytest.raises(Refusal, match="due-day-out-of-range"):
            due_on(told, DAY, 7)


def test_without_a_due_day_it_is_a_week() -> None:
    assert due_on(None, DAY, 7) == DAY + timedelta(days=7)


def test_an_answer_stops_the_clock_and_a_follow_up_starts_it_anew() -> None:
    answered = written(request(), False, None, DAY, 7)
    assert (answered.status, answered.escalates_on, answered.messages) == (RequestStatus.ANSWERED, None, 2)
    asked = written(answered, True, None, DAY + timedelta(days=20), 7)
    assert (asked.status, asked.due_on) == (RequestStatus.OPEN, DAY + timedelta(days=27))
    assert asked.escalates_on == DAY + timedelta(days=28)


def test_writing_again_before_the_answer_does_not_postpone_the_due_day() -> None:
    again = written(request(), True, None, DAY, 7)
    assert (again.due_on, again.escalates_on) == (DAY, DAY + timedelta(days=1))


def test_whoever_answers_names_no_day_until_which_an_answer_is_needed() -> None:
    with pytest.raises(Refusal, match="due-day-of-whoever-asks"):
        written(request(), False, DAY, DAY, 7)


def test_a_closed_or_endless_thread_takes_nothing_more() -> None:
    with pytest.raises(Refusal, match="support-request-closed"):
        written(closed(request()), True, None, DAY, 7)
    with pytest.raises(Refusal, match="thread-too-long"):
        written(request(messages=MESSAGES_AT_MOST), True, None, DAY, 7)
    with pytest.raises(Refusal, match="too-many-support-requests"):
        check_open(10)
    check_open(9)


def test_closing_twice_is_closing_once() -> None:
    once = closed(request())
    assert closed(once) == once


def test_overdue_goes_to_the_substitute_then_to_the_organisation_then_nowhere() -> None:
    substitute = UUID(int=2)
    first = escalated(request(), substitute, DAY, 3)
    assert (first.escalation, first.handler_id) == (Escalation.SUBSTITUTE, substitute)
    assert first.escalates_on == DAY + timedelta(days=3)
    second = escalated(first, UUID(int=3), DAY, 3)
    assert (second.escalation, second.handler_id, second.escalates_on) == (Escalation.ORGANISATION, substitute, None)
    assert waiting(second).escalates_on is None


def test_without_a_substitute_it_goes_to_the_organisation_at_once() -> None:
    assert escalated(request(), None, DAY, 3).escalation is Escalation.ORGANISATION
    assert escalated(request(), UUID(int=1), DAY, 3).escalation is Escalation.ORGANISATION


@given(st.none() | st.integers(1, 3).map(lambda number: UUID(int=number)), st.integers(0, 5))
def test_whatever_happens_an_overdue_request_is_escalated_at_most_twice(substitute: UUID | None, days: int) -> None:
    after, steps = request(), 0
    while after.escalates_on is not None:
        after, steps = escalated(after, substitute, DAY, days), steps + 1
    assert 1 <= steps <= 2
