"""Published staff contacts: for (organisation, district, topic), to be found by anybody."""

from typing import Any
from uuid import UUID

import structlog

from services.registry.models.contacts import ContactAnswer, PublishContact
from services.registry.permissions import PERMISSIONS
from services.registry.rules.members import organisation_not_verified
from services.registry.store import contacts as contacts_store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import ContactRegistered, ContactWithdrawn
from shared.contracts.vocabulary import OrganisationStatus
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()


async def publish_contact(tx: Transaction, caller: Caller, told: PublishContact) -> ContactAnswer:
    """Publish a contact of a verified organisation."""
    belongs = Belongs(organisation_id=told.organisation_id, district=told.district)
    PERMISSIONS.require("publish-contact", caller, belongs, what="organisation")
    organisation = await organisations_store.organisation(tx.connection, told.organisation_id, lock=True)
    if organisation is None:
        raise not_found("organisation")
    if organisation.status is not OrganisationStatus.VERIFIED:
        raise organisation_not_verified()
    if told.district not in organisation.districts:
        raise Refusal(
            Reason.INVALID,
            "district-not-of-organisation",
            de="Die Organisation ist in diesem Landkreis nicht tätig.",
            en="The organisation is not active in this district.",
        )
    if told.subject_id is not None:
        await _check_member(tx, told.subject_id, told.organisation_id)
    contact_id = new_id()
    await contacts_store.add_contact(tx.connection, contact_id, told)
    tx.publish(
        ContactRegistered(
            contact_id=contact_id,
            version=1,
            organisation_id=told.organisation_id,
            subject_id=told.subject_id,
            district=told.district,
            topic=told.topic,
            languages=told.languages,
        )
    )
    log.info("contact-registered", contact_id=str(contact_id))
    return ContactAnswer(
        contact_id=contact_id,
        version=1,
        organisation=organisation.name,
        **told.model_dump(exclude={"subject_id"}),
    )


async def _check_member(tx: Transaction, subject_id: UUID, organisation_id: UUID) -> None:
    member = await members_store.member(tx.connection, subject_id)
    if member is None or organisation_id not in {m.organisation_id for m in member.memberships}:
        raise Refusal(
            Reason.INVALID,
            "no-member-of-organisation",
            de="Diese Person gehört nicht zu der Organisation.",
            en="This person does not belong to the organisation.",
        )


async def withdraw_contact(tx: Transaction, caller: Caller, contact_id: UUID, version: int) -> None:
    """Withdraw a contact."""
    contact = await contacts_store.contact(tx.connection, contact_id)
    belongs = Belongs() if contact is None else Belongs(contact["organisation_id"], contact["district"])
    PERMISSIONS.require("withdraw-contact", caller, belongs, what="contact")
    if contact is None:
        raise not_found("contact")
    if contact["version"] != version:
        raise version_mismatch(contact["version"])
    await contacts_store.remove_contact(tx.connection, contact_id)
    tx.publish(ContactWithdrawn(contact_id=contact_id, version=version + 1))
    tx.bury("registry.contacts", contact_id)
    log.info("contact-withdrawn", contact_id=str(contact_id))


async def contacts(
    connection: Any, *, after: UUID | None, rows: int, district: str | None, topic: str | None
) -> list[ContactAnswer]:
    """A page of the contacts of verified organisations."""
    return await contacts_store.contacts(connection, after=after, rows=rows, district=district, topic=topic)
