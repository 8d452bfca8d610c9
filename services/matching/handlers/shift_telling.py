"""Telling everybody concerned that a shift was moved or cancelled, in bounded steps of a timer.

After a cancellation placements that were agreed end, and whoever nobody had decided about is declined; when nobody is left
whoever answers for the offer is told, once.
"""

from uuid import UUID

import structlog

from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import overlapping_placements
from services.matching.models.offers import Offer
from services.matching.models.pools import Pool
from services.matching.models.shifts import Shift
from services.matching.settings import MatchingSettings
from services.matching.store import pools
from services.matching.store import shifts as store
from shared.contracts.matching import ShiftCancelled, ShiftCleared, ShiftMoved
from shared.postgres.transaction import Transaction

log = structlog.get_logger()


async def tell_of_shifts(tx: Transaction, settings: MatchingSettings) -> int:
    """Of one shift that was moved or cancelled: the next of those who have a live placement with it are told."""
    found = await store.lock_shift_to_tell_of(tx.connection)
    if found is None:
        return 0
    offer_id, shift_id, after = found
    pool = await pools.lock_pool(tx.connection, offer_id, shift_id)
    shift = await store.shift(tx.connection, shift_id)
    if pool is None or shift is None:
        return 0
    concerned = await store.live_with(tx.connection, shift_id, after, waiting_list.AT_ONCE)
    met: tuple[UUID, ...] = ()
    if concerned and not shift.is_cancelled:
        met = await overlapping_placements(tx.connection, pool, tx.now, settings)
    for placement_id, volunteer_id in concerned:
        _tell(tx, shift, placement_id, volunteer_id, overlaps=placement_id in met)
    if len(concerned) == waiting_list.AT_ONCE:
        await store.told_of_shift(tx.connection, shift_id, concerned[-1][0])
    elif not shift.is_cancelled or await _nobody_is_left(tx, pool):
        await store.told_of_shift(tx.connection, shift_id, None)
        if shift.is_cancelled and (concerned or after != store.FIRST):
            _tell_coordinator(tx, shift, pool.offer)
    elif concerned:
        await store.told_of_shift(tx.connection, shift_id, concerned[-1][0])
    return 1


async def _nobody_is_left(tx: Transaction, pool: Pool) -> bool:
    """Of a cancelled shift: the next placements end; whether those were all."""
    await waiting_list.cancel_pool(tx, pool)
    return not await store.live_with(tx.connection, pool.pool_id, store.FIRST, 1)


def _tell_coordinator(tx: Transaction, shift: Shift, offer: Offer) -> None:
    tx.publish(
        ShiftCleared(
            shift_id=shift.shift_id,
            offer_id=offer.offer_id,
            organisation_id=offer.organisation_id,
            subject_id=offer.coordinator_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
    )
    log.info("shift-cleared", shift_id=str(shift.shift_id), offer_id=str(offer.offer_id))


def _tell(tx: Transaction, shift: Shift, placement_id: UUID, volunteer_id: UUID, *, overlaps: bool) -> None:
    if shift.is_cancelled:
        tx.publish(
            ShiftCancelled(
                placement_id=placement_id,
                volunteer_id=volunteer_id,
                offer_id=shift.offer_id,
                shift_id=shift.shift_id,
                organisation_id=shift.organisation_id,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
            )
        )
        return
    tx.publish(
        ShiftMoved(
            placement_id=placement_id,
            volunteer_id=volunteer_id,
            offer_id=shift.offer_id,
            shift_id=shift.shift_id,
            organisation_id=shift.organisation_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            started_before_at=shift.moved_from or shift.starts_at,
            overlaps=overlaps,
        )
    )
