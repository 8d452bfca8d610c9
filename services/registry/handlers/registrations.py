"""People become volunteers: by themselves, or registered by a coordinator; confirmed by a mailed link or on the spot.

Each unconfirmed registration stands on its own: its own link confirms its own data, and whoever confirms an address first
has it; other registrations with that address are forgotten then. So nobody can occupy an address that is not theirs.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit, consents, own_contacts, rights, sign_in
from services.registry.handlers.own_districts import require_in_district
from services.registry.handlers.places import district_of
from services.registry.handlers.sign_in import TokenMint
from services.registry.handlers.vocabularies import skills_of, wishes_of
from services.registry.models.addresses import mail_hash
from services.registry.models.ages import Ages
from services.registry.models.consents import Channel, Purpose
from services.registry.models.registrations import (
    MAIL_SENT,
    RecordedConsent,
    RegisteredForSomebody,
    RegisterForSomebody,
    RegisterVolunteer,
    RegistrationAnswer,
)
from services.registry.models.sign_in import TokensAnswer
from services.registry.models.volunteers import Profile, StoredVolunteer, VolunteerContact, VolunteerStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.ages import ages_of, needs_guardian
from services.registry.rules.registrations import guardian_not_needed
from services.registry.settings import RegistrySettings
from services.registry.store import consents as consents_store
from services.registry.store import requests
from services.registry.store import volunteer_contacts as contacts
from services.registry.store import volunteers as store
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired, link_used
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    ConfirmationRequested,
    VolunteerContactUpdated,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.contracts.vocabulary import Role
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal, not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100


async def check(tx: Transaction, told: RegisterVolunteer) -> tuple[str, Ages]:
    """Refuse what cannot be registered, whosever the address is; the district and the ages that follow."""
    checked = await _checked(tx, told)
    consents.check(told.language, _consented(told))
    return checked


async def check_for_somebody(
    tx: Transaction, caller: Caller, organisation_id: UUID, told: RegisterForSomebody
) -> tuple[str, Ages]:
    """The same of somebody whom the caller wants to register."""
    district, ages = await _checked(tx, told)
    require_in_district("register-volunteer", caller, organisation_id, district)
    return district, ages


async def register(tx: Transaction, settings: RegistrySettings, told: RegisterVolunteer) -> RegistrationAnswer:
    """Take a registration and mail a link that confirms it.

    Whoever is registered already gets a link that signs in, so the answer tells nobody who is; what is wrong with the
    input is said before the address is looked at.
    """
    checked = await check(tx, told)
    owner = await contacts.owner(tx.connection, mail_hash(told.mail))
    if owner is not None:
        try:
            await sign_in.request_mail(tx, settings, owner, VolunteerStatus.CONFIRMED)
        except Refusal:
            # Erased between the two looks: the address is free for a new person.
            pass
        else:
            return MAIL_SENT
    volunteer_id = new_id()
    contact = VolunteerContact(volunteer_id, 1, told.name, told.mail, told.language)
    await contacts.add(tx.connection, contact, claimed=False)
    await _add(tx, settings, volunteer_id, told, *checked)
    for purpose, text_version in _consented(told):
        await consents.give(tx, volunteer_id, purpose, text_version=text_version, language=told.language)
    _ask_to_confirm(tx, settings, contact)
    log.info("volunteer-registration-requested", volunteer_id=str(volunteer_id))
    return MAIL_SENT


async def register_for_somebody(
    tx: Transaction, settings: RegistrySettings, caller: Caller, organisation_id: UUID, told: RegisterForSomebody
) -> RegisteredForSomebody:
    """A coordinator registers somebody who agreed to it on paper, by phone or face to face.

    Without a mail address they are announced at once and reached through the coordinator; with one they confirm it.

    Raises
    ------
    Refusal
        `too-young`, `guardian-consent-needed`, `consent-text-unknown`, `district-not-yours`,
        `organisation-not-found` …
    """
    district, ages = await check_for_somebody(tx, caller, organisation_id, told)
    owner = None if told.mail is None else await contacts.owner(tx.connection, mail_hash(told.mail))
    volunteer_id, coordinator = new_id(), caller.require_person()
    through = None if told.mail else coordinator
    contact = VolunteerContact(volunteer_id, 1, told.name, told.mail, told.language, told.phone, through)
    await contacts.add(tx.connection, contact, claimed=told.mail is None)
    await _add(tx, settings, volunteer_id, told, district, ages, organisation_id)
    for purpose, consent in _recorded(told):
        await consents.give(
            tx,
            volunteer_id,
            purpose,
            text_version=consent.text_version,
            language=consent.language,
            channel=Channel(consent.channel),
            recorded_by=coordinator,
            organisation_id=organisation_id,
        )
    await audit.record(tx, caller, "recorded", "consent", volunteer_id, volunteer_id, organisation_id=organisation_id)
    if told.guardian is not None:
        await _guardian_agrees(tx, caller, volunteer_id, told.guardian, organisation_id)
    status = VolunteerStatus.UNCONFIRMED
    if owner is not None:
        # The coordinator does not learn whose address it is; its owner gets a link, and this registration runs out.
        tx.publish(_contact_updated(contact))
        await sign_in.request_mail(tx, settings, owner, VolunteerStatus.CONFIRMED)
    elif told.mail is not None:
        _ask_to_confirm(tx, settings, contact)
    else:
        tx.publish(_contact_updated(contact))
        status = await _address_is_settled(tx, settings, volunteer_id)
    log.info("volunteer-registered-by-coordinator", volunteer_id=str(volunteer_id))
    return RegisteredForSomebody(volunteer_id=volunteer_id, status=status)


async def confirm(
    tx: Transaction, settings: RegistrySettings, mint: TokenMint, link: Link, idempotency_key: str | None
) -> TokensAnswer:
    """Confirm the address, announce the volunteer, sign them in."""
    status = await confirm_address(tx, settings, link, idempotency_key)
    tokens = await sign_in.start(tx, mint, link.subject_id)
    return tokens.model_copy(update={"guardian_awaited": status is VolunteerStatus.AWAITING_GUARDIAN})


async def confirm_address(
    tx: Transaction, settings: RegistrySettings, link: Link, idempotency_key: str | None
) -> VolunteerStatus:
    """The address is proved; the volunteer is announced unless a guardian has yet to agree.

    Raises
    ------
    Refusal
        `link-used`, `link-expired` (also when somebody else proved the address meanwhile).
    """
    await sign_in.lock_by_link(tx, link)
    again = await burn(tx, link, idempotency_key)
    contact = await contacts.contact(tx.connection, link.subject_id)
    if contact is None or contact.mail is None:
        raise link_expired()
    digest = mail_hash(contact.mail)
    await contacts.lock_address(tx.connection, digest)
    volunteer = await store.volunteer(tx.connection, link.subject_id, lock=True)
    if volunteer is None:
        raise link_expired()
    if volunteer.status is not VolunteerStatus.UNCONFIRMED:
        if not again:
            # Another mail did it; this one may lie in a mailbox that is theirs no longer.
            raise link_used()
        return volunteer.status
    if await contacts.owner(tx.connection, digest) not in (None, link.subject_id):
        raise link_expired()
    await contacts.claim(tx.connection, link.subject_id)
    for other in await contacts.others_unclaimed(tx.connection, digest, link.subject_id):
        await _forget(tx, other)
    return await _address_is_settled(tx, settings, link.subject_id)


async def record_guardian_consent(
    tx: Transaction, caller: Caller, volunteer_id: UUID, consent: RecordedConsent
) -> VolunteerStatus:
    """A coordinator of the district writes down that the guardian agreed: when, how, by which text; not who they are.

    Art. 8 (2) DSGVO (reasonable efforts to verify), Art. 5 (1) (c) DSGVO (no more of the guardian than that).

    Raises
    ------
    Refusal
        `volunteer-not-found`, `guardian-not-needed`, `consent-text-unknown`.
    """
    await lock_subject(tx, volunteer_id)
    stored = await store.volunteer(tx.connection, volunteer_id, lock=True)
    district = None if stored is None else stored.published.district
    organisation_id = answerable(caller, district)
    PERMISSIONS.require(
        "record-guardian-consent", caller, Belongs(organisation_id=organisation_id, district=district), what="volunteer"
    )
    if stored is None or organisation_id is None:
        raise not_found("volunteer")
    if not stored.guardian_awaited:
        raise guardian_not_needed()
    return await _guardian_agrees(tx, caller, volunteer_id, consent, organisation_id)


def answerable(caller: Caller, district: str | None) -> UUID | None:
    """For which of their organisations a coordinator of a district acts."""
    if district is None:
        return None
    covering = [
        m.organisation_id for m in caller.memberships if m.role is Role.COORDINATOR and m.covers(None, district)
    ]
    return min(covering, default=None)


async def _guardian_agrees(
    tx: Transaction,
    caller: Caller,
    volunteer_id: UUID,
    consent: RecordedConsent,
    organisation_id: UUID,
) -> VolunteerStatus:
    await consents.give(
        tx,
        volunteer_id,
        Purpose.GUARDIAN,
        text_version=consent.text_version,
        language=consent.language,
        channel=Channel(consent.channel),
        recorded_by=caller.require_person(),
        organisation_id=organisation_id,
    )
    await audit.record(
        tx, caller, "recorded", "guardian-consent", volunteer_id, volunteer_id, organisation_id=organisation_id
    )
    return await guardian_no_longer_awaited(tx, volunteer_id)


async def guardian_no_longer_awaited(tx: Transaction, volunteer_id: UUID) -> VolunteerStatus:
    """The guardian agreed, or the volunteer turned 16: announce who was waiting."""
    stored = await _locked(tx, volunteer_id)
    if not stored.guardian_awaited:
        return stored.status
    was = stored.status
    if was is VolunteerStatus.UNCONFIRMED:
        await store.save(tx.connection, replace(stored, guardian_awaited=False))
        return was
    version = stored.published.version + (1 if was is VolunteerStatus.CONFIRMED else 0)
    state = stored.published.model_copy(update={"paused": stored.paused or stored.restricted, "version": version})
    if was is VolunteerStatus.AWAITING_GUARDIAN:
        # First the state: a row that waits is one whose guardian is awaited.
        await store.confirm(tx.connection, volunteer_id, tx.now)
    await store.save(tx.connection, replace(stored, published=state, guardian_awaited=False))
    if was is VolunteerStatus.AWAITING_GUARDIAN:
        await _announce(tx, volunteer_id)
    else:
        tx.publish(VolunteerUpdated(**dict(state)))
    return VolunteerStatus.CONFIRMED


async def await_guardian_again(tx: Transaction, volunteer_id: UUID) -> None:
    """The guardian withdrew, or a volunteer turned out to be under 16: nobody finds them until a guardian agrees."""
    stored = await _locked(tx, volunteer_id)
    if stored.guardian_awaited or not needs_guardian(stored.ages):
        return
    announced = stored.status is VolunteerStatus.CONFIRMED
    version = stored.published.version + (1 if announced else 0)
    state = stored.published.model_copy(update={"paused": True, "version": version})
    await store.save(tx.connection, replace(stored, published=state, guardian_awaited=True))
    if announced:
        tx.publish(VolunteerUpdated(**dict(state)))


async def forget_unconfirmed(tx: Transaction) -> int:
    """A timer's step: whoever was not confirmed in time is forgotten, their address too."""
    expired = await store.expired(tx.connection, tx.now, STEP)
    for volunteer_id in expired:
        await _forget(tx, volunteer_id)
        log.info("volunteer-registration-expired", volunteer_id=str(volunteer_id))
    return len(expired)


async def _forget(tx: Transaction, volunteer_id: UUID) -> None:
    # Who waits for a guardian is signed in, and may have asked for something about their data.
    await rights.bury(tx, volunteer_id)
    await requests.remove_of_person(tx.connection, volunteer_id)
    await store.remove(tx.connection, volunteer_id)
    await contacts.remove_contact(tx.connection, volunteer_id)
    tx.bury("registry.volunteer-contacts", volunteer_id, person=volunteer_id)


async def _checked(tx: Transaction, told: Profile) -> tuple[str, Ages]:
    district = await district_of(tx.connection, told.postal_code, told.district)
    # Said before anything is written, though what they mean is only needed then.
    skills_of(told.skills, told.skills_free)
    wishes_of(told.wishes)
    today = tx.now.astimezone(BERLIN).date()
    return district, ages_of(told.birth_date, today, guardian_may_follow=True)


async def _add(
    tx: Transaction,
    settings: RegistrySettings,
    volunteer_id: UUID,
    told: Profile,
    district: str,
    ages: Ages,
    registered_by: UUID | None = None,
) -> None:
    skills, skills_free = skills_of(told.skills, told.skills_free)
    await store.add_volunteer(
        tx.connection,
        volunteer_id,
        told,
        skills=skills,
        skills_free=skills_free,
        district=district,
        ages=ages,
        guardian_awaited=needs_guardian(ages),
        requested_at=tx.now,
        expires_at=tx.now + settings.confirmation_lifetime,
        registered_by=registered_by,
    )


def _ask_to_confirm(tx: Transaction, settings: RegistrySettings, contact: VolunteerContact) -> None:
    tx.publish(_contact_updated(contact))
    expires_at = tx.now + settings.confirmation_lifetime
    tx.publish(ConfirmationRequested(volunteer_id=contact.volunteer_id, expires_at=expires_at))


def _contact_updated(contact: VolunteerContact) -> VolunteerContactUpdated:
    return VolunteerContactUpdated(
        volunteer_id=contact.volunteer_id,
        version=contact.version,
        name=contact.name,
        mail=contact.mail,
        language=contact.language,
        through=contact.through,
    )


def _consented(told: RegisterVolunteer) -> list[tuple[Purpose, str]]:
    chosen = ((each.purpose, each.text_version) for each in told.consents)
    return [(Purpose.PROCESSING, told.consent_text_version), *chosen]


def _recorded(told: RegisterForSomebody) -> list[tuple[Purpose, RecordedConsent]]:
    chosen = (
        (each.purpose, told.consent.model_copy(update={"text_version": each.text_version})) for each in told.consents
    )
    return [(Purpose.PROCESSING, told.consent), *chosen]


async def _address_is_settled(tx: Transaction, settings: RegistrySettings, volunteer_id: UUID) -> VolunteerStatus:
    stored = await _locked(tx, volunteer_id)
    if stored.guardian_awaited and not await consents_store.holds(tx.connection, volunteer_id, Purpose.GUARDIAN):
        await store.await_guardian(tx.connection, volunteer_id, tx.now + settings.guardian_lifetime)
        return VolunteerStatus.AWAITING_GUARDIAN
    await store.confirm(tx.connection, volunteer_id, tx.now)
    await _announce(tx, volunteer_id)
    return VolunteerStatus.CONFIRMED


async def _announce(tx: Transaction, volunteer_id: UUID) -> None:
    stored = await _locked(tx, volunteer_id)
    tx.publish(VolunteerRegistered(**dict(stored.published)))
    await consents.announce(tx, volunteer_id)
    await own_contacts.find_at_once(tx, volunteer_id)
    log.info("volunteer-registered", volunteer_id=str(volunteer_id))


async def _locked(tx: Transaction, volunteer_id: UUID) -> StoredVolunteer:
    stored: Any = await store.volunteer(tx.connection, volunteer_id, lock=True)
    if stored is None:
        raise not_found("volunteer")
    return stored  # type: ignore[no-any-return]
