"""What completed courses make of a qualification."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.models import Proof, Qualification
from services.training.rules.qualifications import Verdict, day_of, decide, last_valid_day

TODAY = date(2026, 3, 2)
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=TODAY)
MONTHS = st.one_of(st.none(), st.integers(1, 120))
PROOFS = st.lists(DAYS.map(lambda day: Proof(uuid4(), day)), max_size=4)


def held(course: Proof, valid_until: date | None) -> Qualification:
    return Qualification(uuid4(), 1, uuid4(), "basic", course.course_id, course.completed_on, valid_until)


@pytest.mark.parametrize(
    ("granted_on", "months", "last_day"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), 11, date(2026, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_calendar_months(granted_on: date, months: int, last_day: date) -> None:
    assert last_valid_day(granted_on, months) == last_day


def test_validity_counts_in_german_days() -> None:
    assert day_of(datetime(2026, 3, 1, 23, 30, tzinfo=UTC)) == date(2026, 3, 2)
    assert day_of(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)


@given(PROOFS, MONTHS)
def test_nothing_held_is_granted_exactly_when_some_course_still_counts(proofs: list[Proof], months: int | None) -> None:
    decision = decide(None, proofs, months, TODAY)
    last_days = [last_valid_day(proof.completed_on, months) for proof in proofs]
    if any(last is None or last >= TODAY for last in last_days):
        assert decision.verdict is Verdict.GRANT
        assert decision.proof in proofs
        assert decision.valid_until == (max(last for last in last_days if last) if months else None)
    else:
        assert decision.verdict is Verdict.KEEP


@given(PROOFS, MONTHS)
def test_deciding_twice_changes_nothing(proofs: list[Proof], months: int | None) -> None:
    first = decide(None, proofs, months, TODAY)
    if first.proof is not None:
        again = decide(held(first.proof, first.valid_until), proofs, months, TODAY)
        assert again.verdict is Verdict.KEEP


@given(DAYS, MONTHS)
def test_without_any_completed_course_it_ends(granted_on: date, months: int | None) -> None:
    gone = held(Proof(uuid4(), granted_on), last_valid_day(granted_on, months))
    assert decide(gone, [], months, TODAY).verdict is Verdict.END


def test_it_ends_when_its_own_completion_is_corrected_and_moves_to_another_course_when_there_is_one() -> None:
    corrected, other = Proof(uuid4(), date(2026, 1, 1)), Proof(uuid4(), date(2026, 2, 1))
    decision = decide(held(corrected, None), [other], None, TODAY)
    assert (decision.verdict, decision.proof, decision.valid_until) == (Verdict.RENEW, other, None)


def test_a_later_course_renews_what_would_expire_and_leaves_alone_what_does_not() -> None:
    earlier, later = Proof(uuid4(), date(2025, 6, 1)), Proof(uuid4(), date(2026, 2, 1))
    limited = decide(held(earlier, date(2026, 6, 1)), [earlier, later], 12, TODAY)
    assert (limited.verdict, limited.proof, limited.valid_until) == (Verdict.RENEW, later, date(2027, 2, 1))
    assert decide(held(earlier, None), [earlier, later], None, TODAY).verdict is Verdict.KEEP


def test_an_earlier_course_never_shortens_it() -> None:
    earlier, later = Proof(uuid4(), date(2025, 6, 1)), Proof(uuid4(), date(2026, 2, 1))
    assert decide(held(later, date(2027, 2, 1)), [earlier, later], 12, TODAY).verdict is Verdict.KEEP


def test_a_shorter_validity_in_configuration_takes_nothing_away() -> None:
    proof = Proof(uuid4(), TODAY - timedelta(days=200))
    assert decide(held(proof, TODAY + timedelta(days=1)), [proof], 1, TODAY).verdict is Verdict.KEEP


def test_it_counts_on_its_last_day_and_not_after() -> None:
    proof = Proof(uuid4(), date(2026, 2, 2))
    assert decide(held(proof, TODAY), [proof], 1, TODAY).verdict is Verdict.KEEP
    assert decide(held(proof, TODAY), [proof], 1, TODAY + timedelta(days=1)).verdict is Verdict.END
