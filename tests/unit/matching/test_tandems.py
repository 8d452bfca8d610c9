"""The state machine of tandems, its reasons, its trial; and that a reference cannot hold a person."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.matching.models.placements import Actor
from services.matching.models.tandems import (
    CheckIn,
    CheckInStatus,
    Fitting,
    Outcome,
    RecordCounterpart,
    Tandem,
    TandemStep,
    Wish,
    is_opaque,
)
from services.matching.rules import tandems as rules
from shared.contracts.tandems import Tandem as Told
from shared.contracts.vocabulary import PlacementStatus, TandemEndReason, TandemStatus
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
S, A, T = TandemStatus, Actor, TandemStep


def tandem(status: TandemStatus = S.PROPOSED, **told: object) -> Tandem:
    known = {
        "tandem_id": new_id(),
        "version": 1,
        "counterpart_id": new_id(),
        "placement_id": new_id(),
        "offer_id": new_id(),
        "organisation_id": new_id(),
        "coordinator_id": new_id(),
        "volunteer_id": new_id(),
        "status": status,
        "trial_days": 56,
        "check_in_days": 28,
        "proposed_at": NOW,
        "changed_at": NOW,
        "trial_until": None if status is S.PROPOSED else TODAY + timedelta(days=56),
    }
    return Tandem(**{**known, **told})  # type: ignore[arg-type]


def code_of(call: object, *arguments: object) -> str | None:
    try:
        call(*arguments)  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.code
    return None


STEPS = st.lists(st.tuples(st.sampled_from(TandemStep), st.sampled_from(Actor)), max_size=12)


@given(STEPS)
def test_whatever_is_tried_a_tandem_is_agreed_by_both_and_ends_once(tried: list[tuple[TandemStep, Actor]]) -> None:
    """Every step that is taken leads on; every other is refused with its reason and changes nothing."""
    now = tandem()
    said: set[Actor] = set()
    for step, actor in tried:
        if step is T.PROPOSE:
            assert code_of(rules.transition_of, now, step, actor) == "tandem-step-impossible"
            continue
        possible = step in rules.possible_steps(now.status, actor)
        refused = code_of(rules.transition_of, now, step, actor)
        if refused is not None:
            assert not possible or (refused == "already-agreed" and actor in said)
            continue
        assert possible
        transition = rules.transition_of(now, step, actor)
        reason = TandemEndReason.PLACEMENT_OVER if actor is A.SYSTEM else TandemEndReason.OTHER
        after = rules.moved(now, transition, actor, NOW, reason=reason)
        assert after.version == now.version + 1
        if step is T.AGREE:
            said.add(actor)
        now = after
        assert (now.status is S.AGREED) <= (said == {A.VOLUNTEER, A.COORDINATOR})
        assert (now.status is S.ENDED) == (now.end_reason is not None) == (now.ended_at is not None)
        assert (now.status in rules.RUNNING) <= (now.trial_until is not None)
        told = Told.model_validate(now, from_attributes=True)
        assert told.status is now.status
    if now.status is S.ENDED:
        assert not any(rules.possible_steps(S.ENDED, actor) for actor in Actor)


def test_every_step_that_is_not_in_the_machine_is_refused_with_what_is_possible() -> None:
    for status in (None, *TandemStatus):
        for step in TandemStep:
            for actor in Actor:
                known = tandem(status) if status else None
                allowed = step in rules.possible_steps(status, actor)
                assert (code_of(rules.transition_of, known, step, actor) is None) is allowed


def test_nobody_agrees_for_the_other_side_nor_twice() -> None:
    trial = tandem(S.TRIAL, agreed_by_volunteer_at=NOW)
    assert code_of(rules.transition_of, trial, T.AGREE, A.VOLUNTEER) == "already-agreed"
    assert code_of(rules.transition_of, trial, T.AGREE, A.SYSTEM) == "tandem-step-impossible"
    agreed = rules.moved(trial, rules.transition_of(trial, T.AGREE, A.COORDINATOR), A.COORDINATOR, NOW)
    assert (agreed.status, agreed.agreed_on) == (S.AGREED, TODAY)


def test_the_trial_runs_from_the_day_of_the_acceptance() -> None:
    begun = rules.moved(tandem(trial_days=28), rules.transition_of(tandem(), T.ACCEPT, A.VOLUNTEER), A.VOLUNTEER, NOW)
    assert (begun.status, begun.trial_until) == (S.TRIAL, TODAY + timedelta(days=28))


@pytest.mark.parametrize("status", PlacementStatus)
def test_it_begins_within_a_placement_that_has_begun_and_with_a_signed_undertaking_only(
    status: PlacementStatus,
) -> None:
    """Before a volunteer sees personal data of others: a signed confidentiality undertaking (Datengeheimnis)."""
    expected = None if status is PlacementStatus.ACTIVE else "placement-not-active"
    assert code_of(rules.check_beginning, status, True) == expected
    assert code_of(rules.check_beginning, PlacementStatus.ACTIVE, False) == "undertaking-missing"


def test_a_reason_is_one_that_its_giver_can_know() -> None:
    running = tandem(S.TRIAL)
    for actor in (A.VOLUNTEER, A.COORDINATOR, A.SYSTEM):
        transition = rules.transition_of(running, T.END, actor)
        for reason in TandemEndReason:
            refused = code_of(lambda t=transition, a=actor, r=reason: rules.moved(running, t, a, NOW, reason=r))
            assert refused == (None if reason in rules.REASONS[actor] else "tandem-end-reason")
    assert TandemEndReason.OTHER_SIDE_STOPPED not in rules.REASONS[A.VOLUNTEER]
    assert rules.REASONS[A.SYSTEM] == {TandemEndReason.PLACEMENT_OVER}


@given(st.dates(TODAY - timedelta(days=30), TODAY + timedelta(days=500)))
def test_a_trial_is_prolonged_forwards_and_for_a_year_at_most(until: date) -> None:
    trial = tandem(S.TRIAL)
    refused = code_of(rules.prolonged, trial, until, TODAY)
    fits = trial.trial_until is not None and trial.trial_until < until <= TODAY + timedelta(days=366)
    assert refused == (None if fits else "trial-period")


def test_a_check_in_is_settled_once_with_an_outcome_that_fits() -> None:
    due = CheckIn(new_id(), 1, new_id(), 1, TODAY, CheckInStatus.DUE)
    done = rules.settled(due, Outcome.GOING_WELL, CheckInStatus.DONE, NOW)
    assert (done.version, done.status, done.settled_at) == (2, CheckInStatus.DONE, NOW)
    assert code_of(rules.settled, done, Outcome.GOING_WELL, CheckInStatus.DONE, NOW) == "check-in-settled"
    for outcome in Outcome:
        for status, allowed in ((CheckInStatus.DONE, rules.DONE), (CheckInStatus.SKIPPED, rules.SKIPPED)):
            refused = code_of(rules.settled, due, outcome, status, NOW)
            assert refused == (None if outcome in allowed else "check-in-outcome")


@pytest.mark.parametrize("reference", ["F-2026-017", "12345", "A1", "2026-00123-B", "AB-1234"])
def test_a_file_number_is_a_reference(reference: str) -> None:
    assert is_opaque(reference)


@pytest.mark.parametrize(
    "reference",
    ["MEIER", "ALI-1", "FRAU-MEIER-7", "1980-05-12", "12-05-1980", "f-2026", "A--1", "-1", "Ä1", "1" * 21, "", "A 1"],
)
def test_what_could_be_a_name_or_a_date_of_birth_is_none(reference: str) -> None:
    """The people who are helped: no personal data (Art. 5(1)(c) DSGVO)."""
    assert not is_opaque(reference)
    told = {"organisation_id": str(new_id()), "district": "03351", "reference": reference}
    with pytest.raises(ValidationError):
        RecordCounterpart.model_validate(told)


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ-", max_size=25))
def test_nothing_made_of_letters_is_a_reference(text: str) -> None:
    assert not is_opaque(text)


@pytest.mark.parametrize("more", ["name", "birth_date", "address", "note", "origin", "mail"])
def test_there_is_no_place_for_anything_else_about_the_other_side(more: str) -> None:
    told = {"organisation_id": str(new_id()), "district": "03351", "reference": "F-1", more: "x"}
    with pytest.raises(ValidationError):
        RecordCounterpart.model_validate(told)
    assert not {"reference", "languages", "wishes", "counterpart_id"} & set(Told.model_fields)


def test_who_shares_most_comes_first_and_is_shown_with_what_is_shared() -> None:
    def one(languages: tuple[str, ...], wishes: tuple[Wish, ...], tandems: int) -> Fitting:
        return Fitting(new_id(), new_id(), new_id(), "", PlacementStatus.ACTIVE, True, languages, wishes, tandems)

    busy, free = one(("uk", "de"), (Wish.WORK,), 2), one(("uk", "de"), (Wish.WORK,), 0)
    few, none = one(("uk",), (Wish.WORK, Wish.SPORT), 0), one(("fr",), (), 0)
    found = rules.by_fit([none, few, busy, free], ("de", "uk"), (Wish.WORK,))
    assert [each.placement_id for each in found] == [each.placement_id for each in (free, busy, few, none)]
    assert found[2] == replace(few, wishes=(Wish.WORK,))
