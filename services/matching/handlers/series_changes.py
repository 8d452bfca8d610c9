"""A series is changed from a day on: it ends the day before, and another one goes on with what is different.

So what was, stays, and generating again changes nothing. Planned shifts follow into the new series; where it has none on
their day, those with which nobody has to do are cancelled. People are moved within their day, and told; to another day
nobody is moved unasked: then the change is refused, and says for which shifts. What was moved or cancelled alone stays so.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import overlapping_placements
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.series import SERIES_AT_MOST, generate, going_on, horizon_of, locked_series
from services.matching.handlers.shifts import is_within
from services.matching.models.offers import Offer
from services.matching.models.pools import Pool
from services.matching.models.shift_inputs import ChangeSeries
from services.matching.models.shifts import Followed, Series, Shift
from services.matching.rules.offers import check_places
from services.matching.rules.recurrence import checked_rule, continued, day_of, days_of, instants, is_over, local_key
from services.matching.settings import MatchingSettings
from services.matching.store import pools
from services.matching.store import shifts as store
from shared.access.callers import Caller
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id

log = structlog.get_logger()


async def change_series(
    tx: Transaction, caller: Caller, series_id: UUID, expected: int, told: ChangeSeries, settings: MatchingSettings
) -> Series:
    """The series that goes on from a day on.

    Raises
    ------
    Refusal
        `series-day-taken`, besides what planning one refuses: the day is not to come, or the series is over by then.
    """
    offer, series = await locked_series(tx, caller, series_id, expected)
    if told.from_day <= calendar_day(tx.now):
        raise refusals.shift_begun()
    # The one that is changed ends where the other begins.
    if await going_on(tx, offer.offer_id) > SERIES_AT_MOST:
        raise refusals.too_many("series", SERIES_AT_MOST)
    other = _changed(offer, series, told)
    until = max(series.generated_until, horizon_of(tx, settings))
    days = set(days_of(other, told.from_day - timedelta(days=1), until))
    planned = await store.lock_shifts_from(tx.connection, series_id, told.from_day, tx.now)
    people = await store.shifts_with_people(tx.connection, [each.shift_id for each in planned])
    gone = [each for each in planned if day_of(each.local_start) not in days and not each.is_cancelled]
    if taken := sorted(each.shift_id for each in gone if each.shift_id in people):
        raise refusals.series_day_taken(taken)
    kept = [each for each in planned if day_of(each.local_start) in days]
    followed = [_followed(each, series, other, people) for each in kept]
    ended = replace(series, version=series.version + 1, last_day=told.from_day - timedelta(days=1))
    ended = replace(ended, is_over=is_over(ended, ended.generated_until))
    await store.update_series(tx.connection, ended, tx.now)
    await store.insert_series(tx.connection, other, tx.now)
    await store.cancel_shifts(tx.connection, [each.shift_id for each in gone], told.note, tx.now)
    await store.follow_series(tx.connection, other.series_id, followed, told.note, tx.now)
    met = await _settle(tx, offer, [each for each in kept if each.shift_id in people], settings)
    made = await generate(tx, offer, other, horizon_of(tx, settings))
    log.info("series-changed", series_id=str(series_id), followed_count=len(followed), cancelled_count=len(gone))
    return replace(made, now_overlapping=met)


def _changed(offer: Offer, series: Series, told: ChangeSeries) -> Series:
    goes_on = (checked_rule(told.rule), told.from_day) if told.rule else continued(series, told.from_day)
    if goes_on is None or (series.last_day is not None and series.last_day < told.from_day):
        raise refusals.series_ended()
    if not is_within(offer, told.from_day):
        raise refusals.shift_outside_offer()
    rule, starts_on = goes_on
    changed = replace(
        series,
        series_id=new_id(),
        version=1,
        rule=rule,
        starts_on=starts_on,
        start_time=told.start or series.start_time,
        end_time=told.end or series.end_time,
        except_on=series.except_on if told.except_on is None else tuple(sorted(set(told.except_on))),
        places=told.places or series.places,
        minimum_staffing=series.minimum_staffing if told.minimum_staffing is None else told.minimum_staffing,
        last_day=told.last_day or series.last_day,
        generated_until=starts_on - timedelta(days=1),
        is_over=False,
    )
    if changed.last_day is not None and changed.last_day < told.from_day:
        raise refusals.series_ended()
    if changed.minimum_staffing > changed.places:
        raise refusals.minimum_staffing()
    return changed


def _followed(shift: Shift, series: Series, other: Series, people: Collection[UUID]) -> Followed:
    day = day_of(shift.local_start)
    now = (shift.starts_at, shift.ends_at)
    is_as_planned = not shift.is_cancelled and now == instants(day, series.start_time, series.end_time)
    starts_at, ends_at = instants(day, other.start_time, other.end_time) if is_as_planned else now
    places, minimum_staffing = shift.places, shift.minimum_staffing
    if not shift.is_cancelled:
        # What somebody set for this shift alone stays.
        places = other.places if places == series.places else places
        minimum_staffing = other.minimum_staffing if minimum_staffing == series.minimum_staffing else minimum_staffing
        check_places(places, shift.places_taken)
    return Followed(
        shift.shift_id,
        local_key(day, other.start_time),
        starts_at,
        ends_at,
        places,
        min(minimum_staffing, places),
        is_told=shift.shift_id in people and (starts_at, ends_at) != now,
    )


async def _settle(
    tx: Transaction, offer: Offer, before: Sequence[Shift], settings: MatchingSettings
) -> tuple[UUID, ...]:
    """What people wait for: more places go on, and what happens by itself happens at the new times.

    Answers the agreed placements that meet another one of the same person now.
    """
    times = {each.shift_id: (each.starts_at, each.ends_at) for each in before}
    met: list[UUID] = []
    for shift in await store.lock_shifts(tx.connection, [each.shift_id for each in before]):
        pool = Pool.of(offer, shift)
        await waiting_list.reschedule(tx, pool)
        await pools.count_places(tx.connection, await waiting_list.offer_free_places(tx, pool, settings))
        if times[shift.shift_id] != (shift.starts_at, shift.ends_at):
            met += await overlapping_placements(tx.connection, pool, tx.now, settings)
    return tuple(met)
