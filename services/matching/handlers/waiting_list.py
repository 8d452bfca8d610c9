"""Places and their waiting list, of an offer or of one of its shifts: exactly as many taken as there are, the rest in order.

The rows are locked. Every function takes the pool of places and returns it with its new counts; the use case writes the
counts once at its end. A group gets its places together or not at all, and nobody overtakes it while it waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog

from services.matching.handlers.offer_states import settle_filled
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.placements import (
    HOLDS_A_PLACE,
    LIVE,
    NO_DETAILS,
    Actor,
    Details,
    Placement,
    Step,
)
from services.matching.models.pools import Pool
from services.matching.rules.placements import MACHINE, NEW, circumstances_of, due_at, has_place, moved, transition_of
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from services.matching.store import pools, telling
from shared.contracts import matching as contracts
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 100
"""So many placements are moved in one transaction; timers go on with the rest. A larger group is moved as a whole."""


def announce(
    tx: Transaction, placement: Placement, event: type[contracts.Placement], *, told_by_notice: bool = False
) -> None:
    """Publish the whole state of a placement; the rows that guard it are locked."""
    state = event.model_validate(placement, from_attributes=True)
    tx.publish(state.model_copy(update={"told_by_notice": told_by_notice}))
    log.info(
        event.contract.type,
        placement_id=str(placement.placement_id),
        offer_id=str(placement.offer_id),
        placement_version=placement.version,
    )


def announce_new(tx: Transaction, placement: Placement) -> None:
    """The same for one that was just made."""
    (event,) = {each.event for each in MACHINE if NEW in each.before and each.after is placement.status}
    announce(tx, placement, event)


def numbered(pool: Pool, made: Sequence[Placement]) -> Pool:
    """The pool after these came."""
    return replace(pool, last_queue_number=made[-1].queue_number)


async def take_step(
    tx: Transaction,
    pool: Pool,
    placement: Placement,
    step: Step,
    actor: Actor,
    details: Details = NO_DETAILS,
    *,
    told_by_notice: bool = False,
) -> tuple[Pool, Placement]:
    """Move a placement by the state machine, keep and announce it; the pool with its new counts, and the placement.

    `told_by_notice`: the volunteer hears of it by a notice of its own.

    Raises
    ------
    Refusal
        `placement-step-impossible`.
    """
    given = circumstances_of(placement, has_place(pool) and pool.gives_places(tx.now))
    transition = transition_of(placement.status, step, actor, given)
    after = moved(placement, transition, pool, details, tx.now)
    await store.move_placement(tx.connection, after)
    announce(tx, after, transition.event, told_by_notice=told_by_notice)
    pool = replace(pool, last_queue_number=max(pool.last_queue_number, after.queue_number))
    return recounted(pool, placement.status, after.status), after


def recounted(pool: Pool, before: PlacementStatus | None, after: PlacementStatus | None) -> Pool:
    """The counts after one of its placements changed its status; None: there is no placement."""
    return replace(
        pool,
        places_taken=pool.places_taken + (after in HOLDS_A_PLACE) - (before in HOLDS_A_PLACE),
        waiting=pool.waiting + (after is PlacementStatus.WAITLISTED) - (before is PlacementStatus.WAITLISTED),
    )


async def offer_free_places(tx: Transaction, pool: Pool, settings: MatchingSettings) -> Pool:
    """Offer the free places to whoever has waited longest, with a deadline; nothing while the offer is hidden."""
    if pool.waiting <= 0:
        return replace(pool, next_together=1)
    free = max(0, min(pool.places_free, AT_ONCE)) if pool.gives_places(tx.now) else 0
    first = await store.first_waiting(tx.connection, pool.pool_id, free + 1)
    if free and first and (joint_id := first[0].joint_id) is not None:
        at_least = await store.waiting_together(tx.connection, joint_id)
        if free < at_least <= pool.places_free:
            free = at_least
            first = await store.first_waiting(tx.connection, pool.pool_id, free + 1)
    until = deadline(tx.now, timedelta(hours=settings.place_offered_hours), pool)
    for _, each in groupby(first[:free], key=lambda one: one.joint_id or one.placement_id):
        together = list(each)
        if not _is_whole(together, first):
            break
        for placement in together:
            pool, _ = await take_step(tx, pool, placement, Step.OFFER, Actor.SYSTEM, Details(offered_until=until))
        first = first[len(together) :]
    return replace(pool, next_together=await _needed(tx, pool, first))


def deadline(now: datetime, given: timedelta, pool: Pool) -> datetime:
    """Until when somebody may answer: not longer than until the shift begins."""
    until = now + given
    return until if pool.shift is None else min(until, pool.shift.starts_at)


def _is_whole(together: Sequence[Placement], first: Sequence[Placement]) -> bool:
    """Whether nobody of those who asked together is left behind: the one after them came alone, or with others."""
    joint_id = together[0].joint_id
    return joint_id is None or len(first) == len(together) or first[len(together)].joint_id != joint_id


async def _needed(tx: Transaction, pool: Pool, first: Sequence[Placement]) -> int:
    """How many places the first who wait need; more than there are when nobody of them can be offered one."""
    if pool.waiting > 0 and pool.places_free > 0 and pool.gives_places(tx.now) and not first:
        return pool.places + 1
    if not first or pool.waiting <= 0 or first[0].joint_id is None:
        return 1
    return await store.waiting_together(tx.connection, first[0].joint_id)


async def settle_places(tx: Transaction, before: Pool, after: Pool, settings: MatchingSettings) -> Pool:
    """The end of every use case that moved a placement: free places go on, counts are kept, new vacancies are told."""
    after = await offer_free_places(tx, after, settings)
    await pools.count_places(tx.connection, after)
    after = replace(after, offer=await settle_filled(tx, after.counted_offer))
    if before.places_free <= 0 < after.places_free and after.offer.status is OfferStatus.PUBLISHED:
        await telling.check_offers(tx.connection, [after.offer.offer_id], tx.now)
    return after


async def settle_all(
    tx: Transaction, before: Mapping[UUID, Pool], after: Mapping[UUID, Pool], settings: MatchingSettings
) -> Mapping[UUID, Pool]:
    """The same where one use case moved placements of several: what the places of one shift make of an offer, the next
    of its shifts knows, so that no version is told twice."""
    offers: dict[UUID, Offer] = {}
    settled: dict[UUID, Pool] = {}
    for pool_id, pool in after.items():
        known = offers.get(pool.offer.offer_id, pool.offer)
        current = replace(pool, offer=replace(pool.offer, version=known.version, status=known.status))
        settled[pool_id] = await settle_places(tx, before[pool_id], current, settings)
        offers[pool.offer.offer_id] = settled[pool_id].offer
    return settled


async def offer_changed(tx: Transaction, offer: Offer, settings: MatchingSettings) -> None:
    """An offer whose row is locked has other places, or takes place at another time."""
    pool = await offer_free_places(tx, Pool.of(offer), settings)
    await pools.count_places(tx.connection, pool)
    await settle_filled(tx, pool.counted_offer)
    await reschedule(tx, pool)


async def decline_undecided(tx: Transaction, offer: Offer) -> None:
    """Of a closed offer and its shifts: decline whoever nobody has decided about, and remember when nobody is left."""
    left = AT_ONCE
    for shift_id in await store.shifts_with_undecided(tx.connection, offer.offer_id, AT_ONCE):
        pool = await pools.lock_pool(tx.connection, offer.offer_id, shift_id)
        if pool is not None and left > 0:
            left -= await close_pool(tx, pool, left)
    if left > 0 and await telling.forget_told_of_offer(tx.connection, offer.offer_id, AT_ONCE) < AT_ONCE:
        await offers_store.settle_offer(tx.connection, offer.offer_id)


async def close_pool(tx: Transaction, pool: Pool, at_most: int = AT_ONCE, *, told_by_notice: bool = False) -> int:
    """Nobody gets a place here any more: whoever is undecided is declined, at most so many; how many were."""
    undecided = await store.undecided(tx.connection, pool.pool_id, at_most)
    for placement in undecided:
        pool, _ = await take_step(tx, pool, placement, Step.CLOSE, Actor.SYSTEM, told_by_notice=told_by_notice)
    await pools.count_places(tx.connection, pool)
    return len(undecided)


async def cancel_pool(tx: Transaction, pool: Pool, at_most: int = AT_ONCE) -> list[Placement]:
    """A shift was cancelled: placements that were agreed end, at most so many, whoever is undecided is declined.

    The volunteers have been told that the shift does not take place.
    """
    ended = []
    for placement in await store.secured(tx.connection, pool.pool_id, at_most):
        pool, after = await take_step(tx, pool, placement, Step.CANCEL, Actor.SYSTEM, told_by_notice=True)
        ended.append(after)
    await close_pool(tx, pool, at_most, told_by_notice=True)
    return ended


async def reschedule(tx: Transaction, pool: Pool) -> None:
    """What takes place here begins or ends at another time: what happens by itself happens then.

    Nobody may answer longer than until a shift begins: deadlines end earlier, never later; the notice tells.
    """
    dues = {status: due_at(status, pool, None) for status in LIVE - {PlacementStatus.OFFERED, PlacementStatus.INVITED}}
    await store.reschedule(tx.connection, pool.pool_id, dues)
    if pool.shift is None:
        return
    until = pool.shift.starts_at
    for placement in await store.with_deadline_after(tx.connection, pool.pool_id, until):
        after = replace(placement, version=placement.version + 1, changed_at=tx.now, offered_until=until, due_at=until)
        await store.move_placement(tx.connection, after)
        announce(tx, after, contracts.PlacementMoved, told_by_notice=True)
