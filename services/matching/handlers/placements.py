"""Placements: decided by coordinators, accepted and given up by volunteers. Nobody decides about themselves.

How they begin: `placement_requests.py`, `invitations.py`; how they are read: `viewing.py`; what every step does:
`placement_steps.py`; by themselves: `deadlines.py`, `placement_rests.py`.
"""

from uuid import UUID

from services.matching.handlers.eligibility import (
    locked_candidates,
    overlapping,
    require_nothing_missing,
    without_what_was_known,
)
from services.matching.handlers.placement_steps import move, require_timely
from services.matching.handlers.viewing import actor_of, permitted, shown_to
from services.matching.models.placement_requests import Confirmation, Ending, Suspension, Withdrawal
from services.matching.models.placements import (
    NO_DETAILS,
    Actor,
    Details,
    Placement,
    PlacementView,
    Step,
)
from services.matching.models.volunteers import Candidate
from services.matching.rules import placement_refusals
from services.matching.rules.placements import INVITED, transitions_possible
from services.matching.settings import MatchingSettings
from services.matching.store import placements as store
from services.matching.store import pools
from shared.access.callers import Caller
from shared.contracts.matching import GroupMemberLeft
from shared.postgres.subjects import lock_subjects
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
    is_joint = seen.joint_id is not None and (whole_group or step in _TOGETHER)
    concerned = await _volunteers(tx, seen, is_joint)
    if actor is Actor.COORDINATOR and any(caller.is_person(each) for each in concerned):
        # Of a group that one belongs to neither: what is decided of one of it is decided of all.
        raise placement_refusals.own_placement()
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
    require_timely(tx, current, pool, step)
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
            to_staff=actor is Actor.COORDINATOR,
        )
    overridden = overlapping(candidates.values(), pool, tx.now, settings) if details.override_reason else frozenset()
    await move(tx, pool, together, step, actor, settings, details, overridden)
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
