"""Mail addresses of volunteers change, and people without mail come to have one: an account of their own.

A new address counts when its owner has confirmed it by the link that was mailed there; until then the old one does.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.registry.handlers import audit, sign_in
from services.registry.handlers.sign_in import TokenMint
from services.registry.handlers.volunteers import known, required, save_contact
from services.registry.models.addresses import mail_hash
from services.registry.models.registrations import MAIL_SENT, RegistrationAnswer
from services.registry.models.sign_in import TokensAnswer
from services.registry.settings import RegistrySettings
from services.registry.store import sign_in as sign_ins
from services.registry.store import volunteer_contacts as contacts
from services.registry.store.volunteer_contacts import AddressChange
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired
from shared.contracts.registry import AddressConfirmationRequested
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100
ORGANISATIONS_AT_ONCE = 20
UNTIL_SOMEBODY_MAY_HAVE_COME = timedelta(minutes=10)
"""When nobody in an organisation can take over, it is looked at again then."""


async def ask_for_address(
    tx: Transaction, settings: RegistrySettings, caller: Caller, volunteer_id: UUID, mail: str
) -> RegistrationAnswer:
    """Mail a link to a new address: asked by the volunteer, or by whoever registered them when they had none.

    The answer does not say whether the address belongs to somebody else; the link then confirms nothing.
    """
    await lock_subject(tx, volunteer_id)
    await known(tx.connection, caller, volunteer_id, "change-address", lock=True)
    await begin(tx, settings, volunteer_id, mail)
    if not caller.is_person(volunteer_id):
        await audit.record(tx, caller, "changed", "volunteer-contact", volunteer_id, volunteer_id)
    return MAIL_SENT


async def begin(tx: Transaction, settings: RegistrySettings, volunteer_id: UUID, mail: str) -> None:
    """Mail a link to an address that counts once it is followed. Subject and row are locked."""
    contact = await contacts.contact(tx.connection, volunteer_id, lock=True)
    if contact is None:
        raise not_found("volunteer")
    change = AddressChange(new_id(), mail, mail_hash(mail), tx.now + settings.address_lifetime)
    await contacts.begin_change(tx.connection, volunteer_id, change, tx.now)
    await save_contact(tx, contact, mail_to_confirm=mail)
    tx.publish(
        AddressConfirmationRequested(
            volunteer_id=volunteer_id, change_id=change.change_id, expires_at=change.expires_at
        )
    )


async def confirm_new_address(
    tx: Transaction, mint: TokenMint, link: Link, idempotency_key: str | None
) -> TokensAnswer:
    """The new address is proved: it replaces the old one, other sign-ins end, the volunteer is signed in.

    Raises
    ------
    Refusal
        `link-used`, `link-expired` (also when the address belongs to somebody else, or another was asked for since).
    """
    await sign_in.lock_by_link(tx, link)
    again = await burn(tx, link, idempotency_key)
    change = await contacts.change(tx.connection, link.subject_id)
    if change is None:
        if not again:
            # An earlier mail, to an address that was never proved: whoever has it is a stranger.
            raise link_expired()
        await required(tx.connection, link.subject_id)
        return await sign_in.start(tx, mint, link.subject_id)
    if change.change_id != link.resource or change.expires_at <= tx.now:
        raise link_expired()
    await contacts.lock_address(tx.connection, change.mail_hash)
    await required(tx.connection, link.subject_id, lock=True)
    contact = await contacts.contact(tx.connection, link.subject_id, lock=True)
    if contact is None or await contacts.owner(tx.connection, change.mail_hash) not in (None, link.subject_id):
        raise link_expired()
    await contacts.end_change(tx.connection, link.subject_id)
    await save_contact(tx, replace(contact, mail=change.mail, through=None))
    await sign_ins.revoke_all(tx.connection, link.subject_id, tx.now)
    log.info("volunteer-address-confirmed", volunteer_id=str(link.subject_id))
    return await sign_in.start(tx, mint, link.subject_id)


async def forget_changes(tx: Transaction) -> int:
    """A timer's step: new addresses that nobody confirmed are forgotten."""
    expired = await contacts.changes_expired(tx.connection, tx.now, STEP)
    for volunteer_id in expired:
        await contacts.end_change(tx.connection, volunteer_id)
        contact = await contacts.contact(tx.connection, volunteer_id, lock=True)
        if contact is not None:
            await save_contact(tx, contact)
    return len(expired)


async def hand_over(tx: Transaction) -> int:
    """A timer's step: whoever has no mail, and whose member left the organisation, is reached through another member."""
    organisations = await contacts.organisations_to_check(tx.connection, tx.now, ORGANISATIONS_AT_ONCE)
    left = await contacts.without_member(tx.connection, organisations, STEP)
    handed_over, still_left = 0, set()
    for volunteer in left:
        successor = await contacts.successor(tx.connection, volunteer.registered_by, volunteer.district)
        contact = await contacts.contact(tx.connection, volunteer.volunteer_id, lock=True)
        if successor is not None and contact is not None:
            await save_contact(tx, replace(contact, through=successor))
            handed_over += 1
        else:
            still_left.add(volunteer.registered_by)
    if still_left:
        await contacts.check_again(tx.connection, still_left, tx.now + UNTIL_SOMEBODY_MAY_HAVE_COME)
    if others := set(organisations) - still_left if len(left) == STEP else set():
        await contacts.check_again(tx.connection, others, tx.now)
    return handed_over or len(organisations) // ORGANISATIONS_AT_ONCE
