"""Weekly times, parts of days, absences."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.rules.times import absent_throughout, available_share, periods_overlap, times_overlap
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart
from shared.contracts.vocabulary import PartOfDay, Weekday
from tests.unit.matching.builders import TUESDAYS, weekly_times

AFTERNOON = AvailablePart(day=Weekday.TUESDAY, part=PartOfDay.AFTERNOON)
EVENING = AvailablePart(day=Weekday.TUESDAY, part=PartOfDay.EVENING)


def tuesdays(start: str, end: str) -> WeeklyTime:
    return WeeklyTime(day=Weekday.TUESDAY, start=start, end=end)


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (tuesdays("16:59", "18:00"), True),
        (tuesdays("14:00", "15:01"), True),
        (tuesdays("15:30", "16:00"), True),
        (tuesdays("17:00", "18:00"), False),
        (tuesdays("13:00", "15:00"), False),
        (WeeklyTime(day=Weekday.WEDNESDAY, start="15:00", end="17:00"), False),
    ],
)
def test_times_overlap_only_when_they_share_a_minute(other: WeeklyTime, overlaps: bool) -> None:
    assert times_overlap([TUESDAYS], [other]) is overlaps


@given(st.lists(weekly_times(), max_size=3), st.lists(weekly_times(), max_size=3))
def test_overlap_is_mutual(some: list[WeeklyTime], others: list[WeeklyTime]) -> None:
    assert times_overlap(some, others) == times_overlap(others, some)


def test_periods_that_touch_on_one_day_overlap() -> None:
    day = date(2026, 5, 1)
    assert periods_overlap(None, day, day, None)
    assert not periods_overlap(None, date(2026, 4, 30), day, None)
    assert periods_overlap(None, None, None, None)


@pytest.mark.parametrize(
    ("time", "available", "share"),
    [
        (TUESDAYS, [AFTERNOON], 1.0),
        (tuesdays("16:00", "18:00"), [AFTERNOON], 0.5),
        (tuesdays("16:00", "18:00"), [AFTERNOON, EVENING, AFTERNOON], 1.0),
        (TUESDAYS, [EVENING], 0.0),
        (
            WeeklyTime(day=Weekday.MONDAY, start="05:00", end="07:00"),
            [AvailablePart(day=Weekday.SUNDAY, part=PartOfDay.NIGHT)],
            0.5,
        ),
    ],
)
def test_the_share_of_the_time_that_is_available(
    time: WeeklyTime, available: list[AvailablePart], share: float
) -> None:
    assert available_share([time], available) == pytest.approx(share)


@given(st.lists(weekly_times(), min_size=1, max_size=4))
def test_who_can_always_come_fits_wholly(weekly: list[WeeklyTime]) -> None:
    always = [AvailablePart(day=day, part=part) for day in Weekday for part in PartOfDay]
    assert available_share(weekly, always) == pytest.approx(1.0)


def test_an_absence_blocks_only_what_it_covers_wholly() -> None:
    away = [Absence(first_day=date(2026, 3, 9), last_day=date(2026, 3, 15))]
    assert absent_throughout(date(2026, 3, 10), date(2026, 3, 12), (), away)
    assert not absent_throughout(date(2026, 3, 8), date(2026, 3, 12), (), away)
    assert not absent_throughout(date(2026, 3, 10), date(2026, 3, 16), (), away)


def test_only_days_on_which_it_takes_place_count() -> None:
    away = [Absence(first_day=date(2026, 3, 10), last_day=date(2026, 3, 10))]
    assert absent_throughout(date(2026, 3, 9), date(2026, 3, 15), [TUESDAYS], away)
    assert not absent_throughout(date(2026, 3, 11), date(2026, 3, 15), [TUESDAYS], away)


def test_the_last_days_of_the_calendar_are_days_like_any_other() -> None:
    first, last = date(9999, 12, 1), date.max
    assert absent_throughout(first, last, [], [Absence(first_day=first, last_day=last)])
    assert not absent_throughout(first, last, [], [Absence(first_day=first, last_day=date(9999, 12, 30))])
    assert not absent_throughout(last, first, [], [])
