"""What happens by itself, each a bounded step of a timer: deadlines, beginnings and ends, lists that may move again."""

from datetime import datetime

from services.matching.handlers import waiting_list
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import close
from services.matching.models.placements import NO_DETAILS, SECURED, Actor, Details, Placement
from services.matching.models.pools import Pool
from services.matching.rules.placements import due_at, step_due
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from services.matching.store import pools
from shared.contracts.vocabulary import EndReason
from shared.postgres.transaction import Transaction


async def take_due_steps(tx: Transaction, settings: MatchingSettings) -> int:
    """On the places of one offer or shift: what was not answered in time goes on, placements begin, and complete."""
    pool = await store.lock_pool_with_something_due(tx.connection, tx.now)
    if pool is None:
        return 0
    due = await store.due(tx.connection, pool.pool_id, tx.now, waiting_list.AT_ONCE)
    after = pool
    for placement in due:
        after = await _take_due_step(tx, after, placement)
    await waiting_list.settle_places(tx, pool, after, settings)
    return len(due)


async def _take_due_step(tx: Transaction, pool: Pool, placement: Placement) -> Pool:
    step = step_due(placement, pool, tx.now)
    if step is None:
        # It was moved meanwhile: nothing happens before its own time.
        await store.be_due(tx.connection, placement.placement_id, _later(placement, pool, tx.now))
        return pool
    details = Details(end_reason=EndReason.NEED_OVER) if placement.status in SECURED else NO_DETAILS
    pool, _ = await waiting_list.take_step(tx, pool, placement, step, Actor.SYSTEM, details)
    return pool


def _later(placement: Placement, pool: Pool, now: datetime) -> datetime | None:
    due = due_at(placement.status, pool, placement.offered_until)
    return due if due is not None and due > now else None


async def move_waiting_lists(tx: Transaction, settings: MatchingSettings) -> int:
    """Free places are offered that could not be before: it was hidden, or there were very many. One offer, or one shift."""
    pool = await pools.lock_pool_whose_list_may_move(tx.connection)
    if pool is None:
        pool = await pools.lock_shift_whose_list_may_move(tx.connection, tx.now)
    if pool is None:
        return 0
    moved = await waiting_list.offer_free_places(tx, pool, settings)
    await pools.count_places(tx.connection, moved)
    return pool.waiting - moved.waiting


async def close_offers_that_are_over(tx: Transaction) -> int:
    """One offer whose last day has passed is closed."""
    offer = await offers_store.lock_offer_that_is_over(tx.connection, calendar_day(tx.now))
    if offer is None:
        return 0
    await close(tx, offer)
    return 1


async def settle_closed_offers(tx: Transaction) -> int:
    """On one closed offer, whoever is still undecided is declined, and what was told of it is forgotten."""
    offer = await offers_store.lock_offer_to_settle(tx.connection)
    if offer is None:
        return 0
    await waiting_list.decline_undecided(tx, offer)
    return 1
