"""Shifts: planned one by one or as a series, moved and cancelled; whoever has a placement with one is told.

Locks are taken in one order: the offer's row, the series', the shift's.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import overlapping_placements
from services.matching.handlers.offer_states import calendar_day, settle_filled
from services.matching.handlers.offers import offer as readable_offer
from services.matching.handlers.offers import require_verified
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.pools import Pool
from services.matching.models.shift_inputs import CancelShift, ChangeShift, MoveShift, PlanShift
from services.matching.models.shifts import Planned, Shift, ShiftStatus
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules.offers import check_places
from services.matching.rules.recurrence import instants, local_key
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as placements_store
from services.matching.store import shifts as store
from services.matching.store import telling
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

SHIFTS_AT_MOST = 1000
"""Of one offer, to come."""
RENEWED_AT_ONCE = 500


async def plan_shift(tx: Transaction, caller: Caller, offer_id: UUID, told: PlanShift) -> Shift:
    """One more shift of an offer."""
    offer = await locked_for_new_shifts(tx, caller, offer_id)
    if told.minimum_staffing > told.places:
        raise refusals.minimum_staffing()
    starts_at, ends_at = instants(told.day, told.start, told.end)
    _check_time(tx, offer, starts_at)
    if await store.count_shifts_to_come(tx.connection, offer_id, tx.now) >= SHIFTS_AT_MOST:
        raise refusals.too_many("shifts", SHIFTS_AT_MOST)
    planned = Planned(new_id(), local_key(told.day, told.start), starts_at, ends_at)
    await store.insert_shifts(tx.connection, offer, None, [planned], told.places, told.minimum_staffing, tx.now)
    await shifts_changed(tx, offer)
    await tell_of_new_shifts(tx, offer)
    log.info("shift-planned", shift_id=str(planned.shift_id), offer_id=str(offer_id))
    return await _stored(tx, planned.shift_id)


async def change_shift(
    tx: Transaction, caller: Caller, shift_id: UUID, expected: int, told: ChangeShift, settings: MatchingSettings
) -> Shift:
    """Other numbers: more places go to those who wait, in order; never fewer than are taken."""
    offer, shift = await _locked(tx, caller, shift_id, expected)
    changed = replace(
        shift,
        version=shift.version + 1,
        places=shift.places if told.places is None else told.places,
        minimum_staffing=shift.minimum_staffing if told.minimum_staffing is None else told.minimum_staffing,
    )
    check_places(changed.places, changed.places_taken)
    if changed.minimum_staffing > changed.places:
        raise refusals.minimum_staffing()
    await store.update_shift(tx.connection, changed, tx.now)
    await waiting_list.settle_places(tx, Pool.of(offer, shift), Pool.of(offer, changed), settings)
    return await _stored(tx, shift_id)


async def move_shift(
    tx: Transaction, caller: Caller, shift_id: UUID, expected: int, told: MoveShift, settings: MatchingSettings
) -> Shift:
    """Another time. Generating its series again leaves it there; everybody concerned is told.

    Who is confirmed stays, also where another placement of theirs is at that time now: those are answered.
    """
    offer, shift = await _locked(tx, caller, shift_id, expected, even_closed=True)
    starts_at, ends_at = instants(told.day, told.start, told.end)
    _check_time(tx, offer, starts_at)
    if (starts_at, ends_at) == (shift.starts_at, shift.ends_at):
        return shift
    moved = replace(
        shift,
        version=shift.version + 1,
        starts_at=starts_at,
        ends_at=ends_at,
        note=told.note,
        moved_from=shift.starts_at,
    )
    await store.update_shift(tx.connection, moved, tx.now)
    await waiting_list.reschedule(tx, Pool.of(offer, moved))
    await store.tell_of_shift(tx.connection, shift_id)
    await shifts_changed(tx, offer)
    log.info("shift-moved", shift_id=str(shift_id), offer_id=str(offer.offer_id))
    met = await overlapping_placements(tx.connection, Pool.of(offer, moved), tx.now, settings)
    return replace(await _stored(tx, shift_id), now_overlapping=met)


async def cancel_shift(tx: Transaction, caller: Caller, shift_id: UUID, expected: int, told: CancelShift) -> Shift:
    """It does not take place: nobody gets a place any more, and everybody concerned is told."""
    offer, shift = await _locked(tx, caller, shift_id, expected, even_closed=True)
    cancelled = replace(shift, version=shift.version + 1, status=ShiftStatus.CANCELLED, note=told.note)
    await store.update_shift(tx.connection, cancelled, tx.now)
    await store.tell_of_shift(tx.connection, shift_id)
    await shifts_changed(tx, offer)
    log.info("shift-cancelled", shift_id=str(shift_id), offer_id=str(offer.offer_id))
    return await _stored(tx, shift_id)


async def shift(connection: Any, caller: Caller, shift_id: UUID, now: datetime) -> Shift:
    """One shift of an offer that the caller may see."""
    found = await store.shift(connection, shift_id)
    if found is None or not await _is_seen(connection, caller, found, now):
        raise not_found("shift")
    return found


async def _is_seen(connection: Any, caller: Caller, found: Shift, now: datetime) -> bool:
    offer = await offers_store.offer(connection, found.offer_id)
    return offer is not None and (
        (offer.is_open and offer.organisation_verified and not offer.is_over(calendar_day(now)))
        or PERMISSIONS.allows("read-own-offers", caller, offer_belongs(offer))
    )


async def shifts_of_offer(
    connection: Any,
    caller: Caller,
    offer_id: UUID,
    asked: Asked,
    since: date | None,
    until: date | None,
    series_id: UUID | None,
    now: datetime,
) -> list[Shift]:
    """A stretch of the shifts of an offer that the caller may see, cancelled ones too; `until` is the last day."""
    await readable_offer(connection, caller, offer_id, now)
    after = None if until is None else until + timedelta(days=1)
    return await store.shifts_of_offer(connection, asked, offer_id, _midnight(since), _midnight(after), series_id)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), BERLIN)


async def understaffed_shifts(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, within_days: int, now: datetime
) -> list[Shift]:
    """A stretch of an organisation's shifts to come that lack people; a coordinator sees those of their districts."""
    belongs = Belongs(organisation_id=organisation_id)
    PERMISSIONS.require("plan-shifts", caller, belongs, what="organisation")
    districts: list[str] | None = None
    if not caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=organisation_id):
        districts = sorted(caller.districts(Role.COORDINATOR, organisation_id=organisation_id))
    until = now + timedelta(days=within_days)
    return await store.understaffed_shifts(connection, asked, organisation_id, districts, now, until)


async def shifts_changed(tx: Transaction, offer: Offer) -> None:
    """What an offer's shifts make of it: the days on which it is found, and whether it is filled; its row is locked."""
    await store.note_shift_days(tx.connection, offer.offer_id, tx.now)
    await settle_filled(tx, offer)


async def tell_of_new_shifts(tx: Transaction, offer: Offer) -> None:
    """There are places again where perhaps every one was taken: volunteers hear of it who have not heard yet."""
    if offer.is_open:
        await telling.check_offers(tx.connection, [offer.offer_id], tx.now)


async def renew_shift_days(tx: Transaction) -> int:
    """A timer's step: an offer is found by a day of the week as long as it has a shift to come on it."""
    return await store.renew_shift_days(tx.connection, tx.now, RENEWED_AT_ONCE)


async def locked_for_shifts(tx: Transaction, caller: Caller, offer_id: UUID, *, even_closed: bool = False) -> Offer:
    """The offer whose shifts are planned, locked: one of the caller's that is not closed.

    `even_closed`: whoever is confirmed for its shifts stays so, and those can still fall through or take place later.
    """
    offer = await offers_store.lock_offer(tx.connection, offer_id)
    PERMISSIONS.require("plan-shifts", caller, offer_belongs(offer), what="offer")
    if offer is None:
        raise not_found("offer")
    if offer.status is OfferStatus.CLOSED and not even_closed:
        raise refusals.offer_closed()
    await require_verified(tx, offer.organisation_id)
    return offer


async def locked_for_new_shifts(tx: Transaction, caller: Caller, offer_id: UUID) -> Offer:
    """The same for an offer that gets shifts: nobody may have to do with the offer itself, without a shift."""
    offer = await locked_for_shifts(tx, caller, offer_id)
    if await placements_store.has_own_placements(tx.connection, offer_id):
        raise refusals.offer_has_placements()
    return offer


async def _locked(
    tx: Transaction, caller: Caller, shift_id: UUID, expected: int, *, even_closed: bool = False
) -> tuple[Offer, Shift]:
    """A shift that lies ahead, with its offer, both locked."""
    seen = await store.shift(tx.connection, shift_id)
    offer = await offers_store.offer(tx.connection, seen.offer_id) if seen else None
    PERMISSIONS.require("plan-shifts", caller, offer_belongs(offer), what="shift")
    if seen is None:
        raise not_found("shift")
    offer = await locked_for_shifts(tx, caller, seen.offer_id, even_closed=even_closed)
    found = await store.lock_shift(tx.connection, shift_id)
    if found is None:
        raise not_found("shift")
    if found.version != expected:
        raise version_mismatch(found.version)
    if found.is_cancelled:
        raise refusals.shift_cancelled()
    if found.starts_at <= tx.now:
        raise refusals.shift_begun()
    return offer, found


def _check_time(tx: Transaction, offer: Offer, starts_at: datetime) -> None:
    if starts_at <= tx.now:
        raise refusals.shift_begun()
    if not is_within(offer, calendar_day(starts_at)):
        raise refusals.shift_outside_offer()


def is_within(offer: Offer, day: date) -> bool:
    """Whether a day lies in the period of an offer."""
    return (offer.starts_on is None or offer.starts_on <= day) and not offer.is_over(day)


async def _stored(tx: Transaction, shift_id: UUID) -> Shift:
    found = await store.shift(tx.connection, shift_id)
    if found is None:
        raise not_found("shift")
    return found
