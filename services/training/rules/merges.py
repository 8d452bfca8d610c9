"""Two registrations of one person: which of two enrolments in the same course goes on."""

from services.training.models import Enrolment
from shared.contracts.vocabulary import EnrolmentStatus

_NEAREST = (
    EnrolmentStatus.ATTENDED,
    EnrolmentStatus.ENROLLED,
    EnrolmentStatus.ABSENT,
    EnrolmentStatus.OFFERED,
    EnrolmentStatus.WAITLISTED,
)
"""What was completed is never lost; a place comes before the waiting list."""


def given_up(one: Enrolment, other: Enrolment) -> Enrolment:
    """Of two enrolments of one person in one course, neither cancelled, the one that is given up: the farther, the later."""
    return max(one, other, key=lambda each: (_NEAREST.index(each.status), each.queue_number or 0, each.enrolment_id))


def status_again(was: EnrolmentStatus, places_free: int) -> EnrolmentStatus:
    """What a given-up enrolment is when the two are taken apart: what it was as far as there is room, else it waits.

    A place that was offered had a deadline that has passed.
    """
    if was in (EnrolmentStatus.OFFERED, EnrolmentStatus.WAITLISTED) or places_free <= 0:
        return EnrolmentStatus.WAITLISTED
    return was
