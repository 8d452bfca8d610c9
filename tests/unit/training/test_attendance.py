"""What a list of attendance may say, and what it makes of an enrolment."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules import attendance as rules
from services.training.rules.enrolments import Step, after
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus
from shared.runtime.errors import Refusal
from tests.unit.training.builders import HOUR, NOW, a_course, a_session, an_enrolment

ENROLLED, ATTENDED, ABSENT = EnrolmentStatus.ENROLLED, EnrolmentStatus.ATTENDED, EnrolmentStatus.ABSENT


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=8))
def test_complete_means_every_session_and_decided_means_every_session_recorded(found: list[bool | None]) -> None:
    sessions = [a_session(24 * day) for day in range(len(found))]
    marks = {session.session_id: mark for session, mark in zip(sessions, found, strict=True) if mark is not None}
    reached = rules.outcome(a_course(*sessions), marks)
    expected = ENROLLED if None in found else ATTENDED if all(found) else ABSENT
    assert reached is expected


def test_marks_of_sessions_that_the_course_no_longer_has_do_not_count() -> None:
    session = a_session()
    assert rules.outcome(a_course(session), {session.session_id: True, uuid4(): False}) is ATTENDED


@pytest.mark.parametrize("status", [ENROLLED, ATTENDED, ABSENT])
@pytest.mark.parametrize("reached", [ENROLLED, ATTENDED, ABSENT])
def test_every_outcome_is_reached_by_a_step_that_the_state_machine_has(
    status: EnrolmentStatus, reached: EnrolmentStatus
) -> None:
    step = rules.step_towards(status, reached)
    if step is None:
        assert reached in (status, ENROLLED)
    else:
        assert after(status, step) is reached


def test_correcting_a_completion_is_a_miss() -> None:
    assert rules.step_towards(ATTENDED, ABSENT) is Step.MISS
    assert rules.step_towards(ABSENT, ATTENDED) is Step.COMPLETE


def test_attendance_is_recorded_from_the_begin_of_the_session_on() -> None:
    session = a_session(0)
    course = a_course(session)
    rules.check_time(course, session, NOW)
    with pytest.raises(Refusal, match="session-not-begun"):
        rules.check_time(course, session, NOW - HOUR)
    with pytest.raises(Refusal, match="course-cancelled"):
        rules.check_time(a_course(session, status=CourseStatus.CANCELLED), session, NOW)


def test_lists_may_name_only_those_who_have_a_place_here() -> None:
    enrolled, waiting = an_enrolment(), an_enrolment(EnrolmentStatus.WAITLISTED)
    known = {each.enrolment_id: each for each in (enrolled, waiting)}
    rules.check_lists([enrolled.enrolment_id], [], known, [])
    for stranger in (waiting.enrolment_id, uuid4()):
        with pytest.raises(Refusal, match="not-enrolled-here"):
            rules.check_lists([enrolled.enrolment_id], [stranger], known, [])


def test_nobody_is_present_and_absent_at_once_nor_silently_dropped() -> None:
    first, second = an_enrolment(), an_enrolment()
    known = {each.enrolment_id: each for each in (first, second)}
    with pytest.raises(Refusal, match="attendance-contradicts-itself"):
        rules.check_lists([first.enrolment_id], [first.enrolment_id], known, [])
    with pytest.raises(Refusal, match="attendance-leaves-out"):
        rules.check_lists([first.enrolment_id], [], known, [second.enrolment_id])
    rules.check_lists([first.enrolment_id], [second.enrolment_id], known, [second.enrolment_id])


def test_nobody_records_their_own_attendance() -> None:
    me: UUID = uuid4()
    rules.check_nobody_records_themselves(me, [uuid4()])
    with pytest.raises(Refusal, match="own-attendance"):
        rules.check_nobody_records_themselves(me, [uuid4(), me])
