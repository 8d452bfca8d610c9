"""Taking one step of the state machine with enrolments of a locked course: stored and announced."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.training.handlers import announcements
from services.training.models import Enrolment
from services.training.rules.enrolments import Step, after
from services.training.store import enrolments as store
from shared.contracts import training as contracts
from shared.contracts.vocabulary import EnrolmentStatus
from shared.postgres.transaction import Transaction

EVENTS: dict[Step, type[contracts.Enrolment]] = {
    Step.OFFER_PLACE: contracts.TrainingPlaceOffered,
    Step.ACCEPT: contracts.TrainingEnrolled,
    Step.CANCEL: contracts.TrainingCancelled,
    Step.EXPIRE: contracts.TrainingCancelled,
    Step.CALL_OFF: contracts.TrainingCancelled,
    Step.COMPLETE: contracts.TrainingCompleted,
    Step.MISS: contracts.TrainingMissed,
}


async def take(
    tx: Transaction, enrolments: Sequence[Enrolment], step: Step, *, offered_until: datetime | None = None
) -> list[Enrolment]:
    """The enrolments after the step.

    Raises
    ------
    Refusal
        One of them is where the step cannot be taken; nothing is stored then.
    """
    changed = []
    for enrolment in enrolments:
        status = after(enrolment.status, step)
        changed.append(
            replace(
                enrolment,
                version=enrolment.version + 1,
                status=status,
                offered_until=offered_until,
                completed_at=tx.now if status is EnrolmentStatus.ATTENDED else None,
            )
        )
    if changed:
        await store.save_enrolments(tx.connection, changed, tx.now)
    for enrolment in changed:
        tx.publish(announcements.enrolment(EVENTS[step], enrolment))
    return changed
