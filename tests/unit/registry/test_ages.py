"""Thresholds of age: from the date of birth to what is kept of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.ages import NOT_TOLD, Ages
from services.registry.rules.ages import ages_of, ages_on, needs_guardian, reaches_on
from shared.runtime.errors import Refusal

TODAY = date(2026, 3, 2)
births = st.dates(date(1930, 1, 1), date(2010, 3, 2))


def test_nothing_told_is_nothing_kept() -> None:
    assert ages_of(None, TODAY) == NOT_TOLD


@pytest.mark.parametrize(
    ("born", "years", "reached"),
    [
        (date(2008, 3, 2), 18, date(2026, 3, 2)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 12, 31), 14, date(2022, 12, 31)),
    ],
)
def test_a_year_of_life_is_complete_at_the_end_of_the_day_before_the_birthday(
    born: date, years: int, reached: date
) -> None:
    assert reaches_on(born, years) == reached


@pytest.mark.parametrize(
    ("born", "code"),
    [
        (date(2012, 3, 3), "too-young"),
        (date(2012, 3, 2), "guardian-consent-needed"),
        (date(2010, 3, 3), "guardian-consent-needed"),
        (date(2026, 3, 3), "birth-date-impossible"),
        (date(1890, 1, 1), "birth-date-impossible"),
    ],
)
def test_who_is_too_young_is_told_why(born: date, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ages_of(born, TODAY)
    assert refused.value.code == code


def test_only_thresholds_to_come_are_kept() -> None:
    assert ages_of(date(2010, 3, 2), TODAY) == Ages(16, None, date(2028, 3, 2))
    assert ages_of(date(2008, 3, 2), TODAY) == Ages(18)


@given(births)
def test_of_an_adult_nothing_is_left_that_says_when_they_were_born(born: date) -> None:
    ages = ages_of(born, TODAY)
    assert (ages.reached == 18) == (ages == Ages(18))


@given(births, st.integers(0, 5000))
def test_later_it_is_as_if_it_had_been_told_later(born: date, days: int) -> None:
    later = TODAY + timedelta(days=days)
    assert ages_on(ages_of(born, TODAY), later) == ages_of(born, later)


@given(st.dates(date(2010, 3, 3), date(2012, 3, 2)))
def test_whoever_is_14_or_15_is_taken_in_when_a_guardian_may_follow(born: date) -> None:
    ages = ages_of(born, TODAY, guardian_may_follow=True)
    assert (ages.reached, needs_guardian(ages)) == (14, True)
    assert ages.reaches_16_on is not None
    assert not needs_guardian(ages_on(ages, ages.reaches_16_on))
