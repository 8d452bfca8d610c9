"""Published staff contacts: for (organisation, district, topic), kept up to date, to be found by anybody."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.contact_publishing import (
    change_contacts,
    hold_members,
    location_of,
    publish_contacts,
    published,
)
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.handlers.together import only
from services.registry.handlers.topics import check_topic
from services.registry.models.contacts import (
    ChangeContact,
    ContactAnswer,
    ListedContact,
    ManagedContactAnswer,
    NearContactAnswer,
    PublishContact,
    StandIn,
    StoredContact,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import directory as rules
from services.registry.rules.places import place_not_found
from services.registry.settings import RegistrySettings
from services.registry.store import contacts as store
from services.registry.store import organisations as organisations_store
from services.registry.store import own_contacts, restrictions
from services.registry.store import places as places_store
from services.registry.store import support_requests as support_store
from shared.access.callers import Caller, forbidden
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    ContactConfirmationDue,
    ContactUpdated,
    ContactWithdrawn,
)
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal, not_found, version_mismatch

log = structlog.get_logger()

REMINDED_AT_MOST = 20
"""So many organisation_admins are reminded of a contact for whom no member is named."""
STEP = 100
KEPT_BY_ONESELF = frozenset(
    ("languages", "mail", "phone", "postal_code", "office_hours", "substitute_id", "absences", "capacity")
)
"""What a contact changes of their own entry, whatever their role."""

LOCKED: dict[str, Any] = {"name": "", "mail": None, "phone": None}
"""What is shown of somebody whose data is only to be stored (Art. 18 DSGVO)."""
Shown = tuple[ListedContact, ContactAnswer]
"""A row, which says where a list goes on, and what is shown of it."""


async def publish_contact(
    tx: Transaction, caller: Caller, settings: RegistrySettings, told: PublishContact
) -> ManagedContactAnswer:
    """Publish a contact of a verified organisation."""
    contact = only(await publish_contacts(tx, caller, settings, [told]))
    log.info("contact-registered", contact_id=str(contact.contact_id))
    return await _managed(tx, contact)


async def change_contact(
    tx: Transaction,
    caller: Caller,
    settings: RegistrySettings,
    contact_id: UUID,
    version: int,
    wanted: ChangeContact,
) -> ManagedContactAnswer:
    """Change a contact; whoever does it confirms what they leave as it is.

    Of somebody whose data may only be stored nobody else changes or confirms what is public (Art. 18 DSGVO).
    """
    organisation_id = await store.organisation_of(tx.connection, contact_id)
    if organisation_id is not None:
        # Before the entry's row, as everybody who publishes or takes a role does.
        await hold_members(tx, [(organisation_id, wanted.subject_id)])
    subject_id = await store.subject_of(tx.connection, contact_id)
    if subject_id is not None:
        await lock_subject(tx, subject_id)
    before = await _for_change(tx, caller, contact_id, version, frozenset(wanted.told) <= KEPT_BY_ONESELF)
    if before.subject_id != subject_id:
        # Another member's by now: what the caller has read is not what stands there.
        raise version_mismatch(before.version)
    if before.subject_id is not None and not caller.is_person(before.subject_id):
        await refuse_if_restricted(tx.connection, before.subject_id)
    contact = only(await change_contacts(tx, settings, [(before, wanted)]))
    log.info("contact-updated", contact_id=str(contact_id), version=contact.version)
    return await _managed(tx, contact)


async def confirm_contact(
    tx: Transaction, caller: Caller, settings: RegistrySettings, contact_id: UUID, version: int
) -> ManagedContactAnswer:
    """Everything is still right."""
    return await change_contact(tx, caller, settings, contact_id, version, ChangeContact())


async def withdraw_contact(tx: Transaction, caller: Caller, contact_id: UUID, version: int) -> None:
    """Withdraw a contact; whoever had it as their own gets another."""
    contact = await store.contact(tx.connection, contact_id)
    belongs = Belongs() if contact is None else Belongs(contact.organisation_id, contact.district)
    PERMISSIONS.require("withdraw-contact", caller, belongs, what="contact")
    if contact is None:
        raise not_found("contact")
    if contact.version != version:
        raise version_mismatch(contact.version)
    await _withdraw(tx, contact)


async def _withdraw(tx: Transaction, contact: StoredContact) -> None:
    for other in await store.substituted_by(tx.connection, contact.contact_id):
        changed = other.model_copy(update={"substitute_id": None, "version": other.version + 1})
        await store.save_contact(tx.connection, changed)
        tx.publish(ContactUpdated(**published(changed)))
    await own_contacts.note_of_contacts(tx.connection, [contact.contact_id], tx.now)
    await support_store.contact_left(tx.connection, contact.contact_id, tx.now.astimezone(BERLIN).date())
    await store.remove_contact(tx.connection, contact.contact_id)
    tx.publish(ContactWithdrawn(contact_id=contact.contact_id, version=contact.version + 1))
    tx.bury("registry.contacts", contact.contact_id)
    log.info("contact-withdrawn", contact_id=str(contact.contact_id))


async def correct_entries(tx: Transaction, subject_id: UUID, right: dict[str, Any]) -> None:
    """What stands wrongly in the directory about a member is put right in each of their entries (Art. 16 DSGVO)."""
    for entry in await restrictions.contacts_of(tx.connection, subject_id):
        before = await store.contact(tx.connection, entry.contact_id)
        if before is not None:
            contact = before.model_copy(update={**right, "version": before.version + 1})
            await store.save_contact(tx.connection, contact)
            tx.publish(ContactUpdated(**published(contact)))


async def contact(connection: Any, contact_id: UUID, now: datetime) -> ContactAnswer:
    """One contact of a verified organisation."""
    found = await store.contacts_by_id(connection, [contact_id])
    if not found:
        raise Refusal(
            Reason.NOT_FOUND,
            "contact-not-found",
            de="Diese Ansprechperson gibt es nicht (mehr).",
            en="There is no such contact (any more).",
        )
    ((_, answer),) = await shown(connection, list(found.values()), now)
    return answer


async def contacts(connection: Any, asked: Asked, now: datetime, **filters: Any) -> list[Shown]:
    """A stretch of the contacts of verified organisations."""
    await check_topic(connection, filters["topic"])
    return await shown(connection, await store.listed(connection, asked, **filters), now)


async def contacts_near(
    connection: Any,
    now: datetime,
    postal_code: str,
    *,
    within_km: int,
    topic: str | None,
    language: str | None,
    after: tuple[bool, float, UUID] | None,
    rows: int,
    skip: int = 0,
) -> list[tuple[ListedContact, NearContactAnswer]]:
    """Contacts around a place, nearest first, those that nobody has confirmed for long after all others."""
    await check_topic(connection, topic)
    place = await places_store.place(connection, postal_code)
    if place is None:
        raise place_not_found()
    here = rules.plane(place.latitude, place.longitude)
    near = await store.near(
        connection, here, float(within_km), topic=topic, language=language, after=after, rows=skip + rows
    )
    districts = {district.ags for district in place.districts}
    return [
        (
            row,
            NearContactAnswer(
                **dict(answer),
                distance_km=round(row.distance_km or 0.0, 1),
                is_responsible=row.district in districts,
            ),
        )
        for row, answer in await shown(connection, near[skip:], now)
    ]


async def managed(
    connection: Any, caller: Caller, asked: Asked, now: datetime, organisation_id: UUID, is_stale: bool | None
) -> list[tuple[ListedContact, ManagedContactAnswer]]:
    """A stretch of an organisation's contacts with what only it sees; a coordinator's are those of their districts."""
    belongs = Belongs(organisation_id=organisation_id)
    PERMISSIONS.require("manage-contacts", caller, belongs, what="organisation")
    all_of_it = caller.has_role(Role.ORGANISATION_ADMIN, Role.INTEGRATION, organisation_id=organisation_id)
    districts = caller.districts(Role.COORDINATOR, Role.TRAINER, organisation_id=organisation_id)
    found = await store.managed(
        connection,
        asked,
        organisation_id,
        districts=None if all_of_it or caller.has_role(Role.STATE_ADMIN) else sorted(districts),
        is_stale=is_stale,
    )
    return [(row, _with_management(row, answer)) for row, answer in await shown(connection, found, now)]


async def shown(connection: Any, found: Sequence[ListedContact], now: datetime) -> list[Shown]:
    """What anybody sees of these contacts today, with who stands in."""
    today = now.astimezone(BERLIN).date()
    locked = await _locked(connection, found)
    away = [row.contact_id for row in found if rules.is_away(row, today, locked)]
    known = await store.standing_in(connection, away, rules.SUBSTITUTES_AT_MOST) if away else {}
    locked |= await _locked(connection, known.values())
    return [
        (row, _answer(row, rules.stands_in(row, known, today, locked), now, row.subject_id in locked)) for row in found
    ]


async def _locked(connection: Any, contacts: Iterable[StoredContact]) -> frozenset[UUID]:
    """Of the members behind these contacts those whose data is only to be stored (Art. 18 DSGVO)."""
    members = {each.subject_id for each in contacts if each.subject_id is not None}
    return await restrictions.restricted_among(connection, members) if members else frozenset()


def _answer(row: ListedContact, substitute: StoredContact | None, now: datetime, is_locked: bool) -> ContactAnswer:
    until = rules.absent_until(row.absences, now.astimezone(BERLIN).date())
    told = row.model_dump(include=set(ContactAnswer.model_fields))
    return ContactAnswer(
        **told | (LOCKED if is_locked else {}),
        restricted=is_locked,
        is_open=not is_locked and until is None and rules.is_open(row.office_hours, now),
        absent_until=until,
        stands_in=None if substitute is None else StandIn.model_validate(dict(substitute)),
    )


def _with_management(row: ListedContact, answer: ContactAnswer) -> ManagedContactAnswer:
    more = ManagedContactAnswer.model_fields.keys() - ContactAnswer.model_fields.keys()
    return ManagedContactAnswer.model_validate({**dict(answer), **row.model_dump(include=more)})


async def _managed(tx: Transaction, contact: StoredContact, organisation: str | None = None) -> ManagedContactAnswer:
    if organisation is None:
        names = await organisations_store.organisation_names(tx.connection, {contact.organisation_id})
        organisation = names.get(contact.organisation_id, "")
    volunteers = await own_contacts.count_of_contact(tx.connection, contact.contact_id)
    row = ListedContact(**dict(contact), organisation=organisation, volunteers=volunteers)
    ((_, answer),) = await shown(tx.connection, [row], tx.now)
    return _with_management(row, answer)


async def _for_change(
    tx: Transaction, caller: Caller, contact_id: UUID, version: int, only_what_is_ones_own: bool
) -> StoredContact:
    contact = await store.contact(tx.connection, contact_id)
    belongs = Belongs() if contact is None else Belongs(contact.organisation_id, contact.district)
    own = Belongs() if contact is None else Belongs(contact.organisation_id, person=contact.subject_id)
    if not PERMISSIONS.allows("keep-own-contact", caller, own):
        PERMISSIONS.require("change-contact", caller, belongs, what="contact")
    elif not only_what_is_ones_own and not PERMISSIONS.allows("change-contact", caller, belongs):
        raise forbidden()
    if contact is None:
        raise not_found("contact")
    if contact.version != version:
        raise version_mismatch(contact.version)
    return contact


async def remind(tx: Transaction) -> int:
    """A timer's step: what nobody confirmed in time is stale from now on, and whoever should is reminded, once."""
    found = await store.to_remind(tx.connection, tx.now.astimezone(BERLIN).date(), STEP)
    admins: dict[UUID, list[UUID]] = {}
    for before in found:
        contact = before.model_copy(update={"is_stale": True, "version": before.version + 1})
        await store.save_contact(tx.connection, contact)
        tx.publish(ContactUpdated(**published(contact)))
        organisation_id = contact.organisation_id
        if contact.subject_id is None and organisation_id not in admins:
            admins[organisation_id] = await store.members_with_role(
                tx.connection, organisation_id, Role.ORGANISATION_ADMIN, REMINDED_AT_MOST
            )
        _ask_to_confirm(tx, contact, [contact.subject_id] if contact.subject_id else admins[organisation_id])
    return len(found)


def _ask_to_confirm(tx: Transaction, contact: StoredContact, subject_ids: Iterable[UUID]) -> None:
    for subject_id in subject_ids:
        tx.publish(
            ContactConfirmationDue(
                contact_id=contact.contact_id,
                organisation_id=contact.organisation_id,
                subject_id=subject_id,
                confirmed_on=contact.confirmed_on,
            )
        )
    log.info("contact-confirmation-due", contact_id=str(contact.contact_id))


async def look_again(tx: Transaction) -> int:
    """A timer's step: where a member left, the contact is withdrawn; otherwise it is looked at anew."""
    found = await store.to_check(tx.connection, STEP)
    checked = []
    for contact_id, is_usable, is_member, seen in found:
        contact = await store.contact(tx.connection, contact_id)
        if contact is not None and contact.subject_id != seen:
            # Somebody else's by now: the next step looks at who that is.
            continue
        checked.append(contact_id)
        if contact is None:
            continue
        if not is_member:
            await _withdraw(tx, contact)
        else:
            await store.save_contacts(tx.connection, [(contact, await location_of(tx, contact))])
            await own_contacts.note_of_contacts(tx.connection, [contact_id], tx.now)
            if is_usable:
                await own_contacts.note_waiting(
                    tx.connection, contact.district, contact.organisation_id, contact.capacity, tx.now
                )
    await store.checked(tx.connection, checked)
    return len(found)
