"""What matching holds of one person: handed out on request, and erased everywhere here at once."""

from uuid import UUID

from services.matching.handlers import tandems, waiting_list
from services.matching.models.placements import LIVE, SECURED, Actor, Record, Step
from services.matching.permissions import PERMISSIONS
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import merges as merges_store
from services.matching.store import persons as store
from services.matching.store import placements as placements_store
from services.matching.store import pools
from services.matching.store import postings as postings_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.access.rights import hand_out
from shared.postgres.transaction import Transaction

PLACEMENTS = "matching.placements"


async def record(tx: Transaction, caller: Caller, subject_id: UUID) -> Record:
    """Everything of a person (Art. 15, 20 DSGVO): for themselves, or for a privacy officer whom they asked, which is
    announced (`no-open-request`)."""
    PERMISSIONS.require("export-person", caller, Belongs(person=subject_id), what="person")
    await hand_out(tx, caller, subject_id, "matching")
    return await store.record(tx.connection, subject_id, tx.now)


async def erase(tx: Transaction, subject_id: UUID, settings: MatchingSettings) -> int:
    """Erase a person (Art. 17 DSGVO): withdraw what is live, bury every placement's key, delete every row.

    Places that come free go on to who waits, in the same transaction. Returns the number of rows that went.
    """
    # Whoever tells this person of an offer just now holds the row: what they remember is seen, and goes too.
    await candidates_store.lock_volunteer(tx.connection, subject_id)
    before = await pools.lock_pools_of(tx.connection, [subject_id])
    after = dict(before)
    rows = await tandems.erase(tx, subject_id)
    placement_ids = await store.placement_ids_of(tx.connection, subject_id)
    dropped_out = []
    for view in await placements_store.placement_views(tx.connection, placement_ids):
        placement = view.placement
        if placement.status in SECURED:
            dropped_out.append(placement.pool_id)
        if placement.status in LIVE:
            after[placement.pool_id], _ = await waiting_list.take_step(
                tx, after[placement.pool_id], placement, Step.WITHDRAW, Actor.VOLUNTEER
            )
        tx.bury(PLACEMENTS, placement.placement_id, subject_id)
    await store.delete_placements_of(tx.connection, subject_id)
    settled = await waiting_list.settle_all(tx, before, after, settings)
    for pool in (settled[pool_id] for pool_id in dropped_out):
        if pool.places_free > 0 and pool.gives_places(tx.now):
            await placements_store.note_vacancy(tx.connection, pool, tx.now)
    rows += len(placement_ids) + await merges_store.erase(tx.connection, subject_id)
    rows += await store.delete_rest_of(tx.connection, subject_id)
    await postings_store.post_volunteers(tx.connection, [subject_id])
    return rows
