"""A task boundary ended: nobody is confirmed for an offer that refers to it, and whoever answers for the offer is told."""

import structlog

from services.matching.store import boundaries as store
from shared.contracts.matching import OfferBoundaryEnded
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 100


async def tell_of_ended_boundaries(tx: Transaction) -> int:
    """A timer's step: so many offers of one boundary; how many were told of."""
    found = await store.next_ended(tx.connection)
    if found is None:
        return 0
    boundary_id, after = found
    offers = await store.offers_of(tx.connection, boundary_id, after, AT_ONCE)
    for offer in offers:
        tx.publish(
            OfferBoundaryEnded(
                offer_id=offer.offer_id,
                organisation_id=offer.organisation_id,
                subject_id=offer.coordinator_id,
                boundary_id=boundary_id,
            )
        )
        log.info("offer-boundary-ended", offer_id=str(offer.offer_id), boundary_id=str(boundary_id))
    last = offers[-1].offer_id if offers else after
    await store.told_up_to(tx.connection, boundary_id, last, is_told=len(offers) < AT_ONCE)
    return max(len(offers), 1)
