"""Placements that rest by themselves because what they need has ended, and go on when it is there again."""

from dataclasses import replace
from uuid import UUID

from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import locked_candidates
from services.matching.handlers.placement_steps import move
from services.matching.models.placements import NO_DETAILS, SECURED, Actor, Details, Placement, Step
from services.matching.models.pools import Pool
from services.matching.settings import MatchingSettings
from services.matching.store import placements as store
from services.matching.store import pools
from shared.contracts.matching import PlacementMoved
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason
from shared.postgres.subjects import held_or_erased
from shared.postgres.transaction import Transaction


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


async def _by_itself(
    tx: Transaction, placement_id: UUID, step: Step, settings: MatchingSettings, details: Details
) -> Placement | None:
    locked = await _locked_by_itself(tx, placement_id)
    possible = (SECURED - {PlacementStatus.SUSPENDED}) if step is Step.SUSPEND else {PlacementStatus.SUSPENDED}
    if locked is None or locked[1].status not in possible:
        return None
    return await move(tx, locked[0], [locked[1]], step, Actor.SYSTEM, settings, details)


async def _locked_by_itself(tx: Transaction, placement_id: UUID) -> tuple[Pool, Placement] | None:
    seen = await store.placement_view(tx.connection, placement_id)
    if seen is None or await held_or_erased(tx.connection, seen.placement.volunteer_id):
        return None
    await locked_candidates(tx, [seen.placement.volunteer_id])
    pool = await pools.lock_pool(tx.connection, seen.placement.offer_id, seen.placement.shift_id)
    current = await store.placement_view(tx.connection, placement_id)
    return None if pool is None or current is None else (pool, current.placement)
