"""Published contacts of an association and of the organisations under it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.handlers.contact_publishing import change_contacts, hold_members, publish_contacts
from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.writing import Written, organisations_told, written
from services.registry.handlers.restrictions import processing_restricted
from services.registry.handlers.together import where_possible
from services.registry.models.contacts import ChangeContact, PublishContactAs, StoredContact
from services.registry.models.exchange import ContactRow, Incoming, Kind, Link, Result
from services.registry.permissions import PERMISSIONS
from services.registry.rules.exchange import stays_where_it_is, substitute_not_told
from services.registry.store import contacts as store
from services.registry.store import external_ids as links_store
from services.registry.store import restrictions
from shared.access.permissions import Belongs
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_found
from shared.runtime.ids import new_id

KEPT_BY_THE_CONTACT = frozenset(("absences", "office_hours"))
"""What contacts enter here themselves: a file that does not tell of it takes nothing away."""


async def write(
    tx: Transaction,
    importer: Importer,
    new: Sequence[Incoming[ContactRow]],
    changed: Sequence[tuple[Incoming[ContactRow], Link]],
) -> list[Result]:
    """Publish contacts, or change what is told of them; whoever tells them confirms them."""
    rows = [item.row for item in (*new, *(item for item, _ in changed))]
    organisations = await organisations_told(tx, importer, [row.organisation for row in rows])
    caller = importer.among(organisations.values())
    members = await _known(tx, importer, Kind.MEMBERS, [row.member for row in rows])

    restricted = await restrictions.restricted_among(tx.connection, {each.id for each in members.values()})
    known = await _known(tx, importer, Kind.CONTACTS, [row.substitute for row in rows])
    # Whoever is told together stands in for each other in whatever order, so their ids are decided beforehand.
    ids = {item.external_id: new_id() for item in new}
    substitutes = {**ids, **{name: link.id for name, link in known.items()}}

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
        if row.member is not None and members[row.member].id in restricted:
            raise processing_restricted()
        if row.substitute is not None and row.substitute not in substitutes:
            raise substitute_not_told()
        return {
            **row.model_dump(exclude={"organisation", "member", "substitute"}),
            "subject_id": None if row.member is None else members[row.member].id,
            "substitute_id": None if row.substitute is None else substitutes[row.substitute],
        }

    def publishable(told: tuple[UUID, ContactRow]) -> PublishContactAs:
        contact_id, row = told
        return PublishContactAs(**facts(row), organisation_id=organisations[row.organisation], contact_id=contact_id)

    async def create(part: Transaction, rows: Sequence[ContactRow]) -> list[Written]:
        async def publish(contacts: list[PublishContactAs]) -> list[Written]:
            return [_id(each) for each in await publish_contacts(part, caller, importer.settings, contacts)]

        return await where_possible(zip(ids.values(), rows, strict=True), publishable, publish)

    async def update(part: Transaction, rows: Sequence[tuple[UUID, ContactRow]]) -> list[Written]:
        # Organisation and person before the entry, in the order of whoever takes a role or erases somebody.
        named = (
            (organisations[row.organisation], members[row.member].id)
            for _, row in rows
            if row.organisation in organisations and row.member is not None and row.member in members
        )
        await hold_members(part, named)
        found = await store.locked(part.connection, [contact_id for contact_id, _ in rows])

        theirs = {each.subject_id for each in found.values() if each.subject_id is not None}
        locked = await restrictions.restricted_among(part.connection, theirs)

        def look(each: tuple[UUID, ContactRow]) -> tuple[StoredContact, ChangeContact]:
            contact_id, row = each
            values = facts(row)
            for name in KEPT_BY_THE_CONTACT - row.model_fields_set:
                del values[name]
            if contact_id not in found:
                raise not_found("contact")
            before = found[contact_id]
            if before.subject_id in locked:
                raise processing_restricted()
            if (before.organisation_id, before.district) != (organisations[row.organisation], values.pop("district")):
                raise stays_where_it_is()
            belongs = Belongs(before.organisation_id, before.district)
            PERMISSIONS.require("change-contact", caller, belongs, what="contact")
            return before, ChangeContact(**values)

        async def change(wanted: list[tuple[StoredContact, ChangeContact]]) -> list[Written]:
            return [_id(each) for each in await change_contacts(part, importer.settings, wanted)]

        return await where_possible(rows, look, change)

    return await written(tx, importer, Kind.CONTACTS, new, changed, create, update)


async def _known(tx: Transaction, importer: Importer, kind: Kind, names: Sequence[str | None]) -> Mapping[str, Link]:
    told = sorted({name for name in names if name is not None})
    return await links_store.links(tx.connection, importer.source, kind, told) if told else {}


def _id(contact: StoredContact | Refusal) -> Written:
    return contact if isinstance(contact, Refusal) else contact.contact_id
