"""What happens by itself, each a bounded step of a timer: deadlines, last days, lists that may move again."""

from services.matching.handlers import waiting_list
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import close
from services.matching.models.placements import Actor, Step
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from shared.postgres.transaction import Transaction


async def expire_offered_places(tx: Transaction, settings: MatchingSettings) -> int:
    """On one offer, places that were not taken in time go to the next in line."""
    offer = await store.lock_offer_with_passed_deadline(tx.connection, tx.now)
    if offer is None:
        return 0
    passed = await store.with_passed_deadline(tx.connection, offer.offer_id, tx.now, waiting_list.AT_ONCE)
    after = offer
    for placement in passed:
        after, _ = await waiting_list.take_step(tx, after, placement, Step.EXPIRE, Actor.SYSTEM)
    await waiting_list.settle_places(tx, offer, after, settings)
    return len(passed)


async def move_waiting_lists(tx: Transaction, settings: MatchingSettings) -> int:
    """On one offer, free places are offered that could not be before: it was hidden, or there were very many."""
    offer = await offers_store.lock_offer_whose_list_may_move(tx.connection)
    if offer is None:
        return 0
    moved = await waiting_list.offer_free_places(tx, offer, settings)
    await offers_store.count_places(tx.connection, moved)
    return offer.waiting - moved.waiting


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
    settled = await waiting_list.decline_undecided(tx, offer)
    await offers_store.count_places(tx.connection, settled)
    return 1
