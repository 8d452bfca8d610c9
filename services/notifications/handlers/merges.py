"""Two registrations of one person were merged, or that was undone: their inbox and mails under way move along.

What tells of the merge itself goes to both addresses, so that a mistake is noticed by whom it concerns. Whoever wants no
suggestions under either registration gets none; that stays so when the merge is undone, until they say otherwise.
"""

from uuid import UUID

from services.notifications import merge_store as store
from shared.contracts.envelope import Envelope
from shared.contracts.registry import VolunteerMerged, VolunteerRestored
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction

TO_BOTH = ("registrations-merged", "registrations-restored")
PRUNED_AT_ONCE = 1000


async def merged(tx: Transaction, event: VolunteerMerged, _envelope: Envelope) -> None:
    """What was noted for the merged volunteer is the survivor's."""
    if await _lock(tx, event.volunteer_id, event.survivor_id):
        await store.move(tx.connection, event, TO_BOTH)


async def restored(tx: Transaction, event: VolunteerRestored, _envelope: Envelope) -> None:
    """What moved because of the merge moves back."""
    if await _lock(tx, event.volunteer_id, event.survivor_id):
        await store.move_back(tx.connection, event.merge_id)


async def _lock(tx: Transaction, *subject_ids: UUID) -> bool:
    """Hold off every command about the two; False when one of them was erased."""
    erased = [await lock_subject_for_erasure(tx, subject_id) for subject_id in sorted(subject_ids)]
    return not any(erased)


async def prune(tx: Transaction) -> int:
    """A timer's step: merges that can no longer be undone."""
    return await store.prune(tx.connection, tx.now, PRUNED_AT_ONCE)
