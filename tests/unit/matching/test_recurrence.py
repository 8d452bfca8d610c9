"""Recurring shifts by the wall clock: over both clock changes, against a second reading of the calendar."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.shifts import Series
from services.matching.rules.recurrence import checked_rule, continued, days_of, instants, is_over, local_key
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONG_AGO = date(2020, 1, 1)
days = st.dates(date(2025, 12, 1), date(2028, 12, 31))
clock_times = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
some_days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)


def series(rule: str, starts_on: date, **changes: object) -> Series:
    fields: dict[str, object] = {
        "series_id": uuid4(),
        "version": 1,
        "offer_id": uuid4(),
        "rule": checked_rule(rule),
        "starts_on": starts_on,
        "start_time": "15:00",
        "end_time": "17:00",
        "except_on": (),
        "places": 2,
        "minimum_staffing": 1,
        "generated_until": starts_on,
    }
    return Series(**(fields | changes))  # type: ignore[arg-type]


def weeks_apart(one: date, other: date) -> int:
    """Between the Mondays of two days."""
    monday = one - timedelta(days=one.weekday())
    return (other - timedelta(days=other.weekday()) - monday).days // 7


@given(days, some_days, st.integers(1, 6), st.integers(0, 250))
def test_a_weekly_rule_gives_what_counting_the_days_gives(
    starts_on: date, chosen: list[str], interval: int, span: int
) -> None:
    until = starts_on + timedelta(days=span)
    found = days_of(series(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(chosen)}", starts_on), LONG_AGO, until)
    counted = [
        day
        for day in (starts_on + timedelta(days=number) for number in range(span + 1))
        if DAYS[day.weekday()] in chosen and weeks_apart(starts_on, day) % interval == 0
    ]
    assert found == counted


@given(days, st.sampled_from(DAYS), st.sampled_from((1, 2, 3, 4, -1)), st.integers(0, 400))
def test_a_monthly_rule_gives_the_numbered_weekday(starts_on: date, day: str, number: int, span: int) -> None:
    until = starts_on + timedelta(days=span)
    for each in days_of(series(f"FREQ=MONTHLY;BYDAY={number}{day}", starts_on), LONG_AGO, until):
        assert (DAYS[each.weekday()], starts_on <= each <= until) == (day, True)
        week = (each.day - 1) // 7 + 1
        assert week == number if number > 0 else (each + timedelta(days=7)).month != each.month


@given(days, some_days, st.integers(0, 200), st.integers(0, 200), st.lists(days, max_size=5))
def test_looked_at_in_stretches_a_rule_gives_the_same(
    starts_on: date, chosen: list[str], first: int, second: int, left_out: list[date]
) -> None:
    some = series(f"FREQ=WEEKLY;BYDAY={','.join(chosen)}", starts_on, except_on=tuple(left_out))
    middle = starts_on + timedelta(days=first)
    end = middle + timedelta(days=second)
    at_once = days_of(some, LONG_AGO, end)
    assert days_of(some, LONG_AGO, middle) + days_of(some, middle, end) == at_once
    assert not set(at_once) & set(left_out)


@given(days, clock_times, clock_times)
def test_a_shift_begins_when_the_clock_shows_its_time_wherever_the_clock_shows_it(
    day: date, start: str, end: str
) -> None:
    starts_at, ends_at = instants(day, start, end)
    shown = starts_at.astimezone(BERLIN)
    is_skipped = shown.strftime("%Y-%m-%dT%H:%M") != local_key(day, start)
    assert starts_at < ends_at
    if is_skipped:
        # 02:00 to 02:59 in March: an hour later by the clock.
        assert (day.month, shown.hour, start[:2]) == (3, 3, "02")
    else:
        earlier = (starts_at - timedelta(hours=1)).astimezone(BERLIN)
        assert earlier.strftime("%H:%M") != start, "of two the first"
    nominal = (int(end[:2]) * 60 + int(end[3:]) - int(start[:2]) * 60 - int(start[3:])) % 1440 or 1440
    assert abs((ends_at - starts_at) - timedelta(minutes=nominal)) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("day", "start", "end", "starts_at", "minutes"),
    [
        (date(2026, 3, 29), "02:30", "04:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 30),
        (date(2026, 3, 29), "02:30", "03:15", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 45),
        (date(2026, 10, 25), "02:30", "04:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 150),
        (date(2026, 3, 28), "22:00", "06:00", datetime(2026, 3, 28, 21, 0, tzinfo=UTC), 7 * 60),
        (date(2026, 10, 24), "22:00", "06:00", datetime(2026, 10, 24, 20, 0, tzinfo=UTC), 9 * 60),
        (date(2026, 7, 1), "10:00", "10:00", datetime(2026, 7, 1, 8, 0, tzinfo=UTC), 24 * 60),
    ],
)
def test_nights_of_the_clock_change(day: date, start: str, end: str, starts_at: datetime, minutes: int) -> None:
    assert instants(day, start, end) == (starts_at, starts_at + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=DAILY;COUNT=3", [1, 2, 3]),
        ("FREQ=WEEKLY;UNTIL=20260615", [1, 8, 15]),
        ("FREQ=WEEKLY;UNTIL=20260615T130000Z", [1, 8, 15]),
        ("FREQ=WEEKLY;UNTIL=20260615T125959Z", [1, 8]),
        ("FREQ=WEEKLY;UNTIL=20260615T145959", [1, 8]),
        ("rrule:freq=monthly;byday=MO,TU,WE,TH,FR;bysetpos=-1", [30]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,2", [2, 30]),
    ],
)
def test_ends_and_positions(rule: str, found: list[int]) -> None:
    june = series(rule, date(2026, 6, 1))
    assert [day.day for day in days_of(june, LONG_AGO, date(2026, 6, 30))] == found
    assert is_over(june, date(2026, 6, 30)) is ("COUNT" in rule or "UNTIL" in rule)
    assert not is_over(june, date(2026, 5, 31))


def test_after_its_last_day_a_series_gives_nothing() -> None:
    ended = series("FREQ=DAILY", date(2026, 6, 1), last_day=date(2026, 6, 3))
    assert len(days_of(ended, LONG_AGO, date(2026, 6, 30))) == 3
    assert is_over(ended, date(2026, 6, 3)) and not is_over(ended, date(2026, 6, 2))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every Tuesday",
        "FREQ=YEARLY",
        "FREQ=SECONDLY",
        "BYDAY=TU",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20260601",
        "FREQ=WEEKLY;BYDAY=1TU",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=53",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2",
        "FREQ=WEEKLY;UNTIL=20261399",
        "FREQ=WEEKLY;WKST=XX",
        "FREQ=WEEKLY\nDTSTART:19970902T090000",
        "FREQ=WEEKLY;BYDAY=" + ",".join(["TU"] * 60),
    ],
)
def test_rules_that_shifts_do_not_need_are_refused(rule: str) -> None:
    with pytest.raises(Refusal, match="recurrence-rule"):
        checked_rule(rule)


@given(
    days,
    st.sampled_from(("DAILY", "WEEKLY", "MONTHLY")),
    st.integers(1, 52),
    st.none() | some_days,
    st.none() | st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=3),
)
def test_whatever_is_allowed_gives_something(
    starts_on: date, frequency: str, interval: int, chosen: list[str] | None, of_month: list[int] | None
) -> None:
    parts = [f"FREQ={frequency}", *([f"INTERVAL={interval}"] if interval > 1 else [])]
    parts += [f"BYDAY={','.join(chosen)}"] if chosen else []
    parts += [f"BYMONTHDAY={','.join(map(str, of_month))}"] if of_month else []
    try:
        some = series(";".join(parts), starts_on.replace(day=min(starts_on.day, 28)))
    except Refusal:
        return
    assert not is_over(some, starts_on)


@given(st.text(alphabet="FREQ=WKLYDAINTV;,-0123456789UMOBS\n: ", max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        spelled = checked_rule(text)
    except Refusal:
        return
    assert checked_rule(spelled) == spelled


@given(
    days,
    st.builds(
        lambda freq, interval, count: f"FREQ={freq};INTERVAL={interval}{count}",
        st.sampled_from(("WEEKLY", "MONTHLY", "DAILY")),
        st.integers(1, 4),
        st.just("") | st.integers(1, 20).map(lambda count: f";COUNT={count}"),
    ),
    st.integers(1, 300),
)
def test_continued_from_a_day_on_a_rule_gives_the_same_days(starts_on: date, rule: str, after: int) -> None:
    whole = series(rule, starts_on)
    from_day, until = starts_on + timedelta(days=after), starts_on + timedelta(days=700)
    goes_on = continued(whole, from_day)
    left = days_of(whole, from_day - timedelta(days=1), until)
    if goes_on is None:
        assert left == []
    else:
        rest = series(goes_on[0], goes_on[1])
        assert days_of(rest, LONG_AGO, until) == left
