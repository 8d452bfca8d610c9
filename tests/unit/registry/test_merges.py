"""Two registrations become one and two again: nothing said is lost, and exactly what came is taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.duplicates import Added, Kept, Merge
from services.registry.rules.merges import AT_MOST, check_undo, combined, taken_back
from shared.contracts.registry import Volunteer
from shared.contracts.vocabulary import Level, PartOfDay, Travel, Weekday
from shared.runtime.errors import Refusal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TERMS = st.lists(st.sampled_from([f"term_{n}" for n in range(40)]), unique=True, max_size=30)
LANGUAGES = st.lists(
    st.fixed_dictionaries(
        {"language": st.sampled_from(["de", "uk", "ar", "fa", "en"]), "level": st.sampled_from(list(Level))}
    ),
    unique_by=lambda each: each["language"],
    max_size=5,
)
TIMES = st.lists(
    st.fixed_dictionaries({"day": st.sampled_from(list(Weekday)), "part": st.sampled_from(list(PartOfDay))}),
    unique_by=lambda each: (each["day"], each["part"]),
    max_size=28,
)


@st.composite
def volunteers(draw: st.DrawFn) -> Volunteer:
    return Volunteer(
        volunteer_id=UUID(int=draw(st.integers(1, 5))),
        version=1,
        languages=draw(LANGUAGES),
        skills=draw(TERMS),
        wishes=draw(TERMS),
        travel=draw(st.lists(st.sampled_from(list(Travel)), unique=True)),
        availability=draw(TIMES),
        reach_km=draw(st.integers(1, 100)),
        postal_code="29221",
        district="03351",
        registered_at=NOW,
    )


@given(volunteers(), volunteers())
def test_an_undone_merge_leaves_the_survivor_as_they_were(survivor: Volunteer, merged: Volunteer) -> None:
    both, added = combined(survivor, merged)
    assert taken_back(both, added) == survivor


@given(volunteers(), volunteers())
def test_what_the_survivor_said_stands_and_what_only_the_other_said_is_added(
    survivor: Volunteer, merged: Volunteer
) -> None:
    both, _ = combined(survivor, merged)
    for name, at_most in AT_MOST.items():
        mine, theirs = getattr(survivor, name), getattr(both, name)
        assert theirs[: len(mine)] == mine
        assert len(theirs) <= at_most
    assert {each.language for each in both.languages} == {
        each.language for each in (*survivor.languages, *merged.languages)
    }
    spoken = {each.language: each.level for each in both.languages}
    assert all(spoken[each.language] == each.level for each in survivor.languages)
    assert (both.reach_km, both.postal_code) == (survivor.reach_km, survivor.postal_code)


@given(volunteers(), volunteers(), TERMS)
def test_what_was_said_since_stays(survivor: Volunteer, merged: Volunteer, since: list[str]) -> None:
    both, added = combined(survivor, merged)
    changed = both.model_copy(update={"wishes": tuple(since)})
    assert set(taken_back(changed, added).wishes) == set(since) - set(added.wishes)


def a_merge(**changes: Any) -> Merge:
    values: dict[str, Any] = {
        "merge_id": UUID(int=1),
        "version": 1,
        "survivor_id": UUID(int=2),
        "merged_id": UUID(int=3),
        "organisation_id": None,
        "merged_by": UUID(int=4),
        "merged_at": NOW,
        "undo_until": NOW + timedelta(days=30),
        "announced_version": 2,
        "kept": Kept({}, None, Added(), {}),
        "moved": {},
    }
    return Merge(**values | changes)


def test_a_merge_can_be_undone_for_thirty_days() -> None:
    check_undo(a_merge(), False, NOW + timedelta(days=30) - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("merge", "again", "later", "code"),
    [
        (a_merge(), False, timedelta(days=30), "merge-settled"),
        (a_merge(kept=None, moved=None), False, timedelta(), "merge-settled"),
        (a_merge(undone_at=NOW, undone_by=UUID(int=4)), False, timedelta(), "merge-undone"),
        (a_merge(), True, timedelta(), "merged-again"),
    ],
)
def test_it_cannot_be_undone_twice_too_late_or_out_of_order(
    merge: Merge, again: bool, later: timedelta, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check_undo(merge, again, NOW + later)
    assert refused.value.code == code
