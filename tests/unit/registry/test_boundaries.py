"""Task boundaries: what is agreed was agreed by both; overlaps and gaps of responsibility."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.boundaries import (
    Finding,
    InForce,
    Outcome,
    Proposal,
    StoredBoundary,
    Task,
)
from services.registry.rules import boundaries as rules
from shared.contracts.registry import BoundaryStatus, CarriedBy
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id

A, B, C = new_id(), new_id(), new_id()
ANNA, BERT = new_id(), new_id()
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def proposal(responsible: UUID = A, valid_until: date = date(2027, 12, 31)) -> Proposal:
    return Proposal(
        responsible_organisation_id=responsible,
        tasks=(Task(task="Gruppen anleiten", carried_by=CarriedBy.VOLUNTEER, organisation_id=B),),
        valid_until=valid_until,
    )


def proposed() -> StoredBoundary:
    return StoredBoundary(
        boundary_id=new_id(),
        version=1,
        district="03351",
        kind_of_activity="homework_help",
        organisation_ids=(A, B),
        status=BoundaryStatus.PROPOSED,
        counts_until=date(2027, 12, 31),
        open=rules.revision_of(proposal(), 1, 1, A, ANNA, NOW),
    )


def agreed_by(boundary: StoredBoundary, side: UUID, member: UUID, version: int | None = None) -> StoredBoundary:
    return rules.agreed(boundary, version or boundary.version, side, member, NOW, TODAY)


def agreed() -> StoredBoundary:
    return agreed_by(agreed_by(proposed(), A, ANNA), B, BERT)


def test_it_counts_when_both_sides_have_agreed() -> None:
    once = agreed_by(proposed(), A, ANNA)
    assert (once.status, once.agreed) == (BoundaryStatus.PROPOSED, None)
    both = agreed_by(once, B, BERT)
    assert both.status is BoundaryStatus.AGREED
    assert both.open is None
    assert both.agreed is not None
    assert {side: yes.member_id for side, yes in both.agreed.agreements.items()} == {A: ANNA, B: BERT}


def test_proposing_is_not_agreeing() -> None:
    first = proposed()
    assert first.open is not None
    assert first.open.agreements == {}


def test_the_same_yes_twice_is_one() -> None:
    once = agreed_by(proposed(), A, ANNA)
    assert agreed_by(once, A, BERT) == once


def test_nobody_agrees_for_both_sides() -> None:
    with pytest.raises(Refusal, match="same-person-for-both"):
        agreed_by(agreed_by(proposed(), A, ANNA), B, ANNA)


def test_a_yes_to_what_was_proposed_before_does_not_count() -> None:
    once = agreed_by(proposed(), A, ANNA)
    changed = rules.revised(once, proposal(B), once.version, B, BERT, NOW)
    assert changed.open is not None
    assert changed.open.agreements == {}
    assert changed.status is BoundaryStatus.DISCUSSED
    with pytest.raises(Refusal, match="version-mismatch"):
        agreed_by(changed, B, BERT, version=once.version)
    with pytest.raises(Refusal, match="version-mismatch"):
        agreed_by(changed, B, BERT, version=changed.version + 1)


def test_a_yes_survives_comments_and_the_other_sides_yes() -> None:
    seen = proposed()
    talked = rules.commented(seen, 0)
    assert talked.status is BoundaryStatus.DISCUSSED
    other = agreed_by(talked, A, ANNA)
    assert agreed_by(other, B, BERT, version=seen.version).status is BoundaryStatus.AGREED


def test_what_was_agreed_counts_until_the_revision_is_agreed() -> None:
    before = agreed()
    talked = rules.revised(before, proposal(B), before.version, A, ANNA, NOW)
    assert (talked.status, talked.agreed) == (BoundaryStatus.AGREED, before.agreed)
    after = agreed_by(agreed_by(talked, A, ANNA), B, BERT)
    assert after.agreed is not None
    assert (after.agreed.revision, after.agreed.responsible_id) == (2, B)


def test_an_end_is_an_end() -> None:
    over = rules.ended(agreed(), TODAY)
    assert (over.status, over.ended_on) == (BoundaryStatus.ENDED, TODAY)
    assert over.agreed is not None
    assert over.agreed.outcome is Outcome.ENDED
    acts: list[Callable[[], StoredBoundary]] = [
        lambda: rules.ended(over, TODAY),
        lambda: rules.commented(over, 0),
        lambda: agreed_by(over, A, ANNA),
        lambda: rules.revised(over, proposal(), over.version, A, ANNA, NOW),
    ]
    for act in acts:
        with pytest.raises(Refusal, match="boundary-ended"):
            act()


def test_talks_are_bounded() -> None:
    with pytest.raises(Refusal, match="too-many-comments"):
        rules.commented(proposed(), rules.COMMENTS_AT_MOST)
    with pytest.raises(Refusal, match="nothing-proposed"):
        rules.commented(agreed(), 0)
    long = proposed()
    assert long.open is not None
    long = replace(long, open=replace(long.open, revision=rules.REVISIONS_AT_MOST))
    with pytest.raises(Refusal, match="too-many-revisions"):
        rules.revised(long, proposal(), long.version, A, ANNA, NOW)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (proposal(C), "no-side-of-boundary"),
        (proposal(valid_until=TODAY - timedelta(days=1)), "valid-until-passed"),
        (proposal(valid_until=date(2036, 3, 3)), "valid-until-too-far"),
        (proposal(valid_until=date(2036, 3, 2)), None),
        (proposal(valid_until=TODAY), None),
    ],
)
def test_only_what_the_two_could_agree_to_is_proposed(told: Proposal, code: str | None) -> None:
    if code is None:
        rules.check_proposal(told, (A, B), TODAY)
        return
    with pytest.raises(Refusal, match=code):
        rules.check_proposal(told, (A, B), TODAY)


def test_nobody_agrees_to_what_is_over() -> None:
    first = proposed()
    with pytest.raises(Refusal, match="valid-until-passed"):
        rules.agreed(first, 1, A, ANNA, NOW, date(2028, 1, 1))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("comment", "revise", "agree", "end")),
        st.sampled_from(((A, ANNA), (B, BERT))),
        st.integers(0, 2),
    ),
    max_size=15,
)


@given(STEPS)
def test_whatever_they_do_nothing_counts_to_which_one_side_did_not_agree(
    steps: list[tuple[str, tuple[UUID, UUID], int]],
) -> None:
    boundary = proposed()
    for act, (side, member), behind in steps:
        before, version = boundary, max(1, boundary.version - behind)
        try:
            match act:
                case "comment":
                    boundary = rules.commented(boundary, 0)
                case "revise":
                    boundary = rules.revised(boundary, proposal(side), version, side, member, NOW)
                case "agree":
                    boundary = agreed_by(boundary, side, member, version)
                case _:
                    boundary = rules.ended(boundary, TODAY)
        except Refusal:
            assert boundary == before
            continue
        assert boundary.version - before.version in (0, 1)
        assert (boundary.version == before.version) == (boundary == before)
        if boundary.agreed is not None:
            assert set(boundary.agreed.agreements) == {A, B}
            assert boundary.agreed.revision >= (before.agreed.revision if before.agreed else 1)
        if boundary.open is not None and boundary.agreed is not None:
            assert boundary.open.revision > boundary.agreed.revision
        assert (boundary.status is BoundaryStatus.ENDED) == (boundary.ended_on is not None)
        if before.status is BoundaryStatus.ENDED:
            assert boundary == before


def in_force(kind: str, responsible: UUID) -> InForce:
    return InForce(new_id(), kind, responsible)


def test_two_responsible_bodies_overlap_and_none_is_a_gap() -> None:
    """Clear areas of responsibility, no double work (rows 1 and 7 of what the field asks for)."""
    found = rules.responsibilities(
        ["homework_help", "sports", "translation"],
        [in_force("homework_help", A), in_force("homework_help", B), in_force("sports", A), in_force("sports", A)],
        {A, B},
    )
    assert [(each.kind_of_activity, each.finding, set(each.organisation_ids)) for each in found] == [
        ("homework_help", Finding.OVERLAP, {A, B}),
        ("sports", Finding.CLEAR, {A}),
        ("translation", Finding.GAP, set()),
    ]
    assert [len(each.boundary_ids) for each in found] == [2, 2, 0]


def test_who_does_not_serve_the_district_any_more_is_responsible_for_nothing() -> None:
    found = rules.responsibilities([], [in_force("sports", A), in_force("sports", B)], {B})
    assert [(each.finding, each.organisation_ids) for each in found] == [(Finding.CLEAR, (B,))]
    found = rules.responsibilities([], [in_force("sports", A)], set())
    assert [each.finding for each in found] == [Finding.GAP]


KINDS = st.sampled_from(("homework_help", "sports", "translation"))


@given(
    st.lists(KINDS, max_size=4),
    st.lists(st.tuples(KINDS, st.sampled_from((A, B, C))), max_size=8),
    st.sets(st.sampled_from((A, B, C))),
)
def test_every_kind_is_listed_once_and_rightly(
    kinds: list[str], agreed_on: list[tuple[str, UUID]], serving: set[UUID]
) -> None:
    found = rules.responsibilities(kinds, [in_force(kind, body) for kind, body in agreed_on], serving)
    assert [each.kind_of_activity for each in found] == sorted({*kinds, *(kind for kind, _ in agreed_on)})
    for each in found:
        bodies = {body for kind, body in agreed_on if kind == each.kind_of_activity} & serving
        assert set(each.organisation_ids) == bodies
        expected = Finding.GAP if not bodies else Finding.CLEAR if len(bodies) == 1 else Finding.OVERLAP
        assert each.finding is expected
