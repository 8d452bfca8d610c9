"""The state machine: every cell of status × step × actor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.handlers.waiting_list import recounted
from services.matching.models.placements import HOLDS_A_PLACE, LIVE, Actor, Step
from services.matching.rules.placements import first_status, possible_steps, status_after
from shared.contracts.vocabulary import PlacementStatus as Status
from shared.runtime.errors import Reason, Refusal
from tests.unit.matching.builders import an_offer

ALLOWED: dict[tuple[Status, Step, Actor], Status] = {
    (Status.REQUESTED, Step.CONFIRM, Actor.COORDINATOR): Status.CONFIRMED,
    (Status.REQUESTED, Step.DECLINE, Actor.COORDINATOR): Status.DECLINED,
    (Status.WAITLISTED, Step.DECLINE, Actor.COORDINATOR): Status.DECLINED,
    (Status.OFFERED, Step.DECLINE, Actor.COORDINATOR): Status.DECLINED,
    (Status.CONFIRMED, Step.END, Actor.COORDINATOR): Status.ENDED,
    (Status.REQUESTED, Step.WITHDRAW, Actor.VOLUNTEER): Status.WITHDRAWN,
    (Status.WAITLISTED, Step.WITHDRAW, Actor.VOLUNTEER): Status.WITHDRAWN,
    (Status.OFFERED, Step.WITHDRAW, Actor.VOLUNTEER): Status.WITHDRAWN,
    (Status.CONFIRMED, Step.WITHDRAW, Actor.VOLUNTEER): Status.WITHDRAWN,
    (Status.OFFERED, Step.ACCEPT, Actor.VOLUNTEER): Status.REQUESTED,
    (Status.WAITLISTED, Step.OFFER, Actor.SYSTEM): Status.OFFERED,
    (Status.OFFERED, Step.EXPIRE, Actor.SYSTEM): Status.EXPIRED,
    (Status.REQUESTED, Step.CLOSE, Actor.SYSTEM): Status.DECLINED,
    (Status.WAITLISTED, Step.CLOSE, Actor.SYSTEM): Status.DECLINED,
    (Status.OFFERED, Step.CLOSE, Actor.SYSTEM): Status.DECLINED,
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("actor", Actor)
def test_only_what_is_in_the_table_happens(status: Status, step: Step, actor: Actor) -> None:
    expected = ALLOWED.get((status, step, actor))
    if expected is None:
        with pytest.raises(Refusal) as refused:
            status_after(status, step, actor)
        assert refused.value.code == "placement-step-impossible"
        assert refused.value.reason is Reason.CONFLICT
        assert refused.value.details["possible"] == [s.value for s in possible_steps(status, actor)]
    else:
        assert status_after(status, step, actor) is expected


def test_what_is_over_stays_over() -> None:
    for status in set(Status) - LIVE:
        assert not any(possible_steps(status, actor) for actor in Actor)


@given(st.integers(-1, 5), st.integers(0, 5))
def test_nobody_overtakes_those_who_wait(free: int, waiting: int) -> None:
    expected = Status.REQUESTED if free > 0 and waiting == 0 else Status.WAITLISTED
    assert first_status(free, waiting) is expected


@given(st.sampled_from([None, *Status]), st.sampled_from([None, *Status]))
def test_counts_follow_the_statuses(before: Status | None, after: Status | None) -> None:
    offer = an_offer(places_taken=1, waiting=1)
    counted = recounted(offer, before, after)
    assert counted.places_taken - 1 == (after in HOLDS_A_PLACE) - (before in HOLDS_A_PLACE)
    assert counted.waiting - 1 == (after is Status.WAITLISTED) - (before is Status.WAITLISTED)
