"""Placements: decided by coordinators, accepted and given up by volunteers. Nobody decides about themselves.

How they begin: `placement_requests.py`, `invitations.py`; how they are read: `viewing.py`; by themselves: `deadlines.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import replacements, waiting_list
from services.matching.handlers.eligibility import (
    locked_candidates,
    overlapping,
    require_nothing_missing,
    without_what_was_known,
)
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.viewing import actor_of, permitted, shown_to
from services.matching.models.offers import OfferStatus
from services.matching.models.placement_requests import Confirmation, Ending, Suspension, Withdrawal
from services.matching.models.placements import (
    NO_DETAILS,
    SECURED,
    Actor,
    Details,
    Placement,
    PlacementView,
    Step,
)
from services.matching.models.pools import Pool, midnight
from services.matching.models.volunteers import Candidate
from services.matching.rules import placement_refusals
from services.matching.rules.placements import INVITED, OFFERED, transitions_possible
from services.matching.settings import MatchingSettings
from services.matching.store import placements as store
from services.matching.store import pools
from shared.access.callers import Caller
from shared.contracts.matching import GroupMemberLeft, PlacementMoved
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason
from shared.postgres.subjects import held_or_erased, lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known, version_mismatch

_TOGETHER = frozenset((Step.CONFIRM, Step.DECLINE, Step.ACCEPT))
"""Steps that a group takes together, or not at all."""
_LOOKED_AT = frozenset((Step.CONFIRM, Step.ACCEPT, Step.RESUME))
"""Steps before which the hard requirements are looked at again."""


async def confirm_placement(
    tx: Transaction,
    caller: Caller,
    placement_id: UUID,
    expected: int,
    settings: MatchingSettings,
    confirmation: Confirmation | None = None,
) -> PlacementView:
    """The coordinator confirms; hard requirements are looked at again, an overlap can be overridden with a reason."""
    reason = confirmation.overlap_reason if confirmation else None
    details = Details(override_reason=reason, override_by=caller.subject_id if reason else None)
    return await _take(tx, caller, placement_id, expected, Step.CONFIRM, settings, details)


async def decline_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The coordinator declines a request, or somebody who waits; a volunteer declines an invitation."""
    return await _take(tx, caller, placement_id, expected, Step.DECLINE, settings)


async def withdraw_placement(
    tx: Transaction,
    caller: Caller,
    placement_id: UUID,
    expected: int,
    settings: MatchingSettings,
    withdrawal: Withdrawal | None = None,
) -> PlacementView:
    """The volunteer gives it up in one step, whatever was decided so far; a coordinator takes an invitation back."""
    asked = withdrawal or Withdrawal()
    details = Details(end_reason=asked.reason)
    return await _take(
        tx, caller, placement_id, expected, Step.WITHDRAW, settings, details, whole_group=asked.whole_group
    )


async def accept_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The volunteer takes the place that came free, or the invitation, within its deadline."""
    return await _take(tx, caller, placement_id, expected, Step.ACCEPT, settings)


async def start_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """It has begun; one with a date begins by itself."""
    return await _take(tx, caller, placement_id, expected, Step.START, settings)


async def suspend_placement(
    tx: Transaction,
    caller: Caller,
    placement_id: UUID,
    expected: int,
    settings: MatchingSettings,
    suspension: Suspension,
) -> PlacementView:
    """The coordinator lets it rest; its place is kept."""
    details = Details(suspended_because=suspension.because)
    return await _take(tx, caller, placement_id, expected, Step.SUSPEND, settings, details)


async def resume_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """It goes on; hard requirements are looked at again."""
    return await _take(tx, caller, placement_id, expected, Step.RESUME, settings)


async def complete_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """An open-ended engagement came to its regular end; one with a date completes by itself."""
    return await _take(tx, caller, placement_id, expected, Step.COMPLETE, settings)


async def end_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings, ending: Ending
) -> PlacementView:
    """The coordinator ends it before its time."""
    details = Details(end_reason=ending.reason)
    return await _take(tx, caller, placement_id, expected, Step.END, settings, details)


async def suspend(
    tx: Transaction, placement_id: UUID, because: SuspensionReason, settings: MatchingSettings
) -> Placement | None:
    """Let a placement rest by itself: what it needs has ended. None when it is not agreed, or the person was erased."""
    return await _by_itself(tx, placement_id, Step.SUSPEND, settings, Details(suspended_because=because))


async def resume(tx: Transaction, placement_id: UUID, settings: MatchingSettings) -> Placement | None:
    """Let a suspended placement go on by itself: what it needs is there again. None when it is not suspended.

    Whether everything is there again is for the caller to know: it is not looked at here.
    """
    return await _by_itself(tx, placement_id, Step.RESUME, settings, NO_DETAILS)


async def say_why(tx: Transaction, placement_id: UUID, because: SuspensionReason) -> Placement | None:
    """A placement rests on, for another reason than before; nobody is written to. None when it does not rest."""
    locked = await _locked_by_itself(tx, placement_id)
    if locked is None or locked[1].status is not PlacementStatus.SUSPENDED:
        return None
    current = locked[1]
    after = replace(current, version=current.version + 1, changed_at=tx.now, suspended_because=because)
    await store.move_placement(tx.connection, after)
    waiting_list.announce(tx, after, PlacementMoved)
    return after


async def _take(
    tx: Transaction,
    caller: Caller,
    placement_id: UUID,
    expected: int,
    step: Step,
    settings: MatchingSettings,
    details: Details = NO_DETAILS,
    *,
    whole_group: bool = False,
) -> PlacementView:
    operation = f"{step.value}-placement"
    by_speaker = whole_group or step is Step.ACCEPT
    first = await store.placement_view(tx.connection, placement_id)
    seen = permitted(caller, operation, first, by_speaker=by_speaker).placement
    actor = actor_of(caller)
    if actor is Actor.COORDINATOR and caller.is_person(seen.volunteer_id):
        raise placement_refusals.own_placement()
    is_joint = seen.joint_id is not None and (whole_group or step in _TOGETHER)
    concerned = await _volunteers(tx, seen, is_joint)
    if seen.volunteer_id in await lock_subjects(tx, concerned):
        raise not_found("person")
    candidates = await locked_candidates(tx, concerned) if step in _LOOKED_AT else {}
    pool = await pools.lock_pool(tx.connection, seen.offer_id, seen.shift_id)
    again = await store.placement_view(tx.connection, placement_id)
    view = permitted(caller, operation, again, by_speaker=by_speaker)
    if pool is None:
        raise not_found("placement")
    current = view.placement
    if current.version != expected:
        raise version_mismatch(current.version)
    transitions_possible(current.status, step, actor)
    if is_joint and actor is Actor.VOLUNTEER and view.speaker_id not in (None, caller.subject_id):
        raise placement_refusals.group_speaker_only()
    _require_timely(tx, current, pool, step)
    together = await _together(tx, current, is_joint)
    if step in _LOOKED_AT:
        if any(each.volunteer_id not in candidates for each in together):
            raise not_yet_known("volunteer")
        await require_nothing_missing(
            tx,
            [_weighed(candidates[each.volunteer_id], each) for each in together],
            pool,
            settings,
            # What is resumed has kept its time.
            despite_overlap=step is Step.RESUME or details.override_reason is not None,
        )
    overridden = overlapping(candidates.values(), pool, tx.now, settings) if details.override_reason else frozenset()
    await _move(tx, pool, together, step, actor, settings, details, overridden)
    if step is Step.WITHDRAW and not is_joint:
        await _tell_of_leaving(tx, view)
    if current.status is INVITED and actor is Actor.VOLUNTEER and step is not Step.ACCEPT:
        await store.remember_declined(tx.connection, current.volunteer_id, pool.offer.topic, tx.now)
    found = await store.placement_view(tx.connection, placement_id)
    if found is None:
        raise not_found("placement")
    return shown_to(caller, found)


def _weighed(candidate: Candidate, placement: Placement) -> Candidate:
    """A reason that was given before, with the invitation, covers the overlaps that there were then, and no later ones."""
    if placement.override_reason is None or placement.override_at is None:
        return candidate
    return without_what_was_known(candidate, placement.override_at)


async def _volunteers(tx: Transaction, seen: Placement, is_joint: bool) -> list[UUID]:
    """Whom a step concerns: nobody joins a group's request after it was made."""
    if not is_joint or seen.joint_id is None:
        return [seen.volunteer_id]
    return await store.volunteers_of_joint(tx.connection, seen.joint_id)


async def _together(tx: Transaction, current: Placement, is_joint: bool) -> list[Placement]:
    if not is_joint or current.joint_id is None:
        return [current]
    return await store.joint(tx.connection, current.joint_id, current.status)


async def _move(
    tx: Transaction,
    pool: Pool,
    together: Sequence[Placement],
    step: Step,
    actor: Actor,
    settings: MatchingSettings,
    details: Details,
    overridden: Collection[UUID] = (),
) -> Placement:
    """Move all of them, let free places go on, and look for others when somebody who was to come does not.

    `overridden`: whose overlap the reason is about; with the others it is not kept.
    """
    plain = replace(details, override_reason=None, override_by=None)
    after, last = pool, together[0]
    for placement in together:
        told = details if placement.volunteer_id in overridden else plain
        after, last = await waiting_list.take_step(tx, after, placement, step, actor, told)
    settled = await waiting_list.settle_places(tx, pool, after, settings)
    dropped_out = [each for each in together if each.status in SECURED and last.status in _GIVEN_UP]
    if dropped_out and settled.places_free > 0 and settled.gives_places(tx.now):
        await replacements.look_for(tx, dropped_out)
    return last


_GIVEN_UP = (PlacementStatus.WITHDRAWN, PlacementStatus.ENDED)


async def _by_itself(
    tx: Transaction, placement_id: UUID, step: Step, settings: MatchingSettings, details: Details
) -> Placement | None:
    locked = await _locked_by_itself(tx, placement_id)
    possible = (SECURED - {PlacementStatus.SUSPENDED}) if step is Step.SUSPEND else {PlacementStatus.SUSPENDED}
    if locked is None or locked[1].status not in possible:
        return None
    return await _move(tx, locked[0], [locked[1]], step, Actor.SYSTEM, settings, details)


async def _locked_by_itself(tx: Transaction, placement_id: UUID) -> tuple[Pool, Placement] | None:
    seen = await store.placement_view(tx.connection, placement_id)
    if seen is None or await held_or_erased(tx.connection, seen.placement.volunteer_id):
        return None
    await locked_candidates(tx, [seen.placement.volunteer_id])
    pool = await pools.lock_pool(tx.connection, seen.placement.offer_id, seen.placement.shift_id)
    current = await store.placement_view(tx.connection, placement_id)
    return None if pool is None or current is None else (pool, current.placement)


async def _tell_of_leaving(tx: Transaction, view: PlacementView) -> None:
    """One of a group left: the others stay, and speaker and coordinator hear of it."""
    left = view.placement
    if left.joint_id is None or left.group_id is None:
        return
    if not await store.others_of_joint(tx.connection, left.joint_id, left.placement_id):
        return
    tx.publish(
        GroupMemberLeft(
            placement_id=left.placement_id,
            volunteer_id=left.volunteer_id,
            offer_id=left.offer_id,
            shift_id=left.shift_id,
            organisation_id=left.organisation_id,
            coordinator_id=left.coordinator_id,
            group_id=left.group_id,
            joint_id=left.joint_id,
            speaker_id=view.speaker_id,
        )
    )


def _require_begun(tx: Transaction, pool: Pool, step: Step) -> None:
    """What takes place later begins on its day at the earliest, and is complete after its beginning."""
    if pool.starts_at is None or step not in (Step.START, Step.COMPLETE):
        return
    possible_from = midnight(calendar_day(pool.starts_at)) if step is Step.START else pool.starts_at
    if tx.now < possible_from:
        raise placement_refusals.not_begun(step, possible_from)


def _require_timely(tx: Transaction, current: Placement, pool: Pool, step: Step) -> None:
    _require_begun(tx, pool, step)
    if step not in (Step.CONFIRM, Step.ACCEPT):
        return
    if not pool.offer.organisation_verified:
        raise refusals.organisation_not_verified()
    if pool.offer.status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    shift = pool.shift
    if shift is not None:
        # A coordinator may still confirm who came; nobody takes a place of what has begun.
        is_late = tx.now >= (shift.starts_at if step is Step.ACCEPT else shift.ends_at)
        if shift.is_cancelled or is_late:
            raise placement_refusals.shift_not_open()
    is_open_still = current.offered_until is None or tx.now < current.offered_until
    if step is Step.ACCEPT and current.status in (OFFERED, INVITED) and not is_open_still:
        raise placement_refusals.deadline_passed()
