"""Contacts are published and changed, one or many at a time: what hangs together is looked up for all at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.registry.handlers.own_districts import require_in_district
from services.registry.handlers.restrictions import processing_restricted
from services.registry.handlers.together import where_possible
from services.registry.models.contacts import ChangeContact, PublishContact, StoredContact
from services.registry.models.organisations import OrganisationAnswer
from services.registry.rules import directory as rules
from services.registry.rules.members import organisation_not_verified
from services.registry.rules.places import postal_code_unknown
from services.registry.settings import RegistrySettings
from services.registry.store import contacts as store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from services.registry.store import own_contacts, restrictions
from shared.access.callers import Caller
from shared.contracts.registry import Absence, Contact, ContactRegistered, ContactUpdated, OfficeHour
from shared.contracts.vocabulary import OrganisationStatus
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal, not_found
from shared.runtime.ids import new_id

CONTACTS_AT_MOST = 2000
"""Of one organisation."""


@dataclass(frozen=True)
class _Surroundings:
    """What contacts refer to, as far as it is there: topics, members by organisation, substitutes, offices."""

    topics: frozenset[str]
    members: frozenset[tuple[UUID, UUID]]
    restricted: frozenset[UUID]
    """Whose data may only be stored (Art. 18 DSGVO): nobody else publishes them."""
    substitutes: Mapping[UUID, StoredContact]
    offices: Mapping[tuple[str, str | None], tuple[tuple[float, float], bool]]

    def check(self, contact: StoredContact, before: StoredContact | None) -> None:
        """Refuse what does not hang together.

        Raises
        ------
        Refusal
            `topic-unknown`, `no-member-of-organisation`, `processing-restricted`, `substitute-not-here`.
        """
        if (before is None or contact.topic != before.topic) and contact.topic not in self.topics:
            raise _topic_unknown()
        told_member = contact.subject_id is not None and (before is None or contact.subject_id != before.subject_id)
        if told_member and (contact.subject_id, contact.organisation_id) not in self.members:
            raise _no_member()
        if told_member and contact.subject_id in self.restricted:
            raise processing_restricted()
        if contact.substitute_id is not None and (before is None or contact.substitute_id != before.substitute_id):
            substitute = self.substitutes.get(contact.substitute_id)
            is_here = substitute is not None and substitute.organisation_id == contact.organisation_id
            if not is_here or contact.substitute_id == contact.contact_id:
                raise _substitute_not_here()

    def location(self, contact: StoredContact) -> tuple[float, float]:
        """Where its office is, in the plane of `rules/directory`."""
        found = self.offices.get((contact.district, contact.postal_code))
        if found is None:
            raise not_found("district")
        degrees, is_known = found
        if contact.postal_code is not None and not is_known:
            raise postal_code_unknown()
        return rules.plane(*degrees)


async def publish_contacts(
    tx: Transaction, caller: Caller, settings: RegistrySettings, told: Sequence[PublishContact]
) -> list[StoredContact | Refusal]:
    """Publish contacts of verified organisations; of each what it is, or why it is refused.

    Whoever has an id already (`PublishContactAs`) may stand in for others of `told`, in whatever order they are told.
    """
    organisations = await organisations_store.locked(tx.connection, (each.organisation_id for each in told))
    await hold_members(tx, ((each.organisation_id, each.subject_id) for each in told))
    counts = Counter(await store.count_by_organisation(tx.connection, organisations))
    together = [_new(tx, settings, each) for each in told]
    around = await _surroundings(tx, together, together)

    there = await _there(tx, told)

    def look(each: PublishContact) -> tuple[StoredContact, tuple[float, float]]:
        require_in_district("publish-contact", caller, each.organisation_id, each.district)
        _check_organisation(organisations.get(each.organisation_id), each.district)
        role = _role(each)
        if role is not None and role in there:
            raise _contact_exists(there[role])
        if counts[each.organisation_id] >= CONTACTS_AT_MOST:
            raise _too_many_contacts()
        contact = _new(tx, settings, each)
        around.check(contact, None)
        location = around.location(contact)
        counts[each.organisation_id] += 1
        if role is not None:
            there[role] = contact.contact_id
        return contact, location

    async def publish(placed: list[tuple[StoredContact, tuple[float, float]]]) -> list[StoredContact | Refusal]:
        left = rules.without_lost_substitutes([contact for contact, _ in placed], together)
        contacts = [contact for contact, _ in placed if contact.contact_id in left]
        await store.add_contacts(tx.connection, [each for each in placed if each[0].contact_id in left])
        for contact in contacts:
            tx.publish(ContactRegistered(**published(contact)))
        await _ask_who_waits(tx, contacts)
        return [contact if contact.contact_id in left else _substitute_not_here() for contact, _ in placed]

    return await where_possible(told, look, publish)


_Role = tuple[UUID, str, str, UUID]
"""Organisation, district, topic and member: somebody is one contact for that, not two."""


def _role(told: PublishContact) -> _Role | None:
    return None if told.subject_id is None else (told.organisation_id, told.district, told.topic, told.subject_id)


async def _there(tx: Transaction, told: Sequence[PublishContact]) -> dict[_Role, UUID]:
    roles = {role for each in told if (role := _role(each)) is not None}
    return await store.same(tx.connection, roles) if roles else {}


async def change_contacts(
    tx: Transaction, settings: RegistrySettings, wanted: Sequence[tuple[StoredContact, ChangeContact]]
) -> list[StoredContact | Refusal]:
    """Change contacts whose rows are locked; who may do it was decided before. What is not told is confirmed, too."""
    fresh = _fresh(tx, settings)
    pairs = [
        (
            before,
            StoredContact.model_validate(
                {
                    **before.model_dump(),
                    **_stored(change.model_dump(include=set(change.told))),
                    **fresh,
                    "version": before.version + 1,
                }
            ),
        )
        for before, change in wanted
    ]
    named = (
        (contact.organisation_id, contact.subject_id) for old, contact in pairs if contact.subject_id != old.subject_id
    )
    await hold_members(tx, named)
    around = await _surroundings(tx, [contact for _, contact in pairs])

    def look(pair: tuple[StoredContact, StoredContact]) -> tuple[StoredContact, StoredContact, Any]:
        before, contact = pair
        around.check(contact, before)
        moved = contact.postal_code != before.postal_code
        return before, contact, around.location(contact) if moved else None

    async def change(changed: list[tuple[StoredContact, StoredContact, Any]]) -> list[StoredContact]:
        await store.save_contacts(tx.connection, [(contact, location) for _, contact, location in changed])
        contacts = [contact for _, contact, _ in changed]
        for contact in contacts:
            tx.publish(ContactUpdated(**published(contact)))
        others = [contact.contact_id for before, contact, _ in changed if contact.subject_id != before.subject_id]
        if others:
            await own_contacts.note_of_contacts(tx.connection, others, tx.now)
        await _ask_who_waits(tx, contacts)
        return contacts

    return await where_possible(pairs, look, change)


async def hold_members(tx: Transaction, told: Iterable[tuple[UUID, UUID | None]]) -> None:
    """Until the commit nobody takes the roles from these members, erases or restricts them: whoever becomes a contact is one
    of the organisation, or is found among its contacts when they leave.

    In the order of whoever takes a role: organisation, person.
    """
    members = {(organisation_id, subject_id) for organisation_id, subject_id in told if subject_id is not None}
    if members:
        await organisations_store.keep_unchanged(tx.connection, {organisation_id for organisation_id, _ in members})
        await lock_subjects(tx, {subject_id for _, subject_id in members})


async def location_of(tx: Transaction, contact: StoredContact) -> tuple[float, float]:
    """Where the office of a contact is, in the plane of `rules/directory`."""
    return (await _surroundings(tx, [contact])).location(contact)


async def _surroundings(
    tx: Transaction, contacts: Sequence[StoredContact], together: Sequence[StoredContact] = ()
) -> _Surroundings:
    """`together`: those who are published in the same step, so are not stored yet."""
    members = {each.subject_id for each in contacts if each.subject_id is not None}
    found = await members_store.members(tx.connection, members) if members else []
    substitutes = {each.substitute_id for each in contacts if each.substitute_id is not None}
    return _Surroundings(
        topics=await store.topics_among(tx.connection, {each.topic for each in contacts}),
        members=frozenset((each.subject_id, m.organisation_id) for each in found for m in each.memberships),
        restricted=await restrictions.restricted_among(tx.connection, members) if members else frozenset(),
        substitutes={
            **(await store.locked(tx.connection, substitutes) if substitutes else {}),
            **{each.contact_id: each for each in together if each.contact_id in substitutes},
        },
        offices=await store.locations_of_offices(
            tx.connection, {(each.district, each.postal_code) for each in contacts}
        ),
    )


async def _ask_who_waits(tx: Transaction, contacts: Sequence[StoredContact]) -> None:
    room: Counter[tuple[str, UUID]] = Counter()
    for contact in contacts:
        room[contact.district, contact.organisation_id] += contact.capacity
    for (district, organisation_id), capacity in sorted(room.items()):
        await own_contacts.note_waiting(tx.connection, district, organisation_id, capacity, tx.now)


def _check_organisation(organisation: OrganisationAnswer | None, district: str) -> None:
    if organisation is None:
        raise not_found("organisation")
    if organisation.status is not OrganisationStatus.VERIFIED:
        raise organisation_not_verified()
    if district not in organisation.districts:
        raise Refusal(
            Reason.INVALID,
            "district-not-of-organisation",
            de="Die Organisation ist in diesem Landkreis nicht tätig.",
            en="The organisation is not active in this district.",
        )


def _new(tx: Transaction, settings: RegistrySettings, told: PublishContact) -> StoredContact:
    fresh = _fresh(tx, settings)
    return StoredContact(**{"contact_id": new_id(), "version": 1, **fresh, **_stored(told.model_dump())})


def _fresh(tx: Transaction, settings: RegistrySettings) -> dict[str, Any]:
    """What is said of a contact that was confirmed today."""
    today = tx.now.astimezone(BERLIN).date()
    stale_from = rules.stale_from(today, settings.contact_fresh_months)
    return {"confirmed_on": today, "stale_from": stale_from, "is_stale": False}


def _stored(told: dict[str, Any]) -> dict[str, Any]:
    """What was told, as it is stored."""
    kinds = {"office_hours": OfficeHour, "absences": Absence}
    stored = {
        name: tuple(kinds[name](**part) for part in value) if name in kinds else value for name, value in told.items()
    }
    if "languages" in stored:
        stored["languages"] = tuple(sorted(set(stored["languages"])))
    return stored


def published(contact: StoredContact) -> dict[str, Any]:
    """What other services hear of a contact."""
    return contact.model_dump(include=set(Contact.model_fields))


def _topic_unknown() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "topic-unknown",
        de="Dieses Thema gibt es nicht. Die Landesverwaltung kann es ergänzen.",
        en="There is no such topic. The state administration can add it.",
    )


def _no_member() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "no-member-of-organisation",
        de="Diese Person gehört nicht zu der Organisation.",
        en="This person does not belong to the organisation.",
    )


def _substitute_not_here() -> Refusal:
    return Refusal(
        Reason.INVALID,
        "substitute-not-here",
        de="Die Vertretung ist eine andere Ansprechperson derselben Organisation.",
        en="The substitute is another contact of the same organisation.",
    )


def _contact_exists(contact_id: UUID) -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "contact-exists",
        de="Diese Person ist für diesen Landkreis und dieses Thema schon veröffentlicht. Bitte ändern Sie den Eintrag.",
        en="This person is published for this district and topic already. Please change that entry.",
        contact_id=str(contact_id),
    )


def _too_many_contacts() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "too-many-contacts",
        de="So viele Ansprechpersonen kann eine Organisation nicht veröffentlichen.",
        en="An organisation cannot publish so many contacts.",
        at_most=CONTACTS_AT_MOST,
    )
