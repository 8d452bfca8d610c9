"""What is left of an urgency: it only falls, towards 1, by half in its half-life."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from services.matching.rules.urgency import effective_urgency
from tests.unit.matching.builders import NOW, an_offer

urgencies = st.integers(1, 5)
half_lives = st.integers(1, 3650)
spans = st.timedeltas(timedelta(0), timedelta(days=20_000))


@given(urgencies, st.none() | half_lives, spans, spans)
def test_it_lies_between_one_and_what_was_set_and_never_rises(
    urgency: int, half_life: int | None, first: timedelta, second: timedelta
) -> None:
    offer = an_offer(urgency=urgency, urgency_set_at=NOW, urgency_half_life_days=half_life)
    earlier, later = effective_urgency(offer, NOW + first), effective_urgency(offer, NOW + first + second)
    assert 1 <= later <= earlier <= urgency
    if half_life is None:
        assert later == urgency


@given(urgencies, half_lives, st.integers(0, 20))
def test_each_half_life_halves_what_is_above_one(urgency: int, half_life: int, times: int) -> None:
    offer = an_offer(urgency=urgency, urgency_set_at=NOW, urgency_half_life_days=half_life)
    left = effective_urgency(offer, NOW + timedelta(days=half_life * times))
    assert left - 1 == approx((urgency - 1) / 2**times)


@given(urgencies, half_lives, spans)
def test_before_it_was_set_it_is_what_was_set(urgency: int, half_life: int, span: timedelta) -> None:
    offer = an_offer(urgency=urgency, urgency_set_at=NOW, urgency_half_life_days=half_life)
    assert effective_urgency(offer, NOW - span) == urgency


def test_of_an_offer_that_does_not_say_when_it_stays() -> None:
    assert effective_urgency(an_offer(urgency=4, urgency_half_life_days=7), NOW) == 4
