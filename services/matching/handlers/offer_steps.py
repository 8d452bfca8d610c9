"""What a coordinator does with an offer that is stated: publish the draft, pause, resume, confirm; and what time does."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers.offer_states import calendar_day, keep, searched, settle_filled
from services.matching.handlers.offers import appear, locked, require_verified, stored
from services.matching.models.offers import Offer, OfferStatus
from services.matching.rules.offers import OfferStep, offer_status_after
from services.matching.settings import MatchingSettings
from services.matching.store import offers as store
from services.matching.store import telling
from shared.access.callers import Caller
from shared.contracts.matching import OfferConfirmationDue
from shared.contracts.vocabulary import Role
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

STEP = 100
"""So many offers are looked at in one step of a timer."""
REMINDED_AT_MOST = 20
"""So many organisation_admins are reminded where whoever answered for something has left."""


async def publish_draft(tx: Transaction, caller: Caller, offer_id: UUID, expected: int) -> Offer:
    """A draft is seen by everybody from now on, and heard of for the first time."""
    offer = await _for_step(tx, caller, offer_id, expected)
    status = offer_status_after(offer.status, OfferStep.PUBLISH)
    if offer.is_over(calendar_day(tx.now)):
        raise refusals.offer_over()
    published = replace(
        offer,
        version=offer.version + 1,
        status=status,
        urgency_set_at=tx.now,
        confirmed_on=calendar_day(tx.now),
        is_stale=False,
    )
    await store.update_offer(tx.connection, published, searched(published, tx.now), tx.now)
    await appear(tx, published)
    return await stored(tx, offer_id)


async def pause_offer(tx: Transaction, caller: Caller, offer_id: UUID, expected: int) -> Offer:
    """Nobody sees it or can ask for it until it is resumed; whoever has a placement, or waits, stays as they are."""
    offer = await _for_step(tx, caller, offer_id, expected)
    paused = replace(offer, version=offer.version + 1, status=offer_status_after(offer.status, OfferStep.PAUSE))
    await keep(tx, paused)
    log.info("offer-paused", offer_id=str(offer_id), offer_version=paused.version)
    return await stored(tx, offer_id)


async def resume_offer(
    tx: Transaction, caller: Caller, offer_id: UUID, expected: int, settings: MatchingSettings
) -> Offer:
    """It is seen again; its waiting list moves again by itself."""
    offer = await _for_step(tx, caller, offer_id, expected)
    status = offer_status_after(offer.status, OfferStep.RESUME)
    if offer.is_over(calendar_day(tx.now)):
        raise refusals.offer_over()
    resumed = replace(
        offer, version=offer.version + 1, status=status, confirmed_on=calendar_day(tx.now), is_stale=False
    )
    await keep(tx, resumed)
    await settle_filled(tx, resumed)
    await telling.check_offers(tx.connection, [offer_id], tx.now)
    log.info("offer-resumed", offer_id=str(offer_id), offer_version=resumed.version)
    return await stored(tx, offer_id)


async def confirm_offer(tx: Transaction, caller: Caller, offer_id: UUID, expected: int) -> Offer:
    """Everything is still right: it is not stale (any more)."""
    offer = await _for_step(tx, caller, offer_id, expected)
    if offer.status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    confirmed = replace(offer, version=offer.version + 1, confirmed_on=calendar_day(tx.now), is_stale=False)
    await keep(tx, confirmed)
    log.info("offer-confirmed", offer_id=str(offer_id), offer_version=confirmed.version)
    return await stored(tx, offer_id)


async def _for_step(tx: Transaction, caller: Caller, offer_id: UUID, expected: int) -> Offer:
    offer = await locked(tx, caller, "move-offer", offer_id, expected)
    await require_verified(tx, offer.organisation_id)
    return offer


async def remind_of_offers(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: what nobody confirmed in time is stale from now on, and whoever answers for it is reminded, once."""
    before = calendar_day(tx.now) - timedelta(days=settings.offer_stale_after_days)
    offers = await store.lock_offers_to_confirm(tx.connection, before, STEP)
    for offer in offers:
        stale = replace(offer, version=offer.version + 1, is_stale=True)
        await keep(tx, stale)
        for subject_id in await store.who_answers(
            tx.connection, offer.organisation_id, offer.coordinator_id, Role.ORGANISATION_ADMIN, REMINDED_AT_MOST
        ):
            tx.publish(
                OfferConfirmationDue(
                    offer_id=offer.offer_id,
                    organisation_id=offer.organisation_id,
                    subject_id=subject_id,
                    confirmed_on=offer.confirmed_on,
                )
            )
        log.info("offer-confirmation-due", offer_id=str(offer.offer_id))
    return len(offers)


async def let_urgency_decay(tx: Transaction) -> int:
    """A timer's step: what is left of an urgency, once a day; the order of the public list follows it."""
    offers = await store.lock_offers_whose_urgency_decays(tx.connection, calendar_day(tx.now), STEP)
    for offer in offers:
        await store.note_urgency(tx.connection, offer.offer_id, searched(offer, tx.now))
    return len(offers)
