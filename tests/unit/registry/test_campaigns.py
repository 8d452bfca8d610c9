"""What a campaigner may learn: counts from 5 up that tell of no single person, whatever is asked and compared."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.campaigns import Aim, CampaignStatus, Count, ShownCount, Target
from services.registry.rules.campaigns import (
    BLUR,
    MONTH,
    PERIOD_AT_MOST,
    SMALLEST,
    call_due,
    check_decision,
    check_period,
    check_status,
    ends_at,
    needs_state_admin,
    next_district,
    shown_count,
)
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
KEYS = st.integers(min_value=0, max_value=2**40)
PLAIN = Target(("03351",), (), (), False)


@given(st.integers(min_value=0, max_value=SMALLEST - 1), KEYS)
def test_of_fewer_than_five_nothing_is_said(true: int, key: int) -> None:
    assert shown_count(Count(true, key), None).at_least is None


@given(st.integers(min_value=0, max_value=10_000), KEYS)
def test_a_shown_count_is_a_multiple_of_five_near_the_true_one(true: int, key: int) -> None:
    shown = shown_count(Count(true, key), None)
    if shown.at_least is None:
        assert true < SMALLEST + BLUR
    else:
        assert shown.at_least % SMALLEST == 0
        assert -BLUR <= true - shown.at_least < SMALLEST + BLUR


@given(st.integers(min_value=0, max_value=1000), KEYS)
def test_the_same_people_give_the_same_number_however_often_they_are_counted(true: int, key: int) -> None:
    assert shown_count(Count(true, key), None) == shown_count(Count(true, key), None)


@given(
    st.integers(min_value=0, max_value=1000),
    st.integers(min_value=1 - SMALLEST, max_value=SMALLEST - 1),
    KEYS,
    KEYS,
)
def test_fewer_than_five_people_more_or_fewer_change_nothing(before: int, change: int, key: int, other: int) -> None:
    shown = shown_count(Count(before, key), None)
    assert shown_count(Count(max(0, before + change), other), shown) == shown


def test_two_overlapping_calls_do_not_tell_whether_one_person_is_in() -> None:
    """Differencing: the same call with and without one person. Their difference must not give the person away."""
    outcomes = {
        (with_one.at_least, without.at_least)
        for key in range(500)
        for with_one, without in [
            (shown_count(Count(10, key * 7919 + 13), None), shown_count(Count(9, key * 7919), None))
        ]
    }
    assert (10, 5) in outcomes and (5, 10) in outcomes and (5, 5) in outcomes and (10, 10) in outcomes


def test_what_was_shown_follows_when_five_have_come() -> None:
    shown = ShownCount(of=20, at_least=20)
    assert shown_count(Count(24, 5), shown) is shown
    assert shown_count(Count(60, 5), shown).of == 60


def test_by_characteristics_the_state_administration_decides_otherwise_a_second_person() -> None:
    writer, second = new_id(), new_id()
    drawn = Target(("03351",), (), (), True)
    assert needs_state_admin(drawn) and needs_state_admin(Target(("03351",), (), ("18-26",), False))
    assert not needs_state_admin(PLAIN)
    check_decision(PLAIN, second, (writer, None), is_state_admin=False)
    check_decision(drawn, second, (writer, writer), is_state_admin=True)
    for target, decides, is_state_admin in ((PLAIN, writer, False), (PLAIN, writer, True), (drawn, second, False)):
        with pytest.raises(Refusal):
            check_decision(target, decides, (writer, writer), is_state_admin=is_state_admin)


@given(
    st.integers(min_value=0, max_value=5),
    st.integers(min_value=0, max_value=5),
    st.integers(min_value=0, max_value=29),
    st.integers(min_value=1, max_value=90),
)
def test_a_month_has_room_for_so_many_calls(calls: int, at_most: int, days_ago: int, days_left: int) -> None:
    first = NOW - timedelta(days=days_ago) if calls else None
    over = NOW + timedelta(days=days_left)
    due = call_due(Aim(UUID(int=1), calls, first), NOW, over, at_most)
    if calls < at_most:
        assert due == NOW
    elif due is not None:
        assert first is not None
        assert NOW < due == first + MONTH < over


@pytest.mark.parametrize(
    ("first_in", "last_in", "is_right"),
    [(0, 0, True), (0, 90, True), (0, 91, False), (-1, 5, False), (5, 4, False), (365, 370, True), (366, 370, False)],
)
def test_a_period_begins_today_at_the_earliest_and_is_no_longer_than_90_days(
    first_in: int, last_in: int, is_right: bool
) -> None:
    assert timedelta(days=90) == PERIOD_AT_MOST
    first, last = (TODAY + timedelta(days=days) for days in (first_in, last_in))
    if is_right:
        check_period(first, last, TODAY)
    else:
        with pytest.raises(Refusal):
            check_period(first, last, TODAY)


def test_a_period_ends_with_its_last_day_in_germany_also_when_the_clocks_change() -> None:
    assert ends_at(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert ends_at(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@given(st.sets(st.from_regex(r"\A[0-9]{5}\Z"), min_size=1, max_size=10))
def test_every_district_is_gone_through_once(districts: set[str]) -> None:
    target = Target(tuple(sorted(districts)), (), (), False)
    after, seen = "", []
    while (district := next_district(target, after)) is not None:
        seen.append(district)
        after = f"{district}~"
    assert seen == sorted(districts)


def test_what_is_over_cannot_be_answered() -> None:
    with pytest.raises(Refusal):
        check_status(CampaignStatus.ENDED, (CampaignStatus.CALLING, CampaignStatus.CALLED))
