"""When a placement is suspended because something ended, and when it goes on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.suspensions import ALWAYS, NEVER, Standing, Verdict
from services.matching.rules.suspensions import BY_ITSELF, GOING, look_again_on, missing, verdict
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason
from shared.runtime.ids import new_id

S = PlacementStatus
TODAY = date(2026, 11, 22)
LAST_DAYS = st.sampled_from((NEVER, ALWAYS)) | st.dates(TODAY - timedelta(days=40), TODAY + timedelta(days=400))


def standing(
    status: PlacementStatus = S.ACTIVE,
    cleared: date = ALWAYS,
    qualified: date = ALWAYS,
    because: SuspensionReason | None = None,
    *,
    undertaking: bool = True,
) -> Standing:
    return Standing(new_id(), new_id(), None, status, because, cleared, qualified, undertaking)


STANDINGS = st.builds(
    standing,
    status=st.sampled_from(PlacementStatus),
    cleared=LAST_DAYS,
    qualified=LAST_DAYS,
    because=st.none() | st.sampled_from(SuspensionReason),
    undertaking=st.booleans(),
)


@pytest.mark.parametrize("status", sorted(GOING))
def test_it_is_suspended_on_the_day_after_the_last_day(status: PlacementStatus) -> None:
    """The last day still counts: it is the calendar's day in Germany, not an instant."""
    yesterday = TODAY - timedelta(days=1)
    assert verdict(standing(status, cleared=TODAY, qualified=TODAY), TODAY) is Verdict.LEAVE
    assert verdict(standing(status, cleared=yesterday), TODAY) is Verdict.SUSPEND
    assert verdict(standing(status, qualified=yesterday), TODAY) is Verdict.SUSPEND
    assert verdict(standing(status, undertaking=False), TODAY) is Verdict.SUSPEND


def test_a_clearance_that_never_was_and_one_that_ended_look_the_same() -> None:
    """§ 30a(3) BZRG: nothing tells a conviction, of which no event exists, from an end or from nothing at all."""
    never, ended = standing(cleared=NEVER), standing(cleared=TODAY - timedelta(days=1))
    assert missing(never, TODAY) == missing(ended, TODAY) == (SuspensionReason.CLEARANCE_ENDED,)


@pytest.mark.parametrize("because", SuspensionReason)
def test_what_a_person_suspended_goes_on_by_no_machine(because: SuspensionReason) -> None:
    follows = verdict(standing(S.SUSPENDED, because=because), TODAY)
    assert follows is (Verdict.RESUME if because in BY_ITSELF else Verdict.LEAVE)


def test_it_does_not_go_on_while_anything_is_missing() -> None:
    lacking = standing(S.SUSPENDED, qualified=NEVER, because=SuspensionReason.QUALIFICATION_ENDED)
    assert verdict(lacking, TODAY) is Verdict.LEAVE


def test_it_says_the_first_reason_while_that_holds_and_then_the_one_that_remains() -> None:
    both = standing(S.SUSPENDED, cleared=NEVER, qualified=NEVER, because=SuspensionReason.QUALIFICATION_ENDED)
    assert verdict(both, TODAY) is Verdict.LEAVE
    one = standing(S.SUSPENDED, cleared=NEVER, because=SuspensionReason.QUALIFICATION_ENDED)
    assert verdict(one, TODAY) is Verdict.SAY_WHY
    assert missing(one, TODAY) == (SuspensionReason.CLEARANCE_ENDED,)


@given(STANDINGS, st.dates(TODAY - timedelta(days=50), TODAY + timedelta(days=450)))
def test_what_follows_is_done_once(before: Standing, today: date) -> None:
    """After a suspension, or a resumption, nothing more follows on the same day."""
    follows = verdict(before, today)
    after = {Verdict.SUSPEND: S.SUSPENDED, Verdict.RESUME: S.ACTIVE}.get(follows, before.status)
    is_new = follows in (Verdict.SUSPEND, Verdict.SAY_WHY)
    because = missing(before, today)[0] if is_new else before.suspended_because
    again = standing(after, before.cleared_until, before.qualified_until, because, undertaking=before.has_undertaking)
    assert verdict(again, today) is Verdict.LEAVE


@given(st.lists(STANDINGS, max_size=4))
def test_nothing_ends_unseen_before_the_next_look(found: list[Standing]) -> None:
    """On every day before the next look the same is missing as today."""
    day = look_again_on(found, TODAY)
    until = day or TODAY + timedelta(days=1000)
    assert until > TODAY
    for each in found:
        assert missing(each, until - timedelta(days=1)) == missing(each, TODAY)
    if day is not None:
        last_day = day - timedelta(days=1)
        assert any(last_day in (each.cleared_until, each.qualified_until) for each in found)
