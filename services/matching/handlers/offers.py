"""Offers: published, changed and closed by coordinators, seen by everybody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers import waiting_list
from services.matching.handlers.offer_references import check_references
from services.matching.handlers.offer_states import announce, calendar_day, searched
from services.matching.models.drafts import OfferChange, OfferDraft
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.pools import Pool
from services.matching.models.shifts import Shift
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules.offers import (
    OfferStep,
    check_offer,
    check_places,
    levels_of,
    offer_status_after,
    with_urgency_set,
)
from services.matching.settings import MatchingSettings
from services.matching.store import offers as store
from services.matching.store import shifts as shifts_store
from services.matching.store import telling
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts import matching as contracts
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

SHIFTS_SHOWN = 50
"""With an offer; there is a list of all."""


async def publish_offer(tx: Transaction, caller: Caller, draft: OfferDraft, settings: MatchingSettings) -> Offer:
    """A coordinator states a need of their organisation in one of their districts: to be seen at once, or as a draft."""
    PERMISSIONS.require(
        "publish-offer",
        caller,
        Belongs(organisation_id=draft.organisation_id, district=draft.district),
        what="organisation",
    )
    await require_verified(tx, draft.organisation_id)
    stated = {**_UNSTATED, **draft.values()}
    stated["language_levels"] = levels_of(
        stated["languages_required"], stated.get("language_levels"), {}, settings.language_level_at_least
    )
    offer = Offer(
        offer_id=new_id(),
        version=1,
        coordinator_id=caller.require_person(),
        status=OfferStatus(draft.status),
        urgency_set_at=tx.now,
        confirmed_on=calendar_day(tx.now),
        **stated,
    )
    place = await store.place(tx.connection, offer.postal_code)
    check_offer(offer, place)
    await check_references(tx, offer)
    await store.insert_offer(tx.connection, offer, searched(offer, tx.now, place), tx.now)
    if offer.status is OfferStatus.DRAFT:
        log.info("offer-drafted", offer_id=str(offer.offer_id), organisation_id=str(offer.organisation_id))
    else:
        await appear(tx, offer)
    return await stored(tx, offer.offer_id)


_UNSTATED: dict[str, Any] = {
    "description": "",
    "weekly": (),
    "starts_on": None,
    "ends_on": None,
    "languages_required": (),
    "languages_welcome": (),
    "qualifications": (),
    "minimum_age": None,
    "urgency": 3,
}


async def appear(tx: Transaction, offer: Offer) -> None:
    """It is seen from now on, and heard of for the first time."""
    announce(tx, contracts.OfferCreated, offer)
    await telling.check_offers(tx.connection, [offer.offer_id], tx.now)
    log.info("offer-published", offer_id=str(offer.offer_id), organisation_id=str(offer.organisation_id))


async def change_offer(
    tx: Transaction, caller: Caller, offer_id: UUID, expected: int, change: OfferChange, settings: MatchingSettings
) -> Offer:
    """Change what is stated; more places go to those who wait, in order."""
    offer = await locked(tx, caller, "change-offer", offer_id, expected)
    if offer.status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    await require_verified(tx, offer.organisation_id)
    changed = replace(offer, **_told(offer, change, settings))
    if changed == offer:
        return offer
    PERMISSIONS.require("change-offer", caller, offer_belongs(changed), what="offer")
    place = await store.place(tx.connection, changed.postal_code)
    check_offer(changed, place)
    await check_references(tx, changed, offer)
    check_places(changed.places, changed.places_taken)
    await _check_shifts(tx, offer, changed)
    changed = replace(
        changed,
        version=offer.version + 1,
        urgency_set_at=tx.now if with_urgency_set(change.values()) else offer.urgency_set_at,
        # Whoever changes an offer has looked at it.
        confirmed_on=calendar_day(tx.now),
        is_stale=False,
    )
    await store.update_offer(tx.connection, changed, searched(changed, tx.now, place), tx.now)
    if changed.status is not OfferStatus.DRAFT:
        announce(tx, contracts.OfferUpdated, changed)
        if _times(changed) != _times(offer):
            await store.tell_of_move(tx.connection, offer_id)
        await waiting_list.offer_changed(tx, changed, settings)
        await telling.check_offers(tx.connection, [offer_id], tx.now)
    log.info("offer-changed", offer_id=str(offer_id), offer_version=changed.version)
    return await stored(tx, offer_id)


def _times(offer: Offer) -> tuple[Any, ...]:
    return offer.weekly, offer.starts_on, offer.ends_on


async def _check_shifts(tx: Transaction, before: Offer, changed: Offer) -> None:
    """No shift to come is left outside of the offer's period (`shifts-outside-offer`)."""
    if (before.starts_on, before.ends_on) == (changed.starts_on, changed.ends_on):
        return
    period = Pool.of(changed)
    since, until = period.starts_at, period.ends_at
    if await shifts_store.planned_outside(tx.connection, changed.offer_id, since, until, tx.now):
        raise refusals.shifts_outside_offer()


def _told(offer: Offer, change: OfferChange, settings: MatchingSettings) -> dict[str, Any]:
    told = dict(change.values())
    if "languages_required" in told:
        known = dict(zip(offer.languages_required, offer.language_levels, strict=True))
        told["language_levels"] = levels_of(
            told["languages_required"], told.get("language_levels"), known, settings.language_level_at_least
        )
    return told


async def close_offer(tx: Transaction, caller: Caller, offer_id: UUID, expected: int) -> Offer:
    """Nobody else can ask for it; whoever is undecided is declined, whoever is confirmed stays."""
    offer = await locked(tx, caller, "close-offer", offer_id, expected)
    await close(tx, offer)
    return await stored(tx, offer_id)


async def close(tx: Transaction, offer: Offer) -> None:
    """Close an offer whose row is locked."""
    status = offer_status_after(offer.status, OfferStep.CLOSE)
    closed = replace(offer, version=offer.version + 1, status=status)
    await store.update_offer(tx.connection, closed, searched(closed, tx.now), tx.now)
    if offer.status is not OfferStatus.DRAFT:
        announce(tx, contracts.OfferClosed, closed)
    await waiting_list.decline_undecided(tx, closed)
    log.info("offer-closed", offer_id=str(offer.offer_id))


async def offer(connection: Any, caller: Caller, offer_id: UUID, now: datetime) -> Offer:
    """An offer that everybody may see, or one of the caller's own organisation."""
    found = await store.offer(connection, offer_id)
    if found is not None:
        if is_public(found, calendar_day(now)):
            return found
        if PERMISSIONS.allows("read-own-offers", caller, offer_belongs(found)):
            return found
    raise not_found("offer")


async def offer_with_shifts(
    connection: Any, caller: Caller, offer_id: UUID, now: datetime
) -> tuple[Offer, list[Shift]]:
    """An offer that the caller may see, with its next shifts."""
    found = await offer(connection, caller, offer_id, now)
    return found, await shifts_store.next_shifts(connection, offer_id, now, SHIFTS_SHOWN)


def is_public(offer: Offer, today: date) -> bool:
    """Published (filled or not), not over, and of a verified organisation."""
    return offer.is_open and not offer.is_over(today) and offer.organisation_verified


async def offers_of_organisation(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, status: OfferStatus | None
) -> list[Offer]:
    """A stretch of an organisation's own offers, closed ones too; a coordinator sees those of their districts."""
    belongs = Belongs(organisation_id=organisation_id)
    PERMISSIONS.require("read-own-offers", caller, belongs, what="organisation")
    districts: Sequence[str] | None = None
    if not caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=organisation_id, even_unverified=True):
        reached = caller.districts(Role.COORDINATOR, organisation_id=organisation_id, even_unverified=True)
        districts = sorted(reached)
    return await store.offers_of_organisation(connection, asked, organisation_id, districts, status)


async def locked(tx: Transaction, caller: Caller, operation: str, offer_id: UUID, expected: int) -> Offer:
    """An offer of the caller's, locked, at the version that they read."""
    found = await store.lock_offer(tx.connection, offer_id)
    PERMISSIONS.require(operation, caller, offer_belongs(found), what="offer")
    if found is None:
        raise not_found("offer")
    if found.version != expected:
        raise version_mismatch(found.version)
    return found


async def require_verified(tx: Transaction, organisation_id: UUID) -> None:
    """Refuse what an organisation may not do before it is verified, or while it is suspended."""
    organisation = await store.organisation(tx.connection, organisation_id)
    if organisation is None:
        raise not_yet_known("organisation")
    if not organisation.is_verified:
        raise refusals.organisation_not_verified()


async def stored(tx: Transaction, offer_id: UUID) -> Offer:
    """An offer as it is now."""
    found = await store.offer(tx.connection, offer_id)
    if found is None:
        raise not_found("offer")
    return found
