"""Volunteers hear which association told of them (Art. 14 DSGVO): at once, or when their data may be used again.

Here and not beside the rows, because a restriction that ends needs nothing else of the exchange.
"""

from datetime import timedelta
from uuid import UUID

from services.registry.store import external_ids as store
from shared.contracts.registry import VolunteerImported
from shared.postgres.transaction import Transaction

LINK_LIFETIME = timedelta(days=60)
"""So long the link in the mail counts; the right to object does not end with it: whoever signs in can do so at any time."""


def tell(tx: Transaction, organisation_id: UUID, volunteer_id: UUID, link_id: UUID, *, was_known: bool) -> None:
    """Have a volunteer told of a link by mail, who may agree to it or object."""
    tx.publish(
        VolunteerImported(
            volunteer_id=volunteer_id,
            link_id=link_id,
            organisation_id=organisation_id,
            was_known=was_known,
            expires_at=tx.now + LINK_LIFETIME,
        )
    )


async def tell_held_back(tx: Transaction, volunteer_id: UUID) -> None:
    """The data may be used again: ask about what associations told meanwhile. The subject is locked."""
    for link_id, organisation_id in await store.take_held_back(tx.connection, volunteer_id, tx.now):
        tell(tx, organisation_id, volunteer_id, link_id, was_known=True)
