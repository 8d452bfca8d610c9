"""What a plan tells of people: never one to four of them, neither alone nor by a difference."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.models.plans import Funnel, PlannedNeed, WhyOpen
from services.matching.rules.plans import as_told, summary, told_stages, why_open


@given(st.lists(st.integers(0, 14), min_size=1, max_size=6))
def test_two_stages_that_are_told_never_differ_by_one_to_four(found: list[int]) -> None:
    people = sorted(found, reverse=True)
    told = [
        each for each in told_stages({str(at): each for at, each in enumerate(people)}).values() if each is not None
    ]
    assert all(each == 0 or each >= 5 for each in told)
    assert all(not 0 < one - other < 5 for one in told for other in told if one > other)


def _need(topic: str, urgency: int, places_open: int, filled: int) -> PlannedNeed:
    reason = None if filled == places_open else WhyOpen.NO_ONE_WITH_LANGUAGE
    ids = (uuid4(), uuid4(), None, uuid4())
    return PlannedNeed(*ids, "03351", topic, urgency, places_open, filled, filled, reason, {})


NEEDS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(3, 5), st.integers(1, 12), st.integers(0, 12)).map(
        lambda each: _need(each[0], each[1], each[2], min(each[2], each[3]))
    ),
    max_size=8,
)


@given(NEEDS)
@settings(deadline=None)
def test_others_cannot_tell_from_a_plan_that_one_to_four_people_are_all_there_are(needs: list[PlannedNeed]) -> None:
    told = summary(needs, 7, 1.0, 1.0)["to_others"]
    seen = [as_told(each) for each in needs]
    assert all(not 0 < (each.filled or 0) < 5 or each.filled == each.places_open for each in seen)
    of_topic = {each["topic"]: each["filled"] for each in told["topics"]}
    for topic, filled in of_topic.items():
        if filled is not None:
            assert not 0 < filled - sum(each.filled or 0 for each in seen if each.topic == topic) < 5
    if told["urgent_filled"] is not None:
        assert not 0 < told["urgent_filled"] - sum(each.filled or 0 for each in seen if each.urgency >= 4) < 5
    if told["filled"] is not None:
        known = sum(filled for filled in of_topic.values() if filled is not None)
        known += sum(each.filled or 0 for each in seen if of_topic[each.topic] is None)
        assert not 0 < told["filled"] - known < 5


def test_the_coordinator_reads_all_figures() -> None:
    figures = summary([_need("a", 5, 3, 1)], 1, 1.0, 1.0)
    assert (figures["filled"], figures["urgent_filled"], figures["people"]) == (1, 1, 1)
    assert [figures["to_others"][name] for name in ("filled", "urgent_filled", "people")] == [None, None, None]


@pytest.mark.parametrize(
    ("cleared", "fitting", "filled", "reason"),
    [
        pytest.param(1, 6, 1, WhyOpen.NEEDED_ELSEWHERE, id="more-fit-than-the-bounded-look-saw"),
        pytest.param(1, 1, 1, WhyOpen.NO_ONE_CLEARED, id="nobody-more-is-cleared"),
        pytest.param(9, 1, 1, WhyOpen.NO_ONE_AVAILABLE, id="others-lack-something-else"),
    ],
)
def test_why_a_place_stays_open(cleared: int, fitting: int, filled: int, reason: WhyOpen) -> None:
    funnel = Funnel(near=20_000, speaking=900, cleared=cleared, qualified=cleared, of_age=cleared, fitting=fitting)
    assert why_open(funnel, filled) is reason
