"""Sessions of a course: sound times, units of 45 minutes, and what may still be changed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.commands import WantedSession
from services.training.models import Session
from services.training.rules import courses as rules
from shared.contracts.vocabulary import CourseStatus
from shared.runtime.errors import Refusal
from tests.unit.training.builders import HOUR, NOW, a_course, a_session

GRACE = timedelta(minutes=60)


def wanted(session: Session, **changes: object) -> WantedSession:
    fields = {"session_id": session.session_id, "starts_at": session.starts_at, "ends_at": session.ends_at}
    return WantedSession(**(fields | changes))  # type: ignore[arg-type]


def new(starts_in: float, hours: float = 2) -> WantedSession:
    session = a_session(starts_in, hours)
    return WantedSession(session.starts_at, session.ends_at)


@pytest.mark.parametrize(("minutes", "ue"), [(1, 0), (44, 0), (45, 1), (89, 1), (90, 2), (91, 2), (240, 5)])
def test_fractions_of_a_unit_are_dropped(minutes: int, ue: int) -> None:
    assert rules.units(Session(uuid4(), NOW, NOW + timedelta(minutes=minutes))) == ue


@given(st.integers(min_value=1, max_value=24 * 3600))
def test_units_never_claim_more_time_than_there_was(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    ue = rules.units(Session(uuid4(), NOW, NOW + length))
    assert ue * rules.UNIT <= length < (ue + 1) * rules.UNIT


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 24)), min_size=1, max_size=12))
def test_sessions_are_sound_exactly_when_no_instant_lies_in_two_of_them(spans: list[tuple[int, int]]) -> None:
    sessions = [a_session(start, hours) for start, hours in spans]
    busy = [start + hour for start, hours in spans for hour in range(hours)]
    if len(busy) == len(set(busy)):
        ordered = rules.check_times(sessions)
        assert sorted(session.starts_at for session in sessions) == [session.starts_at for session in ordered]
    else:
        with pytest.raises(Refusal, match="sessions-overlap"):
            rules.check_times(sessions)


@pytest.mark.parametrize(
    ("hours", "code"),
    [(0, "session-ends-before-it-begins"), (-1, "session-ends-before-it-begins"), (24.5, "session-too-long")],
)
def test_a_session_has_a_length_of_up_to_a_day(hours: float, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        rules.check_times([a_session(1, hours)])


@pytest.mark.parametrize(("starts_in", "accepted"), [(0, True), (-1, True), (-1.01, False), (-24, False)])
def test_a_course_may_have_begun_within_the_grace_time_only(starts_in: float, accepted: bool) -> None:
    if accepted:
        assert len(rules.first_sessions([new(starts_in)], NOW, GRACE, uuid4)) == 1
    else:
        with pytest.raises(Refusal, match="session-in-the-past"):
            rules.first_sessions([new(starts_in)], NOW, GRACE, uuid4)


class TestChangedSessions:
    begun = a_session(-2, 1)
    ahead = a_session(24)
    last = a_session(48)
    course = a_course(begun, ahead, last)

    def change(self, *wishes: WantedSession) -> tuple[Session, ...]:
        return rules.changed_sessions(self.course, wishes, NOW, uuid4)

    def test_what_lies_ahead_may_be_moved_added_and_removed(self) -> None:
        moved = wanted(self.ahead, starts_at=NOW + 30 * HOUR, ends_at=NOW + 31 * HOUR)
        first, second, third = self.change(wanted(self.begun), moved, new(60))
        assert first == self.begun
        assert (second.session_id, second.starts_at) == (self.ahead.session_id, NOW + 30 * HOUR)
        assert third.session_id not in {self.begun.session_id, self.ahead.session_id, self.last.session_id}

    def test_the_same_list_changes_nothing(self) -> None:
        assert self.change(*(wanted(session) for session in self.course.sessions)) == self.course.sessions

    def test_what_has_begun_can_neither_be_moved_nor_left_out(self) -> None:
        with pytest.raises(Refusal, match="session-has-begun"):
            self.change(wanted(self.begun, ends_at=NOW + HOUR), wanted(self.ahead), wanted(self.last))
        with pytest.raises(Refusal, match="session-has-begun"):
            self.change(wanted(self.ahead), wanted(self.last))

    def test_nothing_can_be_put_into_the_past(self) -> None:
        with pytest.raises(Refusal, match="session-in-the-past"):
            self.change(wanted(self.begun), new(-0.5))
        with pytest.raises(Refusal, match="session-in-the-past"):
            self.change(wanted(self.begun), wanted(self.ahead, starts_at=NOW - HOUR / 2))

    def test_ids_are_those_of_the_course_and_each_stands_once(self) -> None:
        with pytest.raises(Refusal, match="session-unknown"):
            self.change(wanted(self.begun), wanted(a_session(24)))
        with pytest.raises(Refusal, match="session-unknown"):
            self.change(wanted(self.begun), wanted(self.ahead), wanted(self.ahead))

    def test_once_the_last_session_has_begun_the_sessions_are_final(self) -> None:
        course = a_course(self.begun)
        with pytest.raises(Refusal, match="sessions-are-final"):
            rules.changed_sessions(course, [wanted(self.begun), new(5)], NOW, uuid4)


def test_there_are_never_fewer_places_than_are_taken() -> None:
    course = a_course(places=5, places_taken=3)
    rules.check_places(course, 3)
    with pytest.raises(Refusal, match="places-below-taken"):
        rules.check_places(course, 2)


def test_a_course_can_be_cancelled_once_and_until_its_last_session_begins() -> None:
    rules.check_cancellable(a_course(a_session(-2, 1), a_session(1)), NOW)
    with pytest.raises(Refusal, match="course-in-its-last-session"):
        rules.check_cancellable(a_course(a_session(0)), NOW)
    with pytest.raises(Refusal, match="course-cancelled"):
        rules.check_cancellable(a_course(status=CourseStatus.CANCELLED), NOW)
