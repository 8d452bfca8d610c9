"""The one state machine of an enrolment: who takes which step from where to where. All else is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.training.models import Course, Enrolment
from services.training.rules import refusals
from services.training.rules.courses import check_alive, is_over
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus


class Step(StrEnum):
    """What can happen to an enrolment."""

    OFFER_PLACE = "offer-place"
    ACCEPT = "accept"
    CANCEL = "cancel"
    EXPIRE = "expire"
    CALL_OFF = "call-off"
    COMPLETE = "complete"
    MISS = "miss"


class Actor(StrEnum):
    """Who takes a step."""

    VOLUNTEER = "volunteer"
    TRAINER = "trainer"
    ORGANISATION = "organisation"
    CLOCK = "clock"


@dataclass(frozen=True)
class Transition:
    """One row of the state machine."""

    actor: Actor
    origins: frozenset[EnrolmentStatus]
    target: EnrolmentStatus


_S = EnrolmentStatus
NOT_DECIDED = frozenset((_S.ENROLLED, _S.WAITLISTED, _S.OFFERED))

TRANSITIONS: dict[Step, Transition] = {
    Step.OFFER_PLACE: Transition(Actor.CLOCK, frozenset((_S.WAITLISTED,)), _S.OFFERED),
    Step.ACCEPT: Transition(Actor.VOLUNTEER, frozenset((_S.OFFERED,)), _S.ENROLLED),
    Step.CANCEL: Transition(Actor.VOLUNTEER, NOT_DECIDED, _S.CANCELLED),
    Step.EXPIRE: Transition(Actor.CLOCK, frozenset((_S.WAITLISTED, _S.OFFERED)), _S.CANCELLED),
    Step.CALL_OFF: Transition(Actor.ORGANISATION, NOT_DECIDED, _S.CANCELLED),
    Step.COMPLETE: Transition(Actor.TRAINER, frozenset((_S.ENROLLED, _S.ABSENT)), _S.ATTENDED),
    Step.MISS: Transition(Actor.TRAINER, frozenset((_S.ENROLLED, _S.ATTENDED)), _S.ABSENT),
}


def after(status: EnrolmentStatus, step: Step) -> EnrolmentStatus:
    """The status after a step.

    Raises
    ------
    Refusal
        `enrolment-not-in-that-state`.
    """
    transition = TRANSITIONS[step]
    if status not in transition.origins:
        raise refusals.enrolment_is(status)
    return transition.target


def status_at_enrolment(course: Course, waiting: int, waiting_at_most: int, now: datetime) -> EnrolmentStatus:
    """Enrolled while there is a free place for which nobody waits, waitlisted otherwise.

    Raises
    ------
    Refusal
        The course was cancelled or is over, or the waiting list is full.
    """
    check_alive(course)
    if is_over(course, now):
        raise refusals.course_over()
    if course.places_free > 0 and waiting == 0:
        return EnrolmentStatus.ENROLLED
    if waiting >= waiting_at_most:
        raise refusals.waiting_list_full()
    return EnrolmentStatus.WAITLISTED


def check_acceptance(course: Course, enrolment: Enrolment, now: datetime) -> None:
    """Refuse an acceptance that comes too late, or where nothing is offered."""
    check_alive(course)
    after(enrolment.status, Step.ACCEPT)
    if enrolment.offered_until is None or now >= enrolment.offered_until:
        raise refusals.place_offer_over()


def check_cancellation(course: Course, enrolment: Enrolment, now: datetime) -> None:
    """Refuse to cancel what is decided already, or once the course is over."""
    after(enrolment.status, Step.CANCEL)
    if is_over(course, now):
        raise refusals.course_over()


def offer_deadline(course: Course, now: datetime, kept: timedelta) -> datetime:
    """Until when a place that came free is kept: never longer than the course lasts."""
    return min(now + kept, course.ends_at)


def offers_places(course: Course, now: datetime) -> int:
    """How many places can be offered to those who wait."""
    if course.status is not CourseStatus.PUBLISHED or is_over(course, now):
        return 0
    return course.places_free
