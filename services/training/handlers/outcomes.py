"""What attendance makes of enrolments and qualifications; called whenever attendance or sessions change."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.training.handlers import announcements, enrolment_steps
from services.training.models import Course, Enrolment, Qualification
from services.training.rules.attendance import outcome, step_towards
from services.training.rules.enrolments import Step
from services.training.rules.qualifications import Decision, Verdict, day_of, decide
from services.training.settings import TrainingSettings
from services.training.store import enrolments, qualifications
from shared.contracts.training import QualificationEnded, QualificationGranted
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id
from shared.telemetry.logging import get_logger

log = get_logger()


async def settle(tx: Transaction, course: Course, recorded: Sequence[Enrolment], settings: TrainingSettings) -> None:
    """Complete, or correct, these enrolments of a locked course, and the qualifications that rest on them."""
    marks = await enrolments.marks(tx.connection, [each.enrolment_id for each in recorded])
    steps: dict[Step, list[Enrolment]] = defaultdict(list)
    for enrolment in recorded:
        reached = outcome(course, marks.get(enrolment.enrolment_id, {}))
        step = step_towards(enrolment.status, reached)
        if step is not None:
            steps[step].append(enrolment)
    for step, those in steps.items():
        await enrolment_steps.take(tx, those, step)
        log.info("training-outcome-settled", course_id=course.course_id, step_kind=step, enrolment_count=len(those))
    affected = sorted({each.volunteer_id for those in steps.values() for each in those})
    if affected and course.grants is not None:
        await settle_qualifications(tx, affected, course.grants, settings)


async def settle_qualifications(
    tx: Transaction, volunteer_ids: Sequence[UUID], term: str, settings: TrainingSettings
) -> None:
    """Grant, renew or end a qualification of some volunteers by what they have completed."""
    await qualifications.lock_holders(tx.connection, volunteer_ids)
    held = await qualifications.held(tx.connection, volunteer_ids, term)
    proofs = await qualifications.proofs(tx.connection, volunteer_ids, term)
    kind = settings.qualification(term)
    for volunteer_id in volunteer_ids:
        mine = held.get(volunteer_id)
        months = kind.valid_months if kind else None
        decision = decide(mine, proofs.get(volunteer_id, ()), months, day_of(tx.now))
        await _carry_out(tx, decision, volunteer_id, term, mine)


async def _carry_out(
    tx: Transaction, decision: Decision, volunteer_id: UUID, term: str, held: Qualification | None
) -> None:
    if decision.verdict is Verdict.END and held is not None:
        await end(tx, held)
    elif decision.proof is not None:
        granted = Qualification(
            qualification_id=held.qualification_id if held else new_id(),
            version=held.version + 1 if held else 1,
            volunteer_id=volunteer_id,
            qualification=term,
            course_id=decision.proof.course_id,
            granted_on=decision.proof.completed_on,
            valid_until=decision.valid_until,
        )
        await qualifications.save(tx.connection, granted)
        tx.publish(announcements.qualification(QualificationGranted, granted))
        log.info("qualification-granted", qualification_id=granted.qualification_id)


async def end(tx: Transaction, held: Qualification) -> None:
    """End a qualification that is locked."""
    ended = replace(held, version=held.version + 1, ended_at=tx.now)
    await qualifications.save(tx.connection, ended)
    tx.publish(announcements.qualification(QualificationEnded, ended))
    log.info("qualification-ended", qualification_id=ended.qualification_id)
