"""Places and the waiting list of one offer, whose row is locked: exactly as many taken as there are, the rest in order.

Every function takes the locked offer and returns it with its new counts; the use case writes the counts once at its end.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from services.matching.models.offers import Offer
from services.matching.models.placements import HOLDS_A_PLACE, Actor, Placement, Step
from services.matching.rules.placements import status_after
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from services.matching.store import telling
from shared.contracts import matching as contracts
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 100
"""So many placements of one offer are moved in one transaction; timers go on with the rest."""

_EVENTS: dict[PlacementStatus, type[contracts.Placement]] = {
    PlacementStatus.REQUESTED: contracts.PlacementRequested,
    PlacementStatus.WAITLISTED: contracts.PlacementWaitlisted,
    PlacementStatus.OFFERED: contracts.PlacementOffered,
    PlacementStatus.CONFIRMED: contracts.PlacementConfirmed,
    PlacementStatus.DECLINED: contracts.PlacementDeclined,
    PlacementStatus.WITHDRAWN: contracts.PlacementWithdrawn,
    PlacementStatus.EXPIRED: contracts.PlacementExpired,
    PlacementStatus.ENDED: contracts.PlacementEnded,
}


def announce(tx: Transaction, placement: Placement) -> None:
    """Publish the whole state of a placement as the event of its status; its offer's row is locked."""
    tx.publish(_EVENTS[placement.status].model_validate(placement, from_attributes=True))
    log.info(
        f"placement-{placement.status.value}",
        placement_id=str(placement.placement_id),
        offer_id=str(placement.offer_id),
        placement_version=placement.version,
    )


async def take_step(
    tx: Transaction,
    offer: Offer,
    placement: Placement,
    step: Step,
    actor: Actor,
    offered_until: datetime | None = None,
) -> tuple[Offer, Placement]:
    """Move a placement by the state machine, keep and announce it; the offer with its new counts, and the placement.

    Raises
    ------
    Refusal
        `placement-step-impossible`.
    """
    status = status_after(placement.status, step, actor)
    moved = replace(
        placement,
        version=placement.version + 1,
        status=status,
        changed_at=tx.now,
        offered_until=offered_until,
        confirmed_at=tx.now if status is PlacementStatus.CONFIRMED else placement.confirmed_at,
    )
    await store.move_placement(tx.connection, moved)
    announce(tx, moved)
    return recounted(offer, placement.status, status), moved


def recounted(offer: Offer, before: PlacementStatus | None, after: PlacementStatus | None) -> Offer:
    """The counts of an offer after one of its placements changed its status; None: there is no placement."""
    return replace(
        offer,
        places_taken=offer.places_taken + (after in HOLDS_A_PLACE) - (before in HOLDS_A_PLACE),
        waiting=offer.waiting + (after is PlacementStatus.WAITLISTED) - (before is PlacementStatus.WAITLISTED),
    )


async def offer_free_places(tx: Transaction, offer: Offer, settings: MatchingSettings) -> Offer:
    """Offer every free place to whoever has waited longest, with a deadline; nothing while the offer is hidden."""
    if not offer.is_open or not offer.organisation_verified:
        return offer
    free = min(offer.places_free, offer.waiting, AT_ONCE)
    if free <= 0:
        return offer
    until = tx.now + timedelta(hours=settings.place_offered_hours)
    for placement in await store.first_waiting(tx.connection, offer.offer_id, free):
        offer, _ = await take_step(tx, offer, placement, Step.OFFER, Actor.SYSTEM, until)
    return offer


async def settle_places(tx: Transaction, before: Offer, after: Offer, settings: MatchingSettings) -> Offer:
    """The end of every use case that moved a placement: free places go on, counts are kept, new vacancies are told."""
    after = await offer_free_places(tx, after, settings)
    await offers_store.count_places(tx.connection, after)
    if before.places_free <= 0 < after.places_free and after.is_open:
        await telling.check_offers(tx.connection, [after.offer_id], tx.now)
    return after


async def decline_undecided(tx: Transaction, offer: Offer) -> Offer:
    """Of a closed offer: decline whoever nobody has decided about, and remember when nobody is left."""
    undecided = await store.undecided(tx.connection, offer.offer_id, AT_ONCE)
    for placement in undecided:
        offer, _ = await take_step(tx, offer, placement, Step.CLOSE, Actor.SYSTEM)
    if (
        len(undecided) < AT_ONCE
        and await telling.forget_told_of_offer(tx.connection, offer.offer_id, AT_ONCE) < AT_ONCE
    ):
        await offers_store.settle_offer(tx.connection, offer.offer_id)
    return offer
