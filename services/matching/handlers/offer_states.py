"""How an offer is kept and heard of, and what its places make of its status: what every use case about one needs."""

from dataclasses import replace
from datetime import date, datetime

import structlog

from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.places import Place
from services.matching.rules.distance import on_plane
from services.matching.rules.offers import offer_status_after, step_by_places
from services.matching.rules.urgency import effective_urgency
from services.matching.store import offers as store
from services.matching.store import shifts as shifts_store
from shared.contracts import matching as contracts
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN

log = structlog.get_logger()


def calendar_day(instant: datetime) -> date:
    """The calendar date in Germany at an instant."""
    return instant.astimezone(BERLIN).date()


def announce(tx: Transaction, event: type[contracts.Offer], offer: Offer) -> None:
    """Publish the whole state of an offer; its row is locked or new."""
    tx.publish(event.model_validate(offer, from_attributes=True))


def searched(offer: Offer, now: datetime, place: Place | None = None) -> store.Searched:
    """What a search looks at besides; without a place the offer stays where it was."""
    location = None if place is None else on_plane(place.point)
    return store.Searched(round(effective_urgency(offer, now), 3), calendar_day(now), location)


async def keep(tx: Transaction, offer: Offer, event: type[contracts.Offer] = contracts.OfferUpdated) -> None:
    """Keep an offer whose row is locked and announce it; of a draft nobody hears."""
    await store.update_offer(tx.connection, offer, searched(offer, tx.now), tx.now)
    if offer.status is not OfferStatus.DRAFT:
        announce(tx, event, offer)


async def settle_filled(tx: Transaction, offer: Offer) -> Offer:
    """`filled` when the last place is confirmed (of its shifts to come, if there are any), `published` when one comes free.

    Counts are kept, the row is locked. The end of every use case that moved a placement or changed places.
    """
    step = step_by_places(offer.status, await _is_full(tx, offer))
    if step is None:
        return offer
    settled = replace(offer, version=offer.version + 1, status=offer_status_after(offer.status, step))
    await keep(tx, settled)
    log.info(f"offer-{settled.status.value}", offer_id=str(offer.offer_id), offer_version=settled.version)
    return settled


async def _is_full(tx: Transaction, offer: Offer) -> bool:
    if not offer.is_open:
        return False
    to_come, not_full = await shifts_store.shifts_to_fill(tx.connection, offer.offer_id, tx.now)
    if to_come:
        return not not_full
    return offer.places_free <= 0 and await store.every_place_is_confirmed(tx.connection, offer.offer_id)
