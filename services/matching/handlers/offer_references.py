"""What an offer refers to: its named contact and its task boundary, as the read models know them."""

from services.matching.models.offers import Offer
from services.matching.rules.offers import check_boundary, check_contact
from services.matching.store import offers as store
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_yet_known


async def check_references(tx: Transaction, offer: Offer, before: Offer | None = None) -> None:
    """Refuse a contact of another organisation, or a boundary that does not hold here; what stays as it was is not asked.

    Raises
    ------
    Refusal
        `not-yet-known`, `contact-not-of-organisation` or `boundary-does-not-fit`.
    """
    if offer.contact_id is not None and (before is None or offer.contact_id != before.contact_id):
        organisation_id = await store.organisation_of_contact(tx.connection, offer.contact_id)
        if organisation_id is None:
            raise not_yet_known("contact")
        check_contact(offer, organisation_id)
    refers_anew = before is None or (offer.boundary_id, offer.district) != (before.boundary_id, before.district)
    if offer.boundary_id is not None and refers_anew:
        boundary = await store.boundary(tx.connection, offer.boundary_id)
        if boundary is None:
            raise not_yet_known("boundary")
        check_boundary(offer, boundary)
