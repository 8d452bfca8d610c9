"""Places with their counts: those of offers and of shifts, locked in this order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.matching.models.pools import Pool
from services.matching.store import offers as offers_store
from services.matching.store import shifts as shifts_store
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "pools.sql")


async def lock_pool(connection: Any, offer_id: UUID, shift_id: UUID | None = None) -> Pool | None:
    """The places of an offer, or of one of its shifts: the offer's row is locked until commit, and then the shift's.

    None when there is no such offer, or no such shift of it.
    """
    offer = await offers_store.lock_offer(connection, offer_id)
    if offer is None or shift_id is None:
        return None if offer is None else Pool.of(offer)
    shift = await shifts_store.lock_shift(connection, shift_id)
    return Pool.of(offer, shift) if shift is not None and shift.offer_id == offer_id else None


async def lock_pools_of(connection: Any, volunteer_ids: Sequence[UUID]) -> dict[UUID, Pool]:
    """The places with which these volunteers have or had to do, by id: the rows of offers, then of shifts, are locked."""
    rows = await queries.pools_of(connection, volunteer_ids=list(volunteer_ids))
    offer_ids = sorted({row["offer_id"] for row in rows})
    offers = {offer.offer_id: offer for offer in await offers_store.lock_offers(connection, offer_ids)}
    shift_ids = sorted({row["shift_id"] for row in rows} - {None})
    shifts = {shift.shift_id: shift for shift in await shifts_store.lock_shifts(connection, shift_ids)}
    pools = [Pool.of(offers[row["offer_id"]], shifts.get(row["shift_id"])) for row in rows]
    return {pool.pool_id: pool for pool in pools}


async def count_places(connection: Any, pool: Pool) -> None:
    """Keep how many places are taken and how many wait; the rows are locked."""
    count = queries.count_places_of_offer if pool.shift is None else queries.count_places_of_shift
    await count(
        connection,
        pool_id=pool.pool_id,
        places_taken=pool.places_taken,
        waiting=pool.waiting,
        last_queue_number=pool.last_queue_number,
        next_together=pool.next_together,
    )


async def look_at_waiting_lists_of(connection: Any, volunteer_ids: Sequence[UUID]) -> None:
    """A timer finds out anew to whom free places go where these volunteers wait."""
    await queries.look_at_offers_waited_for(connection, volunteer_ids=list(volunteer_ids))
    await queries.look_at_shifts_waited_for(connection, volunteer_ids=list(volunteer_ids))


async def lock_pool_whose_list_may_move(connection: Any) -> Pool | None:
    """An offer without shifts that has free places enough for the first who wait for them, locked."""
    offer_id = await queries.offer_whose_list_may_move(connection)
    return None if offer_id is None else await lock_pool(connection, offer_id)


async def lock_shift_whose_list_may_move(connection: Any, now: Any) -> Pool | None:
    """The same for a shift that has not begun."""
    row = await queries.shift_whose_list_may_move(connection, now=now)
    return None if row is None else await lock_pool(connection, row["offer_id"], row["shift_id"])
