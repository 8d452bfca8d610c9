"""What the other services have to heed of what persons asked about their data: published when it changes, and then only.

Two facts, no reason: that the data is restricted (Art. 18 DSGVO), and until when a privacy officer may hand it out, because
the person waits for the answer to a request (Art. 15, 16, 20 DSGVO).
"""

from uuid import UUID

from services.registry.models.requests import EXPORTED_FOR
from services.registry.rules.requests import exports_end
from services.registry.store import rights as store
from shared.contracts.registry import PersonRightsUpdated
from shared.postgres.transaction import Transaction

TOPIC = "registry.rights"


async def renew(tx: Transaction, *subject_ids: UUID) -> None:
    """Tell the others if it is not what they know already. The subjects are locked."""
    for subject_id in sorted(subject_ids):
        # Before anything is read: two requests that are answered at the same time each see what the other has done.
        await store.hold(tx.connection, subject_id)
        restricted, due_on = await store.asked(tx.connection, subject_id, EXPORTED_FOR)
        export_until = None if due_on is None else exports_end(due_on)
        version = await store.save(tx.connection, subject_id, restricted=restricted, export_until=export_until)
        if version is not None:
            tx.publish(
                PersonRightsUpdated(
                    subject_id=subject_id, version=version, restricted=restricted, export_until=export_until
                )
            )


async def bury(tx: Transaction, subject_id: UUID) -> None:
    """Nothing of the person stays in the topic; the row goes with those of the platform."""
    if await store.is_known(tx.connection, subject_id):
        tx.bury(TOPIC, subject_id, person=subject_id)
