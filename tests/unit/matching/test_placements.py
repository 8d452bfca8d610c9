"""The state machine: every cell of status × step × actor × circumstances; and the table that the README shows of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.handlers.waiting_list import recounted
from services.matching.models.placements import HOLDS_A_PLACE, LIVE, NO_DETAILS, SECURED, Actor, Circumstance, Step
from services.matching.models.pools import Pool
from services.matching.rules.placements import (
    MACHINE,
    circumstances_of,
    due_at,
    has_place,
    is_over,
    moved,
    possible_steps,
    step_due,
    transition_of,
    transitions_possible,
)
from shared.contracts import matching as events
from shared.contracts.vocabulary import PlacementStatus as Status
from shared.runtime.errors import Reason, Refusal
from tests.unit.matching.builders import NOW, a_placement, a_shift, an_offer

V, C, S = Actor.VOLUNTEER, Actor.COORDINATOR, Actor.SYSTEM
FREE, FULL = Circumstance.PLACE_FREE, Circumstance.NONE_FREE
ASKED, INVITED = Circumstance.ASKED, Circumstance.INVITED
BEGUN, NOT_BEGUN = Circumstance.BEGUN, Circumstance.NOT_BEGUN
ALLOWED: dict[tuple[Status | None, Step, Actor], dict[Circumstance | None, Status]] = {
    (None, Step.REQUEST, V): {FREE: Status.REQUESTED, FULL: Status.WAITLISTED},
    (None, Step.INVITE, C): {None: Status.INVITED},
    (Status.INVITED, Step.ACCEPT, V): {FREE: Status.CONFIRMED, FULL: Status.WAITLISTED},
    (Status.INVITED, Step.DECLINE, V): {None: Status.DECLINED},
    (Status.INVITED, Step.WITHDRAW, V): {None: Status.DECLINED},
    (Status.INVITED, Step.WITHDRAW, C): {None: Status.WITHDRAWN},
    (Status.INVITED, Step.EXPIRE, S): {None: Status.EXPIRED},
    (Status.INVITED, Step.CLOSE, S): {None: Status.WITHDRAWN},
    (Status.REQUESTED, Step.CONFIRM, C): {None: Status.CONFIRMED},
    (Status.REQUESTED, Step.DECLINE, C): {None: Status.DECLINED},
    (Status.REQUESTED, Step.WITHDRAW, V): {None: Status.WITHDRAWN},
    (Status.REQUESTED, Step.CLOSE, S): {None: Status.DECLINED},
    (Status.WAITLISTED, Step.DECLINE, C): {None: Status.DECLINED},
    (Status.WAITLISTED, Step.WITHDRAW, V): {None: Status.WITHDRAWN},
    (Status.WAITLISTED, Step.OFFER, S): {None: Status.OFFERED},
    (Status.WAITLISTED, Step.CLOSE, S): {None: Status.DECLINED},
    (Status.OFFERED, Step.ACCEPT, V): {ASKED: Status.REQUESTED, INVITED: Status.CONFIRMED},
    (Status.OFFERED, Step.DECLINE, C): {None: Status.DECLINED},
    (Status.OFFERED, Step.WITHDRAW, V): {None: Status.WITHDRAWN},
    (Status.OFFERED, Step.EXPIRE, S): {None: Status.EXPIRED},
    (Status.OFFERED, Step.CLOSE, S): {None: Status.DECLINED},
    (Status.CONFIRMED, Step.WITHDRAW, V): {None: Status.WITHDRAWN},
    (Status.CONFIRMED, Step.CANCEL, S): {None: Status.ENDED},
    (Status.CONFIRMED, Step.END, C): {None: Status.ENDED},
    (Status.ACTIVE, Step.WITHDRAW, V): {None: Status.ENDED},
    (Status.ACTIVE, Step.CANCEL, S): {None: Status.ENDED},
    (Status.ACTIVE, Step.END, C): {None: Status.ENDED},
    (Status.SUSPENDED, Step.WITHDRAW, V): {BEGUN: Status.ENDED, NOT_BEGUN: Status.WITHDRAWN},
    (Status.SUSPENDED, Step.COMPLETE, S): {BEGUN: Status.COMPLETED, NOT_BEGUN: Status.ENDED},
    (Status.SUSPENDED, Step.CANCEL, S): {None: Status.ENDED},
    (Status.SUSPENDED, Step.END, C): {None: Status.ENDED},
    **{(Status.CONFIRMED, Step.START, one): {None: Status.ACTIVE} for one in (C, S)},
    **{(Status.CONFIRMED, Step.SUSPEND, one): {None: Status.SUSPENDED} for one in (C, S)},
    **{(Status.ACTIVE, Step.SUSPEND, one): {None: Status.SUSPENDED} for one in (C, S)},
    **{(Status.ACTIVE, Step.COMPLETE, one): {None: Status.COMPLETED} for one in (C, S)},
    **{(Status.SUSPENDED, Step.RESUME, one): {BEGUN: Status.ACTIVE, NOT_BEGUN: Status.CONFIRMED} for one in (C, S)},
}
"""Said a second time, in the order of the states; the machine says it in the order of the steps."""
README = Path(__file__).parents[3] / "services" / "matching" / "README.md"


@pytest.mark.parametrize("status", [None, *Status])
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("actor", Actor)
def test_only_what_is_in_the_table_happens(status: Status | None, step: Step, actor: Actor) -> None:
    expected = ALLOWED.get((status, step, actor))
    if expected is None:
        with pytest.raises(Refusal) as refused:
            transition_of(status, step, actor, Circumstance)
        assert (refused.value.code, refused.value.reason) == ("placement-step-impossible", Reason.CONFLICT)
        assert refused.value.details["possible"] == [s.value for s in possible_steps(status, actor)]
        assert refused.value.details["because"] in ("not-there-yet", "somebody-else", "never", "not-from-here")
        assert refused.value.de and refused.value.en
        return
    for given_, after in expected.items():
        known = () if given_ is None else (given_,)
        assert transition_of(status, step, actor, known).after is after


@given(
    st.sampled_from([None, *Status]), st.sampled_from(Step), st.sampled_from(Actor), st.booleans(), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_what_is_possible_leads_somewhere_under_all_circumstances(
    status: Status | None, step: Step, actor: Actor, free: bool, invited: bool, begun: bool
) -> None:
    if step not in possible_steps(status, actor):
        return
    known = circumstances_of(
        a_placement(invited_by=NOW and an_offer().offer_id if invited else None, started_at=NOW if begun else None),
        free,
    )
    assert transition_of(status, step, actor, known) in transitions_possible(status, step, actor)


def test_what_is_over_stays_over() -> None:
    assert {status for status in Status if is_over(status)} == set(Status) - LIVE


def test_every_state_is_reached_and_every_live_one_can_be_left_by_the_volunteer_in_one_step() -> None:
    assert {transition.after for transition in MACHINE} == set(Status)
    for status in LIVE:
        assert Step.WITHDRAW in possible_steps(status, V)
        assert all(is_over(one.after) for one in transitions_possible(status, Step.WITHDRAW, V))


def test_each_state_has_one_event_but_for_what_goes_on() -> None:
    told = {(each.after, each.event) for each in MACHINE}
    for status in Status:
        known = {event for after, event in told if after is status}
        assert len(known - {events.PlacementResumed}) == 1, status


def test_who_refuses_says_who_could_and_from_where() -> None:
    with pytest.raises(Refusal) as refused:
        transition_of(Status.REQUESTED, Step.CONFIRM, V, ())
    assert refused.value.details["because"] == "somebody-else"
    assert "the organisation" in refused.value.en and "die Organisation" in refused.value.de
    with pytest.raises(Refusal) as refused:
        transition_of(Status.WITHDRAWN, Step.CONFIRM, C, ())
    assert refused.value.details["because"] == "not-from-here"
    assert "requested" in refused.value.en and "angefragt" in refused.value.de


@given(st.integers(-1, 5), st.integers(0, 5), st.integers(1, 4))
def test_nobody_overtakes_those_who_wait_and_a_group_needs_all_its_places(
    free: int, waiting: int, together: int
) -> None:
    pool = Pool.of(an_offer(places=5, places_taken=5 - free, waiting=waiting))
    assert has_place(pool, together) is (free >= together and waiting == 0)


@given(st.sampled_from([None, *Status]), st.sampled_from([None, *Status]))
def test_counts_follow_the_statuses(before: Status | None, after: Status | None) -> None:
    counted = recounted(Pool.of(an_offer(places_taken=1, waiting=1)), before, after)
    assert counted.places_taken - 1 == (after in HOLDS_A_PLACE) - (before in HOLDS_A_PLACE)
    assert counted.waiting - 1 == (after is Status.WAITLISTED) - (before is Status.WAITLISTED)


@given(st.sampled_from(MACHINE), st.booleans(), st.booleans())
def test_a_placement_says_what_its_state_needs(transition: object, begun: bool, of_shift: bool) -> None:
    assert isinstance(transition, type(MACHINE[0]))
    if None in transition.before:
        return
    offer = an_offer(starts_on=NOW.date(), ends_on=NOW.date())
    pool = Pool.of(offer, a_shift(offer) if of_shift else None)
    had = transition.before[0]
    placement = a_placement(
        status=had, confirmed_at=NOW if had in SECURED else None, started_at=NOW if begun and had in SECURED else None
    )
    after = moved(placement, transition, pool, NO_DETAILS, NOW)
    assert (after.version, after.changed_at) == (placement.version + 1, NOW)
    assert (after.confirmed_at is not None) or after.status not in SECURED | {Status.COMPLETED, Status.ENDED}
    assert (after.started_at is not None) or after.status is not Status.ACTIVE
    assert (after.ended_at is not None) is (after.end_reason is not None) is (after.status is Status.ENDED)
    assert (after.completed_at is not None) is (after.status is Status.COMPLETED)
    assert (after.due_at is None) or after.status in LIVE


@given(st.sampled_from(sorted(LIVE)), st.booleans())
def test_nothing_happens_by_itself_before_its_time(status: Status, of_shift: bool) -> None:
    offer = an_offer(starts_on=NOW.date(), ends_on=NOW.date())
    pool = Pool.of(offer, a_shift(offer) if of_shift else None)
    placement = a_placement(status=status, offered_until=NOW)
    due = due_at(status, pool, placement.offered_until)
    if due is None:
        assert step_due(placement, pool, NOW.replace(year=2100)) is None
        return
    assert step_due(placement, pool, due.replace(year=due.year - 1)) is None
    step = step_due(placement, pool, due)
    assert step is not None and step in possible_steps(status, S)


def test_the_readme_shows_the_machine_as_it_is() -> None:
    shown = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    missing = [row for row in readme_rows() if row not in shown]
    assert missing == [], "the table of placements in services/matching/README.md:\n" + "\n".join(readme_rows())


def readme_rows() -> list[str]:
    """The machine as rows of the README's table."""
    words = {V: "volunteer", C: "coordinator", S: "by itself"}
    given_words = {
        FREE: " (a place is free, nobody waits)", FULL: " (otherwise)", ASKED: " (had asked)",
        INVITED: " (had been invited)", BEGUN: " (had begun)", NOT_BEGUN: " (had not begun)", None: "",
    }  # fmt: skip
    return [
        f"| {', '.join('(new)' if one is None else f'`{one.value}`' for one in each.before)} "
        f"| {each.step.value}{given_words[each.given]} | {' or '.join(words[one] for one in each.actors)} "
        f"| `{each.after.value}` | `{each.event.contract.type}` |"
        for each in MACHINE
    ]
