"""The state machine of an enrolment, cell by cell, and who gets a place."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.models import TAKES_A_PLACE
from services.training.rules import enrolments as rules
from services.training.rules.enrolments import Step
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus
from shared.runtime.errors import Refusal
from tests.unit.training.builders import HOUR, NOW, a_course, a_session, an_enrolment

ENROLLED, WAITLISTED, OFFERED, CANCELLED, ATTENDED, ABSENT = (
    EnrolmentStatus.ENROLLED,
    EnrolmentStatus.WAITLISTED,
    EnrolmentStatus.OFFERED,
    EnrolmentStatus.CANCELLED,
    EnrolmentStatus.ATTENDED,
    EnrolmentStatus.ABSENT,
)
ALLOWED = {
    (WAITLISTED, Step.OFFER_PLACE): OFFERED,
    (OFFERED, Step.ACCEPT): ENROLLED,
    (ENROLLED, Step.CANCEL): CANCELLED,
    (WAITLISTED, Step.CANCEL): CANCELLED,
    (OFFERED, Step.CANCEL): CANCELLED,
    (WAITLISTED, Step.EXPIRE): CANCELLED,
    (OFFERED, Step.EXPIRE): CANCELLED,
    (ENROLLED, Step.CALL_OFF): CANCELLED,
    (WAITLISTED, Step.CALL_OFF): CANCELLED,
    (OFFERED, Step.CALL_OFF): CANCELLED,
    (ENROLLED, Step.COMPLETE): ATTENDED,
    (ABSENT, Step.COMPLETE): ATTENDED,
    (ENROLLED, Step.MISS): ABSENT,
    (ATTENDED, Step.MISS): ABSENT,
}


@pytest.mark.parametrize("status", EnrolmentStatus)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_status(status: EnrolmentStatus, step: Step) -> None:
    target = ALLOWED.get((status, step))
    if target is None:
        with pytest.raises(Refusal, match="enrolment-not-in-that-state"):
            rules.after(status, step)
    else:
        assert rules.after(status, step) is target


@given(taken=st.integers(0, 5), waiting=st.integers(0, 4), at_most=st.integers(0, 4))
def test_a_place_is_given_only_while_one_is_free_and_nobody_waits(taken: int, waiting: int, at_most: int) -> None:
    course = a_course(places=5, places_taken=taken)
    if taken < 5 and waiting == 0:
        assert rules.status_at_enrolment(course, waiting, at_most, NOW) is ENROLLED
    elif waiting < at_most:
        assert rules.status_at_enrolment(course, waiting, at_most, NOW) is WAITLISTED
    else:
        with pytest.raises(Refusal, match="waiting-list-full"):
            rules.status_at_enrolment(course, waiting, at_most, NOW)


def test_enrolling_ends_with_the_last_session() -> None:
    course = a_course(a_session(-2, 1), a_session(-0.5, 1))
    assert rules.status_at_enrolment(course, 0, 10, NOW) is ENROLLED
    with pytest.raises(Refusal, match="course-over"):
        rules.status_at_enrolment(course, 0, 10, NOW + HOUR / 2)


def test_nobody_enrols_in_a_cancelled_course() -> None:
    with pytest.raises(Refusal, match="course-cancelled"):
        rules.status_at_enrolment(a_course(status=CourseStatus.CANCELLED), 0, 10, NOW)


def test_an_offered_place_is_accepted_before_its_deadline_only() -> None:
    course, offered = a_course(a_session(48)), an_enrolment(OFFERED, offered_until=NOW + HOUR)
    rules.check_acceptance(course, offered, NOW)
    with pytest.raises(Refusal, match="place-offer-over"):
        rules.check_acceptance(course, offered, NOW + HOUR)
    with pytest.raises(Refusal, match="enrolment-not-in-that-state"):
        rules.check_acceptance(course, an_enrolment(WAITLISTED), NOW)


def test_what_is_decided_or_over_is_not_cancelled() -> None:
    course = a_course(a_session(1, 1))
    rules.check_cancellation(course, an_enrolment(), NOW)
    for status in (ATTENDED, ABSENT, CANCELLED):
        with pytest.raises(Refusal, match="enrolment-not-in-that-state"):
            rules.check_cancellation(course, an_enrolment(status), NOW)
    with pytest.raises(Refusal, match="course-over"):
        rules.check_cancellation(course, an_enrolment(), NOW + 2 * HOUR)


def test_a_place_is_kept_for_the_deadline_but_not_beyond_the_course() -> None:
    kept = timedelta(hours=48)
    assert rules.offer_deadline(a_course(a_session(100)), NOW, kept) == NOW + kept
    soon = a_course(a_session(1, 2))
    assert rules.offer_deadline(soon, NOW, kept) == soon.ends_at


def test_places_are_offered_only_by_a_course_that_still_takes_place() -> None:
    assert rules.offers_places(a_course(places=3, places_taken=1), NOW) == 2
    assert rules.offers_places(a_course(status=CourseStatus.CANCELLED), NOW) == 0
    assert rules.offers_places(a_course(a_session(-2, 1)), NOW) == 0


def test_who_waits_or_has_cancelled_takes_no_place() -> None:
    assert set(EnrolmentStatus) - TAKES_A_PLACE == {WAITLISTED, CANCELLED}
