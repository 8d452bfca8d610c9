"""Nobody is asked more often than may be, and everybody may be asked again."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.suggestions import Restraint
from services.matching.rules.fatigue import WEEK, again_at, asks_left, restraint_by_fatigue
from services.matching.rules.scoring import asked_lately
from tests.unit.matching.builders import NOW, a_candidate, recently

asked = st.lists(recently, max_size=20)


@given(asked, st.integers(0, 10))
def test_whoever_may_not_be_asked_may_be_asked_again_at_the_instant_that_is_told(
    asked_at: list[datetime], per_week: int
) -> None:
    again = again_at(asked_at, NOW, per_week)
    assert (again is None) == (asks_left(asked_at, NOW, per_week) > 0)
    if again is not None and per_week:
        assert NOW < again <= NOW + WEEK
        assert asks_left(asked_at, again, per_week) > 0
        assert asks_left(asked_at, again - timedelta(microseconds=1), per_week) == 0


@given(asked, st.integers(1, 10))
def test_asking_as_often_as_is_left_is_exactly_enough(asked_at: list[datetime], per_week: int) -> None:
    left = asks_left(asked_at, NOW, per_week)
    assert again_at([*asked_at, *[NOW] * left], NOW, per_week) is not None
    if left:
        assert again_at([*asked_at, *[NOW] * (left - 1)], NOW, per_week) is None


def test_the_restraint_says_how_often_and_until_when() -> None:
    asked_at = tuple(NOW - timedelta(days=days) for days in (6, 3, 1, 30))
    (restraint,) = restraint_by_fatigue(a_candidate(asked_at=asked_at), NOW, 3)
    assert restraint.restraint is Restraint.ASKED_OFTEN
    assert restraint.fact == {"asks": 3, "again": (NOW + timedelta(days=1)).isoformat()}
    assert restraint_by_fatigue(a_candidate(asked_at=asked_at), NOW, 4) == ()


def test_asks_count_for_four_calendar_weeks_in_germany() -> None:
    # NOW is a Monday morning; 1 March 2026 was a Sunday, and at 23:30 UTC the German week had changed.
    def counted(at: datetime) -> int:
        return asked_lately(a_candidate(asked_at=(at,)), NOW)

    monday_in_germany = NOW.replace(hour=0) - timedelta(minutes=30)
    assert counted(monday_in_germany) == 1
    assert counted(monday_in_germany - timedelta(weeks=3)) == 1
    assert counted(monday_in_germany - timedelta(weeks=3, minutes=31)) == 0
    assert counted(NOW + timedelta(weeks=1)) == 0
