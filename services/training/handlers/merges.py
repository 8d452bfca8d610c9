"""Two registrations of one person were merged, or that was undone: what is theirs here moves along.

A person is in a course once. Were both, the enrolment that is farther from being completed is given up and its place
goes on to who waits; when the merge is undone it is what it was as far as there is room, and otherwise first in line.
What both have completed proves the survivor's qualifications. Nobody is written to because something moved.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.training.handlers import announcements, outcomes, waiting_list
from services.training.models import TAKES_A_PLACE, Course, Enrolment, Qualification
from services.training.rules.merges import given_up, status_again
from services.training.settings import TrainingSettings
from services.training.store import courses, qualifications
from services.training.store import merges as store
from services.training.store.merges import ENDED, ENROLMENT, GIVEN_UP, QUALIFICATION, Move
from shared.contracts.registry import VolunteerMerged, VolunteerRestored
from shared.contracts.training import QualificationEnded, QualificationGranted, TrainingMoved
from shared.contracts.vocabulary import CourseStatus, EnrolmentStatus
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_yet_known
from shared.telemetry.logging import get_logger

log = get_logger()

PRUNED_AT_ONCE = 1000
Courses = dict[UUID, Course]


async def merged(tx: Transaction, event: VolunteerMerged, settings: TrainingSettings) -> None:
    """What belonged to the merged volunteer belongs to the survivor."""
    if not await _lock(tx, event.volunteer_id, event.survivor_id):
        return
    known = await store.version_of_volunteer(tx.connection, event.volunteer_id)
    if known is not None and known < event.version:
        # The read model is a moment behind: until it has let go of the merged id, somebody may still act under it.
        raise not_yet_known("volunteer")
    if known is not None:
        return
    moves = await _move_enrolments(tx, event, settings)
    moves += await _move_qualifications(tx, event, settings)
    await store.remember(tx.connection, event, moves)
    log.info("volunteer-merged-here", merge_id=str(event.merge_id), moves_count=len(moves))


async def restored(tx: Transaction, event: VolunteerRestored, settings: TrainingSettings) -> None:
    """What moved because of the merge moves back."""
    if not await _lock(tx, event.volunteer_id, event.survivor_id):
        return
    moves = await store.take_moves(tx.connection, event.merge_id)
    await _move_enrolments_back(tx, event, moves, settings)
    await _move_qualifications_back(tx, event, moves, settings)
    log.info("volunteer-restored-here", merge_id=str(event.merge_id), moves_count=len(moves))


async def _lock(tx: Transaction, *subject_ids: UUID) -> bool:
    """Hold off every command about the two; False when one of them was erased."""
    erased = [await lock_subject_for_erasure(tx, subject_id) for subject_id in sorted(subject_ids)]
    return not any(erased)


async def _locked(tx: Transaction, *volunteer_ids: UUID) -> tuple[list[Enrolment], Courses]:
    """The enrolments of both, and their courses, locked: the course guards its enrolments, so they are read again."""
    seen = await store.enrolments_of(tx.connection, *volunteer_ids)
    locked = {}
    for course_id in sorted({each.course_id for each in seen}):
        course = await courses.lock_course(tx.connection, course_id)
        if course is not None:
            locked[course_id] = course
    return await store.enrolments_of(tx.connection, *volunteer_ids), locked


async def _move_enrolments(tx: Transaction, event: VolunteerMerged, settings: TrainingSettings) -> list[Move]:
    found, locked = await _locked(tx, event.volunteer_id, event.survivor_id)
    live = {
        each.course_id: each
        for each in found
        if each.volunteer_id == event.survivor_id and each.status is not EnrolmentStatus.CANCELLED
    }
    moves: list[Move] = []
    for enrolment in [each for each in found if each.volunteer_id == event.volunteer_id]:
        current, other = enrolment, live.get(enrolment.course_id)
        if other is not None and enrolment.status is not EnrolmentStatus.CANCELLED:
            farther = given_up(enrolment, other)
            course = locked[farther.course_id]
            locked[course.course_id], cancelled = await _give_up(tx, course, farther, settings)
            moves.append(Move(GIVEN_UP, farther.enrolment_id, farther.status, farther.completed_at))
            if farther is enrolment:
                current = cancelled
        await _write(tx, replace(current, volunteer_id=event.survivor_id))
        moves.append(Move(ENROLMENT, enrolment.enrolment_id))
    return moves


async def _give_up(
    tx: Transaction, course: Course, enrolment: Enrolment, settings: TrainingSettings
) -> tuple[Course, Enrolment]:
    cancelled = await _write(
        tx, replace(enrolment, status=EnrolmentStatus.CANCELLED, offered_until=None, completed_at=None)
    )
    freed = int(enrolment.status in TAKES_A_PLACE)
    return await waiting_list.give_up(tx, course, freed, settings), cancelled


async def _write(tx: Transaction, enrolment: Enrolment) -> Enrolment:
    changed = replace(enrolment, version=enrolment.version + 1)
    await store.write_enrolment(tx.connection, changed, tx.now)
    tx.publish(announcements.enrolment(TrainingMoved, changed))
    return changed


async def _move_enrolments_back(
    tx: Transaction, event: VolunteerRestored, moves: Sequence[Move], settings: TrainingSettings
) -> None:
    found, locked = await _locked(tx, event.survivor_id, event.volunteer_id)
    enrolments = {each.enrolment_id: each for each in found if each.volunteer_id == event.survivor_id}
    for move in moves:
        if move.kind == ENROLMENT and move.thing_id in enrolments:
            back = replace(enrolments[move.thing_id], volunteer_id=event.volunteer_id)
            enrolments[move.thing_id] = await _write(tx, back)
    for move in moves:
        enrolment = enrolments.get(move.thing_id)
        if move.kind != GIVEN_UP or enrolment is None or enrolment.status is not EnrolmentStatus.CANCELLED:
            continue
        course = locked[enrolment.course_id]
        if move.was is not None and course.status is CourseStatus.PUBLISHED:
            locked[course.course_id] = await _take_up_again(tx, course, enrolment, move, settings)


async def _take_up_again(
    tx: Transaction, course: Course, enrolment: Enrolment, move: Move, settings: TrainingSettings
) -> Course:
    assert move.was is not None
    status = status_again(move.was, course.places_free)
    completed_at = move.completed_at if status is EnrolmentStatus.ATTENDED else None
    await _write(tx, replace(enrolment, status=status, completed_at=completed_at))
    if status in TAKES_A_PLACE:
        course = replace(course, places_taken=course.places_taken + 1)
        await courses.save_course(tx.connection, course)
        return course
    return await waiting_list.move(tx, course, settings)


async def _move_qualifications(tx: Transaction, event: VolunteerMerged, settings: TrainingSettings) -> list[Move]:
    await qualifications.lock_holders(tx.connection, (event.volunteer_id, event.survivor_id))
    found = await store.qualifications_of(tx.connection, event.volunteer_id, event.survivor_id)
    mine = {each.qualification for each in found if each.volunteer_id == event.survivor_id and each.ended_at is None}
    moves, twice = [], set()
    for held in [each for each in found if each.volunteer_id == event.volunteer_id]:
        current = held
        if held.ended_at is None and held.qualification in mine:
            current = replace(held, ended_at=tx.now)
            twice.add(held.qualification)
            moves.append(Move(ENDED, held.qualification_id))
        await _write_qualification(tx, replace(current, volunteer_id=event.survivor_id))
        moves.append(Move(QUALIFICATION, held.qualification_id))
    for term in sorted(twice):
        await outcomes.settle_qualifications(tx, [event.survivor_id], term, settings)
    return moves


async def _write_qualification(tx: Transaction, qualification: Qualification) -> Qualification:
    changed = replace(qualification, version=qualification.version + 1)
    await store.write_qualification(tx.connection, changed)
    kind = QualificationGranted if changed.ended_at is None else QualificationEnded
    tx.publish(announcements.qualification(kind, changed))
    return changed


async def _move_qualifications_back(
    tx: Transaction, event: VolunteerRestored, moves: Sequence[Move], settings: TrainingSettings
) -> None:
    await qualifications.lock_holders(tx.connection, (event.volunteer_id, event.survivor_id))
    found = await store.qualifications_of(tx.connection, event.survivor_id)
    held = {each.qualification_id: each for each in found}
    ended = {move.thing_id for move in moves if move.kind == ENDED}
    again = set()
    for move in moves:
        qualification = held.get(move.thing_id)
        if move.kind != QUALIFICATION or qualification is None:
            continue
        ended_at = None if move.thing_id in ended else qualification.ended_at
        await _write_qualification(tx, replace(qualification, volunteer_id=event.volunteer_id, ended_at=ended_at))
        again.add(qualification.qualification)
    # Each has now only what they have completed themselves.
    for term in sorted(again):
        await outcomes.settle_qualifications(tx, sorted((event.survivor_id, event.volunteer_id)), term, settings)


async def prune(tx: Transaction) -> int:
    """A timer's step: merges that can no longer be undone."""
    return await store.prune(tx.connection, tx.now, PRUNED_AT_ONCE)
