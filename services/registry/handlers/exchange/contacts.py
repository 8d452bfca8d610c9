"""Published contacts of an association and of the organisations under it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.handlers.contacts import change_contact, publish_contact
from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.one_by_one import one_by_one, organisations_told
from services.registry.models.contacts import ChangeContact, PublishContact
from services.registry.models.exchange import ContactRow, Incoming, Kind, Link, Result
from services.registry.rules.exchange import stays_where_it_is
from services.registry.store import contacts as store
from services.registry.store import external_ids as links_store
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_found


async def write(
    tx: Transaction,
    importer: Importer,
    new: Sequence[Incoming[ContactRow]],
    changed: Sequence[tuple[Incoming[ContactRow], Link]],
) -> list[Result]:
    """Publish contacts, or change what is told of them; whoever tells them confirms them."""
    rows = [item.row for item in (*new, *(item for item, _ in changed))]
    organisations = await organisations_told(tx, importer, [row.organisation for row in rows])
    told = sorted({row.member for row in rows if row.member is not None})
    members = await links_store.links(tx.connection, importer.source, Kind.MEMBERS, told) if told else {}

    def facts(row: ContactRow) -> dict[str, Any]:
        if row.organisation not in organisations:
            raise not_found("organisation")
        if row.member is not None and row.member not in members:
            raise Refusal(
                Reason.INVALID,
                "no-member-of-organisation",
                de="Diese Person gehört nicht zu der Organisation.",
                en="This person does not belong to the organisation.",
            )
        return {
            **row.model_dump(exclude={"organisation", "member"}),
            "subject_id": None if row.member is None else members[row.member].id,
        }

    async def create(part: Transaction, row: ContactRow) -> UUID:
        contact = PublishContact(**facts(row), organisation_id=organisations[row.organisation])
        return (await publish_contact(part, importer.caller, importer.settings, contact)).contact_id

    async def update(part: Transaction, contact_id: UUID, row: ContactRow) -> UUID:
        values = facts(row)
        found = await store.contact(part.connection, contact_id)
        if found is None:
            raise not_found("contact")
        if (found.organisation_id, found.district) != (organisations[row.organisation], values.pop("district")):
            raise stays_where_it_is()
        await change_contact(
            part, importer.caller, importer.settings, contact_id, found.version, ChangeContact(**values)
        )
        return contact_id

    return await one_by_one(tx, importer, Kind.CONTACTS, new, changed, create, update)
