"""Recurring shifts: made as far ahead as the horizon, further by a timer; made again they change nothing."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import offer as readable_offer
from services.matching.handlers.shifts import (
    SHIFTS_AT_MOST,
    is_within,
    locked_for_new_shifts,
    locked_for_shifts,
    shifts_changed,
    tell_of_new_shifts,
)
from services.matching.models.offers import Offer
from services.matching.models.shift_inputs import EndSeries, PlanSeries
from services.matching.models.shifts import Planned, Series
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules.recurrence import checked_rule, days_of, instants, is_over, local_key
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import shifts as store
from shared.access.callers import Caller
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

SERIES_AT_MOST = 50
"""Of one offer."""
DAYS_AT_ONCE = 400
"""So many days of a series are looked at in one transaction."""


async def plan_series(
    tx: Transaction, caller: Caller, offer_id: UUID, told: PlanSeries, settings: MatchingSettings
) -> Series:
    """Recurring shifts of an offer, made as far ahead as the horizon."""
    offer = await locked_for_new_shifts(tx, caller, offer_id)
    if told.minimum_staffing > told.places:
        raise refusals.minimum_staffing()
    today = calendar_day(tx.now)
    if told.starts_on < today:
        raise refusals.shift_begun()
    if not is_within(offer, told.starts_on):
        raise refusals.shift_outside_offer()
    if await going_on(tx, offer_id) >= SERIES_AT_MOST:
        raise refusals.too_many("series", SERIES_AT_MOST)
    if await store.count_shifts_to_come(tx.connection, offer_id, tx.now) >= SHIFTS_AT_MOST:
        raise refusals.too_many("shifts", SHIFTS_AT_MOST)
    series = Series(
        series_id=new_id(),
        version=1,
        offer_id=offer_id,
        rule=checked_rule(told.rule),
        starts_on=told.starts_on,
        start_time=told.start,
        end_time=told.end,
        except_on=tuple(sorted(set(told.except_on))),
        places=told.places,
        minimum_staffing=told.minimum_staffing,
        generated_until=told.starts_on - timedelta(days=1),
    )
    await store.insert_series(tx.connection, series, tx.now)
    made = await generate(tx, offer, series, horizon_of(tx, settings))
    log.info("series-planned", series_id=str(series.series_id), offer_id=str(offer_id))
    return made


async def generate(tx: Transaction, offer: Offer, series: Series, horizon: date) -> Series:
    """Make the shifts of a series up to a day, at most for so many days; what is there already stays as it is.

    Shifts that would have begun by now are not made.
    """
    last = min(horizon, series.generated_until + timedelta(days=DAYS_AT_ONCE), offer.ends_on or horizon)
    planned = []
    for day in days_of(series, series.generated_until, last):
        starts_at, ends_at = instants(day, series.start_time, series.end_time)
        if starts_at > tx.now:
            planned.append(Planned(new_id(), local_key(day, series.start_time), starts_at, ends_at))
    if planned:
        await store.insert_shifts(
            tx.connection, offer, series.series_id, planned, series.places, series.minimum_staffing, tx.now
        )
    looked_at = replace(series, generated_until=max(last, series.generated_until), is_over=is_over(series, last))
    await store.update_series(tx.connection, looked_at, tx.now)
    await shifts_changed(tx, offer)
    if planned:
        await tell_of_new_shifts(tx, offer)
    return looked_at


async def end_series(tx: Transaction, caller: Caller, series_id: UUID, expected: int, told: EndSeries) -> Series:
    """No shift after a day: those that were planned are cancelled, and everybody concerned is told."""
    offer, series = await locked_series(tx, caller, series_id, expected, even_closed=True)
    if series.last_day is not None and series.last_day <= told.last_day:
        raise refusals.series_ended()
    ended = replace(series, version=series.version + 1, last_day=told.last_day)
    # Beyond the horizon its shifts until then are still to be made.
    ended = replace(ended, is_over=is_over(ended, ended.generated_until))
    await store.update_series(tx.connection, ended, tx.now)
    after = max(tx.now, datetime.combine(told.last_day + timedelta(days=1), time(), BERLIN) - timedelta(microseconds=1))
    cancelled = await store.cancel_shifts_after(tx.connection, series_id, after, told.note, tx.now)
    await shifts_changed(tx, offer)
    log.info("series-ended", series_id=str(series_id), cancelled_count=cancelled)
    return ended


async def going_on(tx: Transaction, offer_id: UUID) -> int:
    """How many series of an offer are not over."""
    return sum(not each.is_over for each in await store.series_of_offer(tx.connection, offer_id))


async def locked_series(
    tx: Transaction, caller: Caller, series_id: UUID, expected: int, *, even_closed: bool = False
) -> tuple[Offer, Series]:
    """A series of the caller's with its offer, both locked."""
    seen = await store.series(tx.connection, series_id)
    offer = await offers_store.offer(tx.connection, seen.offer_id) if seen else None
    PERMISSIONS.require("plan-shifts", caller, offer_belongs(offer), what="series")
    if seen is None:
        raise not_found("series")
    offer = await locked_for_shifts(tx, caller, seen.offer_id, even_closed=even_closed)
    series = await store.series(tx.connection, series_id, lock=True)
    if series is None:
        raise not_found("series")
    if series.version != expected:
        raise version_mismatch(series.version)
    return offer, series


async def series_of_offer(connection: Any, caller: Caller, offer_id: UUID, now: datetime) -> list[Series]:
    """The series of an offer that the caller may see."""
    await readable_offer(connection, caller, offer_id, now)
    return await store.series_of_offer(connection, offer_id)


async def generate_shifts(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: the shifts of one series, as far ahead as the horizon."""
    horizon = horizon_of(tx, settings)
    series = await store.lock_series_to_generate(tx.connection, horizon)
    if series is None:
        return 0
    offer = await offers_store.offer(tx.connection, series.offer_id)
    if offer is None:
        return 0
    await generate(tx, offer, series, horizon)
    return 1


def horizon_of(tx: Transaction, settings: MatchingSettings) -> date:
    """Until when shifts are made."""
    return calendar_day(tx.now) + timedelta(weeks=settings.shift_horizon_weeks)
