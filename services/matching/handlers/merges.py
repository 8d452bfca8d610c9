"""Two registrations of one person were merged, or that was undone: what is theirs here moves along.

A person has one live placement with an offer. Had both asked for the same, the one that is farther from being decided is
given up and its place goes on to who waits; when the merge is undone it is what it was as far as there is room, and
otherwise first in line. Nobody is written to because something moved.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from services.matching.handlers import tandem_merges, waiting_list
from services.matching.models.placements import LIVE, Actor, Placement, Step
from services.matching.models.pools import Pool
from services.matching.rules.merges import given_up, status_again
from services.matching.rules.placements import due_at
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import merges as store
from services.matching.store import placements as placements_store
from services.matching.store import pools, telling
from services.matching.store import tandems as tandems_store
from services.matching.store.merges import GIVEN_UP, KINDS, PLACEMENT, TANDEM, TANDEM_WISHES, TOLD, Move
from shared.contracts.matching import PlacementMoved
from shared.contracts.registry import VolunteerMerged, VolunteerRestored
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_yet_known

log = structlog.get_logger()

PRUNED_AT_ONCE = 1000
_GIVEN_UP = (PlacementStatus.WITHDRAWN, PlacementStatus.ENDED)
_NOT_AGAIN = (None, PlacementStatus.INVITED)
"""An invitation has a deadline; who was given up may be invited again."""


async def merged(tx: Transaction, event: VolunteerMerged, settings: MatchingSettings) -> None:
    """What belonged to the merged volunteer belongs to the survivor."""
    if not await _lock(tx, event.volunteer_id, event.survivor_id):
        return
    known = await store.version_of_volunteer(tx.connection, event.volunteer_id)
    if known is not None and known < event.version:
        # The read model is a moment behind: until it has let go of the merged id, somebody may still act under it.
        raise not_yet_known("volunteer")
    if known is not None:
        return
    moves = await _move_placements(tx, event, settings)
    told = await store.move_told(tx.connection, event.volunteer_id, event.survivor_id)
    moves += [Move(TOLD, offer_id) for offer_id in told]
    moves += [
        Move(TANDEM, tandem_id)
        for tandem_id in await tandem_merges.hand_over(tx, event.volunteer_id, event.survivor_id)
    ]
    if await tandems_store.move_wishes(tx.connection, event.volunteer_id, event.survivor_id):
        moves.append(Move(TANDEM_WISHES, event.volunteer_id))
    await store.move_asks(tx.connection, event.volunteer_id, event.survivor_id)
    await store.drop_checks(tx.connection, event.volunteer_id)
    await telling.check_volunteers(tx.connection, [event.survivor_id], tx.now)
    await store.remember(tx.connection, event, moves)
    log.info("volunteer-merged-here", merge_id=str(event.merge_id), moves_count=len(moves))


async def restored(tx: Transaction, event: VolunteerRestored, settings: MatchingSettings) -> None:
    """What moved because of the merge moves back."""
    if not await _lock(tx, event.volunteer_id, event.survivor_id):
        return
    moves = await store.take_moves(tx.connection, event.merge_id)
    by_kind = {kind: [move for move in moves if move.kind == kind] for kind in KINDS}
    await _move_back(tx, event, by_kind[PLACEMENT], by_kind[GIVEN_UP], settings)
    told = [move.thing_id for move in by_kind[TOLD]]
    await store.move_told(tx.connection, event.survivor_id, event.volunteer_id, told)
    theirs = [move.thing_id for move in by_kind[TANDEM]]
    await tandem_merges.hand_over(tx, event.survivor_id, event.volunteer_id, theirs)
    await tandem_merges.take_up_again(tx, [move.thing_id for move in by_kind[GIVEN_UP]])
    if by_kind[TANDEM_WISHES]:
        await tandems_store.move_wishes(tx.connection, event.survivor_id, event.volunteer_id)
    await telling.check_volunteers(tx.connection, [event.volunteer_id, event.survivor_id], tx.now)
    log.info("volunteer-restored-here", merge_id=str(event.merge_id), moves_count=len(moves))


async def _lock(tx: Transaction, *subject_ids: UUID) -> bool:
    """Hold off every command about the two, and whoever tells them of offers; False when one of them was erased.

    Persons first, then their rows, each in the order of ids, as everybody does who needs both.
    """
    erased = [await lock_subject_for_erasure(tx, subject_id) for subject_id in sorted(subject_ids)]
    for subject_id in sorted(subject_ids):
        await candidates_store.lock_volunteer(tx.connection, subject_id)
    return not any(erased)


async def _move_placements(tx: Transaction, event: VolunteerMerged, settings: MatchingSettings) -> list[Move]:
    theirs, mine, before = await _locked(tx, event.volunteer_id, event.survivor_id)
    live = {each.pool_id: each for each in mine if each.status in LIVE}
    after, moves = dict(before), []
    for placement in theirs:
        current, farther = await _one_of(tx, after, placement, live.get(placement.pool_id))
        if farther is not None:
            moves.append(Move(GIVEN_UP, farther.placement_id, farther.status))
        await _hand_over(tx, current, event.survivor_id)
        moves.append(Move(PLACEMENT, placement.placement_id))
    await waiting_list.settle_all(tx, before, after, settings)
    return moves


async def _one_of(
    tx: Transaction, after: dict[UUID, Pool], placement: Placement, other: Placement | None
) -> tuple[Placement, Placement | None]:
    """Of two live placements for the same places one is given up: the first as it is now, and the one as it was before."""
    if other is None or placement.status not in LIVE:
        return placement, None
    farther = given_up(placement, other)
    after[farther.pool_id], withdrawn = await waiting_list.take_step(
        tx, after[farther.pool_id], farther, Step.WITHDRAW, Actor.VOLUNTEER
    )
    return (withdrawn if farther is placement else placement), farther


async def _locked(
    tx: Transaction, from_id: UUID, to_id: UUID
) -> tuple[list[Placement], list[Placement], dict[UUID, Pool]]:
    """The placements of both, and their places, locked: these rows guard the placements, so they are read after."""
    locked = await pools.lock_pools_of(tx.connection, [from_id, to_id])
    found = await store.placements_of(tx.connection, from_id, to_id)
    return (
        [each for each in found if each.volunteer_id == from_id],
        [each for each in found if each.volunteer_id == to_id],
        locked,
    )


async def _hand_over(tx: Transaction, placement: Placement, volunteer_id: UUID) -> Placement:
    moved = replace(placement, version=placement.version + 1, volunteer_id=volunteer_id)
    await store.hand_over(tx.connection, moved)
    tx.publish(PlacementMoved.model_validate(moved, from_attributes=True))
    return moved


async def _move_back(
    tx: Transaction,
    event: VolunteerRestored,
    moved: Sequence[Move],
    given_up_then: Sequence[Move],
    settings: MatchingSettings,
) -> None:
    found, theirs, before = await _locked(tx, event.survivor_id, event.volunteer_id)
    placements = {each.placement_id: each for each in found}
    after = dict(before)
    # Whoever is there again may have asked anew before this was heard of.
    live = {each.pool_id: each for each in theirs if each.status in LIVE}
    for move in moved:
        if move.thing_id in placements:
            back = placements[move.thing_id]
            current, farther = await _one_of(tx, after, back, live.get(back.pool_id))
            if farther is not None and farther is not back:
                del live[back.pool_id]
            placements[move.thing_id] = await _hand_over(tx, current, event.volunteer_id)
    # Whoever has asked for the same places since has something better than what was given up then.
    busy = {(each.volunteer_id, each.pool_id) for each in (*placements.values(), *live.values()) if each.status in LIVE}
    for move in given_up_then:
        placement = placements.get(move.thing_id)
        if placement is None or placement.status not in _GIVEN_UP or move.was in _NOT_AGAIN:
            continue
        if (placement.volunteer_id, placement.pool_id) in busy:
            continue
        pool = after[placement.pool_id]
        if pool.offer.is_open and not (pool.shift and pool.shift.is_cancelled):
            after[pool.pool_id] = await _take_up_again(tx, pool, placement, move.was)
    await waiting_list.settle_all(tx, before, after, settings)


async def _take_up_again(tx: Transaction, pool: Pool, placement: Placement, was: PlacementStatus) -> Pool:
    status = status_again(was, pool.places_free)
    again = replace(
        placement,
        version=placement.version + 1,
        status=status,
        changed_at=tx.now,
        offered_until=None,
        ended_at=None,
        end_reason=None,
        # Why it rested is not remembered: somebody looks before it goes on.
        suspended_because=SuspensionReason.ORGANISATION_ASKED if status is PlacementStatus.SUSPENDED else None,
        due_at=due_at(status, pool, None),
    )
    await placements_store.move_placement(tx.connection, again)
    tx.publish(PlacementMoved.model_validate(again, from_attributes=True))
    return waiting_list.recounted(pool, placement.status, status)


async def prune(tx: Transaction) -> int:
    """A timer's step: merges that can no longer be undone."""
    return await store.prune(tx.connection, tx.now, PRUNED_AT_ONCE)
