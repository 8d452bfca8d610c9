"""Telling everybody who is placed with an offer without shifts that it takes place at other times, in steps of a timer."""

from uuid import UUID

import structlog

from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import overlapping_placements
from services.matching.models.offers import Offer
from services.matching.settings import MatchingSettings
from services.matching.store import offers as store
from services.matching.store import pools, shifts
from shared.contracts.matching import OfferMoved
from shared.postgres.transaction import Transaction

log = structlog.get_logger()


async def tell_of_moved_offers(tx: Transaction, settings: MatchingSettings) -> int:
    """Of one offer that was moved: the next of those who have a live placement with it are told."""
    found = await store.lock_offer_to_tell_of(tx.connection)
    if found is None:
        return 0
    offer_id, after = found
    pool = await pools.lock_pool(tx.connection, offer_id, None)
    if pool is None:
        return 0
    concerned = await shifts.live_with(tx.connection, pool.pool_id, after, waiting_list.AT_ONCE)
    met = await overlapping_placements(tx.connection, pool, tx.now, settings) if concerned else ()
    for placement_id, volunteer_id in concerned:
        _tell(tx, pool.offer, placement_id, volunteer_id, overlaps=placement_id in met)
    is_all = len(concerned) < waiting_list.AT_ONCE
    await store.told_of_move(tx.connection, offer_id, None if is_all else concerned[-1][0])
    log.info("offer-moved", offer_id=str(offer_id), told_count=len(concerned))
    return 1


def _tell(tx: Transaction, offer: Offer, placement_id: UUID, volunteer_id: UUID, *, overlaps: bool) -> None:
    tx.publish(
        OfferMoved(
            placement_id=placement_id,
            volunteer_id=volunteer_id,
            offer_id=offer.offer_id,
            offer_version=offer.version,
            organisation_id=offer.organisation_id,
            weekly=offer.weekly,
            starts_on=offer.starts_on,
            ends_on=offer.ends_on,
            overlaps=overlaps,
        )
    )
