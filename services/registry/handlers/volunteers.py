"""Volunteers register, confirm their address, change what they told, and take their data with them."""

from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import own_contacts, support_requests
from services.registry.handlers import consents, own_contacts, sign_in, support_requests
from services.registry.handlers.places import district_of
from services.registry.handlers.sign_in import TokenMint
from services.registry.models.ages import Ages
from services.registry.models.consents import Purpose
from services.registry.models.sign_in import TokensAnswer
from services.registry.models.volunteers import (
    MAIL_SENT,
    ChangeVolunteer,
    RegisterVolunteer,
    RegistrationAnswer,
    StoredVolunteer,
    VolunteerAnswer,
    VolunteerContact,
    VolunteerExport,
    VolunteerStatus,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules.addresses import mail_hash
from services.registry.rules.ages import ages_of, ages_on
from services.registry.settings import RegistrySettings
from services.registry.store import consents as consents_store
from services.registry.store import dealings
from services.registry.store import sign_in as sign_ins
from services.registry.store import volunteers as store
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    ConfirmationRequested,
    Volunteer,
    VolunteerContactUpdated,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal, not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

ATTEMPTS = 3
STEP = 100


async def register(tx: Transaction, settings: RegistrySettings, told: RegisterVolunteer) -> RegistrationAnswer:
    """Take a registration and mail a link that confirms it.

    A known address gets a mail too (that link again, or one that signs in), so the answer tells nobody who is
    registered; what is wrong with the input is said before the address is looked at.
    """
    district = await district_of(tx.connection, told.postal_code, told.district)
    ages = ages_of(told.birth_date, tx.now.astimezone(BERLIN).date())
    consents.check(told.language, _consented(told))
    digest = mail_hash(told.mail)
    for _ in range(ATTEMPTS):
        volunteer_id = new_id()
        if await store.claim_address(tx.connection, volunteer_id, told.name, told.mail, digest, told.language):
            await _add(tx, settings, volunteer_id, told, district, ages)
            return MAIL_SENT
        known = await store.volunteer_of_mail(tx.connection, digest)
        if known is None:
            continue
        try:
            await sign_in.request_mail(tx, settings, *known)
        except Refusal:
            # Erased between the two looks: the address is free for a new person.
            continue
        return MAIL_SENT
    return MAIL_SENT


async def _add(
    tx: Transaction,
    settings: RegistrySettings,
    volunteer_id: UUID,
    told: RegisterVolunteer,
    district: str,
    ages: Ages,
) -> None:
    expires_at = tx.now + settings.confirmation_lifetime
    await store.add_volunteer(
        tx.connection,
        volunteer_id,
        told,
        district=district,
        ages=ages,
        requested_at=tx.now,
        expires_at=expires_at,
    )
    for purpose, text_version in _consented(told):
        await consents.give(tx, volunteer_id, purpose, text_version=text_version, language=told.language)
    tx.publish(
        VolunteerContactUpdated(
            volunteer_id=volunteer_id, version=1, name=told.name, mail=told.mail, language=told.language
        )
    )
    tx.publish(ConfirmationRequested(volunteer_id=volunteer_id, expires_at=expires_at))
    log.info("volunteer-registration-requested", volunteer_id=str(volunteer_id))


def _consented(told: RegisterVolunteer) -> list[tuple[Purpose, str]]:
    chosen = ((each.purpose, each.text_version) for each in told.consents)
    return [(Purpose.PROCESSING, told.consent_text_version), *chosen]


async def confirm(tx: Transaction, mint: TokenMint, link: Link, idempotency_key: str | None) -> TokensAnswer:
    """Confirm the address, announce the volunteer, sign them in."""
    await confirm_address(tx, link, idempotency_key)
    return await sign_in.start(tx, mint, link.subject_id)


async def confirm_address(tx: Transaction, link: Link, idempotency_key: str | None) -> None:
    """Confirm the address and announce the volunteer, once (`link-used`, `link-expired`)."""
    await lock_subject(tx, link.subject_id)
    await burn(tx, link, idempotency_key)
    volunteer = await store.volunteer(tx.connection, link.subject_id, lock=True)
    if volunteer is None:
        raise link_expired()
    if volunteer.status is VolunteerStatus.UNCONFIRMED:
        await store.confirm(tx.connection, link.subject_id, tx.now)
        state = volunteer.published.model_copy(update={"registered_at": tx.now})
        tx.publish(VolunteerRegistered(**dict(state)))
        await consents.announce(tx, link.subject_id)
        log.info("volunteer-registered", volunteer_id=str(link.subject_id))


async def volunteer(connection: Any, caller: Caller, volunteer_id: UUID) -> VolunteerAnswer:
    """What a volunteer sees of themselves."""
    PERMISSIONS.require("read-volunteer", caller, Belongs(person=volunteer_id), what="volunteer")
    stored = await _confirmed(connection, volunteer_id)
    return _answer(stored.published, await _contact(connection, volunteer_id))


async def change(
    tx: Transaction, caller: Caller, volunteer_id: UUID, version: int, wanted: ChangeVolunteer
) -> VolunteerAnswer:
    """Change what a volunteer told; nothing is announced when nothing changes."""
    PERMISSIONS.require("change-volunteer", caller, Belongs(person=volunteer_id), what="volunteer")
    await lock_subject(tx, volunteer_id)
    stored = await _confirmed(tx.connection, volunteer_id, lock=True)
    if stored.published.version != version:
        raise version_mismatch(stored.published.version)
    contact = await _contact(tx.connection, volunteer_id)
    changes = await _changes(tx, stored.published, wanted)
    renamed = (wanted.name or contact.name, wanted.language or contact.language)
    state = Volunteer.model_validate({**dict(stored.published), **changes})
    if state == stored.published and renamed == (contact.name, contact.language):
        return _answer(state, contact)
    if renamed != (contact.name, contact.language):
        contact = await store.save_contact(tx.connection, volunteer_id, *renamed)
        tx.publish(
            VolunteerContactUpdated(
                volunteer_id=volunteer_id,
                version=contact.version,
                name=contact.name,
                mail=contact.mail,
                language=contact.language,
            )
        )
    state = state.model_copy(update={"version": version + 1})
    await store.save(tx.connection, state, _ages(stored))
    tx.publish(VolunteerUpdated(**dict(state)))
    log.info("volunteer-updated", volunteer_id=str(volunteer_id), version=state.version)
    return _answer(state, contact)


async def _changes(tx: Transaction, state: Volunteer, wanted: ChangeVolunteer) -> dict[str, Any]:
    told = wanted.model_dump(exclude_none=True, exclude={"name", "language", "postal_code", "district"})
    for terms in ("skills", "wishes", "travel"):
        if terms in told:
            told[terms] = tuple(sorted(set(told[terms])))
    if wanted.postal_code is not None or wanted.district is not None:
        postal_code = wanted.postal_code or state.postal_code
        told["postal_code"] = postal_code
        told["district"] = await district_of(tx.connection, postal_code, wanted.district)
    return told


async def export(connection: Any, caller: Caller, volunteer_id: UUID, exported_at: Any) -> VolunteerExport:
    """Everything that the registry holds of a volunteer (Art. 15, 20 DSGVO)."""
    PERMISSIONS.require("export-volunteer", caller, Belongs(person=volunteer_id), what="person")
    stored = await _confirmed(connection, volunteer_id)
    return VolunteerExport(
        exported_at=exported_at,
        volunteer=_answer(stored.published, await _contact(connection, volunteer_id)),
        reaches_16_on=stored.reaches_16_on,
        reaches_18_on=stored.reaches_18_on,
        consents=consents.entries(await consents_store.ledger(connection, volunteer_id)),
        sign_ins=await sign_ins.sign_ins(connection, volunteer_id),
        placements=await dealings.placements_of(connection, volunteer_id),
        own_contact=await own_contacts.export(connection, volunteer_id),
        support_requests=await support_requests.export(connection, volunteer_id),
    )


async def forget_unconfirmed(tx: Transaction) -> int:
    """A timer's step: whoever did not confirm in time is forgotten, their address too."""
    expired = await store.expired(tx.connection, tx.now, STEP)
    for volunteer_id in expired:
        await store.remove(tx.connection, volunteer_id)
        await store.remove_contact(tx.connection, volunteer_id)
        tx.bury("registry.volunteer-contacts", volunteer_id, person=volunteer_id)
        log.info("volunteer-registration-expired", volunteer_id=str(volunteer_id))
    return len(expired)


async def reach_thresholds(tx: Transaction) -> int:
    """A timer's step: announce those who have turned 16 or 18."""
    today = tx.now.astimezone(BERLIN).date()
    reached = await store.at_a_threshold(tx.connection, today, STEP)
    for stored in reached:
        ages = ages_on(_ages(stored), today)
        state = stored.published.model_copy(
            update={"age_reached": ages.reached, "version": stored.published.version + 1}
        )
        await store.save(tx.connection, state, ages)
        tx.publish(VolunteerUpdated(**dict(state)))
    return len(reached)


def _ages(stored: StoredVolunteer) -> Ages:
    return Ages(stored.published.age_reached, stored.reaches_16_on, stored.reaches_18_on)


async def _confirmed(connection: Any, volunteer_id: UUID, *, lock: bool = False) -> StoredVolunteer:
    stored = await store.volunteer(connection, volunteer_id, lock=lock)
    if stored is None or stored.status is not VolunteerStatus.CONFIRMED:
        raise not_found("volunteer")
    return stored


async def _contact(connection: Any, volunteer_id: UUID) -> VolunteerContact:
    contact = await store.contact(connection, volunteer_id)
    if contact is None:
        raise not_found("volunteer")
    return contact


def _answer(state: Volunteer, contact: VolunteerContact) -> VolunteerAnswer:
    return VolunteerAnswer.model_validate(
        {**dict(state), "name": contact.name, "mail": contact.mail, "language": contact.language}
    )
