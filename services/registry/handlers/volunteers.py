"""Volunteers see and change what they told, and are found by whom they dealt with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.places import district_of
from services.registry.handlers.registrations import await_guardian_again, guardian_no_longer_awaited
from services.registry.handlers.vocabularies import skills_of, wishes_of
from services.registry.models.consents import Purpose
from services.registry.models.volunteers import (
    ChangeVolunteer,
    StoredVolunteer,
    VolunteerAnswer,
    VolunteerContact,
    VolunteerContactAnswer,
    VolunteerStatus,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules.ages import ages_of, ages_on, birth_date_told_already, needs_guardian
from services.registry.rules.registrations import registration_not_confirmed
from services.registry.store import consents as consents_store
from services.registry.store import volunteer_contacts as contacts
from services.registry.store import volunteers as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import Volunteer, VolunteerContactUpdated, VolunteerUpdated
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch

log = structlog.get_logger()

STEP = 100
EVERY_DISTRICT = ""
KEPT_FROM_OTHERS = frozenset(("read-volunteer", "change-volunteer", "change-address"))
"""What nobody does for somebody whose data may only be stored (Art. 18 DSGVO); a word of theirs on consents is taken."""


async def own_volunteer(connection: Any, caller: Caller) -> VolunteerAnswer:
    """What a volunteer sees of themselves."""
    return answer(*await known(connection, caller, caller.require_person(), "read-volunteer"))


async def volunteer(tx: Transaction, caller: Caller, volunteer_id: UUID) -> VolunteerAnswer:
    """The same by id; also for whoever registered them, as long as they have no account of their own: recorded."""
    stored, contact = await known(tx.connection, caller, volunteer_id, "read-volunteer")
    await note(tx, caller, "read", "volunteer", stored)
    return answer(stored, contact)


async def note(tx: Transaction, caller: Caller, action: str, kind: str, stored: StoredVolunteer) -> None:
    """Record what somebody else did with a volunteer's data; what they do themselves is recorded nowhere."""
    volunteer_id = stored.published.volunteer_id
    if not caller.is_person(volunteer_id):
        await audit.record(tx, caller, action, kind, volunteer_id, volunteer_id, None, stored.registered_by)


async def change(
    tx: Transaction, caller: Caller, volunteer_id: UUID, version: int, wanted: ChangeVolunteer
) -> VolunteerAnswer:
    """Change what a volunteer told; nothing is announced when nothing changes.

    Raises
    ------
    Refusal
        `volunteer-not-found`, `version-mismatch`, `term-unknown`, `birth-date-told-already`, `too-young` …
    """
    await lock_subject(tx, volunteer_id)
    stored, contact = await known(tx.connection, caller, volunteer_id, "change-volunteer", lock=True)
    if stored.published.version != version:
        raise version_mismatch(stored.published.version)
    await note(tx, caller, "changed", "volunteer", stored)
    return await apply_changes(tx, stored, contact, wanted)


async def apply_changes(
    tx: Transaction,
    stored: StoredVolunteer,
    contact: VolunteerContact,
    wanted: ChangeVolunteer,
    *,
    corrects: bool = False,
) -> VolunteerAnswer:
    """Write what is given, for whoever may: the person, or a privacy officer who corrects (`corrects`), also the thresholds
    of age that were told once. Subject and row are locked.

    Raises
    ------
    Refusal
        `term-unknown`, `birth-date-told-already`, `too-young`, `postal-code-unknown` …
    """
    told = wanted.model_dump(include={"name", "language", "phone"}, exclude_none=True)
    reached = replace(contact, **told)
    if reached != contact:
        contact = await save_contact(tx, reached)
    changed = await _changed(tx, stored, wanted, corrects=corrects)
    if changed == stored and reached.version == contact.version:
        return answer(stored, contact)
    stored = await save(tx, changed)
    if needs_guardian(stored.ages) and wanted.birth_date is not None:
        await await_guardian_again(tx, stored.published.volunteer_id)
        stored = await required(tx.connection, stored.published.volunteer_id)
    elif stored.guardian_awaited and wanted.birth_date is not None:
        await guardian_no_longer_awaited(tx, stored.published.volunteer_id)
        stored = await required(tx.connection, stored.published.volunteer_id)
    return answer(stored, contact)


async def _changed(
    tx: Transaction, stored: StoredVolunteer, wanted: ChangeVolunteer, *, corrects: bool
) -> StoredVolunteer:
    alike = {"languages", "availability", "absences", "reach_km"}
    told: dict[str, Any] = wanted.model_dump(exclude_none=True, include=alike)
    if wanted.travel is not None:
        told["travel"] = tuple(sorted(set(wanted.travel)))
    if wanted.wishes is not None:
        told["wishes"] = wishes_of(wanted.wishes)
    free = stored.skills_free
    if wanted.skills is not None or wanted.skills_free is not None:
        skills = stored.published.skills if wanted.skills is None else wanted.skills
        told["skills"], free = skills_of(skills, free if wanted.skills_free is None else wanted.skills_free)
    if wanted.postal_code is not None or wanted.district is not None:
        told["postal_code"] = wanted.postal_code or stored.published.postal_code
        told["district"] = await district_of(tx.connection, told["postal_code"], wanted.district)
    moved = told.get("postal_code", stored.published.postal_code) != stored.published.postal_code
    changed = replace(stored, skills_free=free, moved_at=tx.now if moved else stored.moved_at)
    if wanted.birth_date is not None:
        if stored.published.age_reached is not None and not corrects:
            raise birth_date_told_already()
        ages = ages_of(wanted.birth_date, tx.now.astimezone(BERLIN).date(), guardian_may_follow=True)
        told["age_reached"] = ages.reached
        changed = replace(changed, reaches_16_on=ages.reaches_16_on, reaches_18_on=ages.reaches_18_on)
    if wanted.paused is not None:
        changed = replace(changed, paused=wanted.paused, paused_until=stored.paused_until if wanted.paused else None)
        told["paused"] = wanted.paused or stored.guardian_awaited
    return replace(changed, published=Volunteer.model_validate({**dict(stored.published), **told}))


async def volunteers(
    tx: Transaction, caller: Caller, asked: Asked, organisation_id: UUID | None = None, **filters: Any
) -> list[dict[str, Any]]:
    """The volunteers with whom the caller's organisation dealt in their districts, or whom it registered.

    Of whom a name is shown that is recorded.
    """
    reach = _reach(caller, organisation_id)
    thing = _any_of(reach) if reach else _unverified(caller, organisation_id)
    PERMISSIONS.require("list-volunteers", caller, thing, what="organisation")
    found = await store.listed(tx.connection, asked, reach, **filters)
    named = [(row["volunteer_id"], row["volunteer_id"]) for row in found if row["name"] is not None]
    if named:
        await audit.record_each(tx, caller, "read", "volunteer-name", named, organisation_id=organisation_id)
    return found


def _reach(caller: Caller, organisation_id: UUID | None) -> Sequence[tuple[UUID, str]]:
    found: set[tuple[UUID, str]] = set()
    for of in caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN):
        if organisation_id not in (None, of):
            continue
        if caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=of):
            found.add((of, EVERY_DISTRICT))
        else:
            found |= {(of, district) for district in caller.districts(Role.COORDINATOR, organisation_id=of)}
    return sorted(found)


def _any_of(reach: Sequence[tuple[UUID, str]]) -> Belongs:
    return Belongs(organisation_id=reach[0][0], district=reach[0][1] or None)


def _unverified(caller: Caller, organisation_id: UUID | None) -> Belongs:
    """An organisation of the caller's in which nothing can be done yet, or any more: that is what they are told."""
    own = caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN, even_unverified=True)
    found = sorted(own if organisation_id is None else own & {organisation_id})
    if not found:
        return Belongs()
    districts = caller.districts(Role.COORDINATOR, organisation_id=found[0], even_unverified=True)
    return Belongs(organisation_id=found[0], district=min(districts, default=None))


async def contact_of(tx: Transaction, caller: Caller, volunteer_id: UUID) -> VolunteerContactAnswer:
    """How a volunteer is reached: for an organisation that dealt with them and that they let contact them; recorded.

    Contact data is shown only to organisations that the volunteer dealt with, and only while they consent to it; and to
    the organisation that registered somebody without mail, who is reached through it.
    """
    await lock_subject(tx, volunteer_id)
    stored = await store.volunteer(tx.connection, volunteer_id)
    reached = await contacts.contact(tx.connection, volunteer_id)
    belongings = []
    if stored is not None and reached is not None and stored.status is VolunteerStatus.CONFIRMED:
        belongings.append(Belongs(person=volunteer_id))
    # Whose data may only be stored is shown to no organisation (Art. 18 DSGVO).
    if belongings and stored is not None and reached is not None and not stored.restricted:
        if reached.mail is None and stored.registered_by is not None:
            belongings.append(Belongs(stored.registered_by, stored.published.district, volunteer_id))
        if await consents_store.holds(tx.connection, volunteer_id, Purpose.CONTACT_BY_ORGANISATIONS):
            dealt = await store.dealings(tx.connection, volunteer_id)
            belongings += [Belongs(organisation_id, district, volunteer_id) for organisation_id, district in dealt]
    _check_confirmed(caller, stored, "read-volunteer-contact")
    seen_as = next((b for b in belongings if PERMISSIONS.allows("read-volunteer-contact", caller, b)), Belongs())
    PERMISSIONS.require("read-volunteer-contact", caller, seen_as, what="volunteer")
    if not caller.is_person(volunteer_id):
        organisation_id = seen_as.organisation_id
        await audit.record(tx, caller, "read", "volunteer-contact", volunteer_id, volunteer_id, None, organisation_id)
    return VolunteerContactAnswer.model_validate(reached, from_attributes=True)


async def save(tx: Transaction, stored: StoredVolunteer) -> StoredVolunteer:
    """Write a changed volunteer as the next version, and announce it when they are announced; the row is locked."""
    paused = stored.paused or stored.guardian_awaited or stored.restricted
    state = stored.published.model_copy(update={"paused": paused, "version": stored.published.version + 1})
    stored = replace(stored, published=state)
    await store.save(tx.connection, stored)
    if stored.status is VolunteerStatus.CONFIRMED:
        tx.publish(VolunteerUpdated(**dict(state)))
    log.info("volunteer-updated", volunteer_id=str(state.volunteer_id), version=state.version)
    return stored


async def save_contact(
    tx: Transaction, contact: VolunteerContact, mail_to_confirm: str | None = None
) -> VolunteerContact:
    """Write how a volunteer is reached, and tell notifications."""
    contact = await contacts.save(tx.connection, contact, tx.now)
    change = await contacts.change(tx.connection, contact.volunteer_id) if mail_to_confirm is None else None
    tx.publish(
        VolunteerContactUpdated(
            volunteer_id=contact.volunteer_id,
            version=contact.version,
            name=contact.name,
            mail=contact.mail,
            language=contact.language,
            through=contact.through,
            mail_to_confirm=mail_to_confirm or (change.mail if change else None),
        )
    )
    return contact


async def reach_thresholds(tx: Transaction) -> int:
    """A timer's step: announce those who have turned 16 or 18; at 16 no guardian is waited for any more."""
    today = tx.now.astimezone(BERLIN).date()
    reached = await store.at_a_threshold(tx.connection, today, STEP)
    for stored in reached:
        ages = ages_on(stored.ages, today)
        state = stored.published.model_copy(update={"age_reached": ages.reached})
        await save(
            tx, replace(stored, published=state, reaches_16_on=ages.reaches_16_on, reaches_18_on=ages.reaches_18_on)
        )
        if not needs_guardian(ages):
            await guardian_no_longer_awaited(tx, state.volunteer_id)
    return len(reached)


async def known(
    connection: Any, caller: Caller, volunteer_id: UUID, operation: str, *, lock: bool = False
) -> tuple[StoredVolunteer, VolunteerContact]:
    """A volunteer whom the caller may do this with: themselves, or whom their organisation registered without mail.

    Raises
    ------
    Refusal
        `volunteer-not-found`, `forbidden`, `token-missing`.
    """
    stored = await store.volunteer(connection, volunteer_id, lock=lock)
    contact = await contacts.contact(connection, volunteer_id, lock=lock)
    belongs = Belongs(person=volunteer_id)
    locked = stored is not None and stored.restricted and operation in KEPT_FROM_OTHERS
    if stored is not None and contact is not None and contact.mail is None and not locked:
        belongs = Belongs(stored.registered_by, stored.published.district, volunteer_id)
    _check_confirmed(caller, stored, operation)
    PERMISSIONS.require(operation, caller, belongs, what="volunteer")
    if stored is None or contact is None or stored.status is VolunteerStatus.UNCONFIRMED:
        raise not_found("volunteer")
    return stored, contact


def _check_confirmed(caller: Caller, stored: StoredVolunteer | None, operation: str) -> None:
    """Whoever registered somebody with a mail address learns what it waits for; the same whoever the address belongs to."""
    if stored is None or stored.registered_by is None or stored.status is not VolunteerStatus.UNCONFIRMED:
        return
    registered = Belongs(stored.registered_by, stored.published.district, stored.published.volunteer_id)
    if PERMISSIONS.allows(operation, caller, registered):
        raise registration_not_confirmed()


async def required(connection: Any, volunteer_id: UUID, *, lock: bool = False) -> StoredVolunteer:
    """A volunteer who has proved their address (`volunteer-not-found`)."""
    stored = await store.volunteer(connection, volunteer_id, lock=lock)
    if stored is None or stored.status is VolunteerStatus.UNCONFIRMED:
        raise not_found("volunteer")
    return stored


def answer(stored: StoredVolunteer, contact: VolunteerContact) -> VolunteerAnswer:
    """What is shown of a volunteer to themselves."""
    return VolunteerAnswer.model_validate(
        {
            **dict(stored.published),
            "status": stored.status,
            "name": contact.name,
            "mail": contact.mail,
            "phone": contact.phone,
            "language": contact.language,
            "skills_free": stored.skills_free,
            "guardian_awaited": stored.guardian_awaited,
            "paused": stored.paused,
            "paused_until": stored.paused_until,
            "registered_by": stored.registered_by,
        }
    )
