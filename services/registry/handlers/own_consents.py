"""A volunteer decides on their consents; a coordinator writes down what somebody without mail told them."""

from typing import Any
from uuid import UUID

from services.registry.handlers import audit, consents, erasures
from services.registry.handlers.registrations import answerable, await_guardian_again
from services.registry.handlers.volunteers import known, note
from services.registry.models.consents import (
    Channel,
    ConsentsAnswer,
    ConsentTextAnswer,
    GiveConsent,
    Held,
    HeldAnswer,
    Purpose,
)
from services.registry.models.erasures import ErasureAccepted
from services.registry.permissions import PERMISSIONS
from services.registry.rules.consents import PURPOSES, guardian_recorded_elsewhere, only_by_the_person, text_shown
from services.registry.store import consents as store
from services.registry.store import texts, volunteers
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found


def consent_texts(language: str) -> list[ConsentTextAnswer]:
    """The texts in force, to be shown before a consent is given."""
    answers = []
    for purpose in Purpose:
        shown = text_shown(texts.consent_text(purpose), language)
        answers.append(
            ConsentTextAnswer(
                purpose=purpose,
                text_version=shown.version,
                language=shown.language,
                title=shown.title,
                text=shown.text,
                is_needed=purpose is Purpose.PROCESSING,
            )
        )
    return answers


async def own(tx: Transaction, caller: Caller, volunteer_id: UUID) -> ConsentsAnswer:
    """What holds now, and the ledger; recorded when somebody else reads it."""
    stored, _ = await known(tx.connection, caller, volunteer_id, "read-consents")
    await note(tx, caller, "read", "consent", stored)
    return await _answer(tx.connection, caller, volunteer_id)


async def give(tx: Transaction, caller: Caller, volunteer_id: UUID, given: GiveConsent) -> ConsentsAnswer:
    """Consent to one purpose.

    Raises
    ------
    Refusal
        `consent-text-unknown`, `consent-only-by-the-person`, `guardian-consent-by-coordinator`, `volunteer-not-found`.
    """
    await lock_subject(tx, volunteer_id)
    stored, _ = await known(tx.connection, caller, volunteer_id, "decide-consents", lock=True)
    if given.purpose is Purpose.GUARDIAN:
        raise guardian_recorded_elsewhere()
    if PURPOSES[given.purpose].only_by_the_person and not caller.is_person(volunteer_id):
        raise only_by_the_person()
    await consents.give(
        tx,
        volunteer_id,
        given.purpose,
        text_version=given.text_version,
        language=given.language,
        **await _how(tx, caller, volunteer_id, given.channel, stored.registered_by),
    )
    return await _answer(tx.connection, caller, volunteer_id)


async def withdraw(
    tx: Transaction, caller: Caller, volunteer_id: UUID, purpose: Purpose, channel: Channel
) -> ConsentsAnswer | ErasureAccepted:
    """Withdraw a consent; it holds nowhere from now on. Without the consent to processing everything is erased.

    Art. 7 (3), Art. 17 (1) (b) DSGVO.
    """
    if purpose is Purpose.PROCESSING:
        return await erasures.request_erasure(tx, caller, volunteer_id, channel)
    await lock_subject(tx, volunteer_id)
    stored, _ = await known(tx.connection, caller, volunteer_id, "decide-consents", lock=True)
    if purpose is Purpose.GUARDIAN:
        raise guardian_recorded_elsewhere()
    how = await _how(tx, caller, volunteer_id, channel, stored.registered_by)
    await consents.withdraw(tx, volunteer_id, purpose, **how)
    return await _answer(tx.connection, caller, volunteer_id)


async def withdraw_of_guardian(tx: Transaction, caller: Caller, volunteer_id: UUID, channel: Channel) -> None:
    """A coordinator writes down that the guardian no longer agrees: nobody finds the volunteer from now on.

    Raises
    ------
    Refusal
        `volunteer-not-found`.
    """
    await lock_subject(tx, volunteer_id)
    stored = await volunteers.volunteer(tx.connection, volunteer_id, lock=True)
    district = None if stored is None else stored.published.district
    organisation_id = answerable(caller, district)
    belongs = Belongs(organisation_id, district)
    PERMISSIONS.require("record-guardian-consent", caller, belongs, what="volunteer")
    if stored is None:
        raise not_found("volunteer")
    how = await _how(tx, caller, volunteer_id, channel, organisation_id)
    if await consents.withdraw(tx, volunteer_id, Purpose.GUARDIAN, **how):
        await await_guardian_again(tx, volunteer_id)


async def _how(
    tx: Transaction, caller: Caller, volunteer_id: UUID, channel: Channel, organisation_id: UUID | None
) -> dict[str, Any]:
    """The person's own choice comes by the web, whatever they say; somebody else's word is recorded as theirs."""
    if caller.is_person(volunteer_id):
        return {"channel": Channel.WEB}
    await audit.record(tx, caller, "recorded", "consent", volunteer_id, volunteer_id, organisation_id=organisation_id)
    told = channel if channel in (Channel.PAPER, Channel.PHONE, Channel.IN_PERSON) else Channel.IN_PERSON
    return {"channel": told, "recorded_by": caller.require_person(), "organisation_id": organisation_id}


async def _answer(connection: Any, caller: Caller, volunteer_id: UUID) -> ConsentsAnswer:
    shown = {
        purpose for purpose, terms in PURPOSES.items() if caller.is_person(volunteer_id) or not terms.only_by_the_person
    }
    held = [_held(each) for each in await store.held(connection, volunteer_id) if each.purpose in shown]
    ledger = [entry for entry in await store.ledger(connection, volunteer_id) if entry.purpose in shown]
    return ConsentsAnswer(held=held, ledger=consents.entries(ledger))


def _held(held: Held) -> HeldAnswer:
    in_force = texts.consent_text(held.purpose)[0].version
    is_current = held.text_version == in_force
    return HeldAnswer(
        purpose=held.purpose,
        text_version=held.text_version,
        given_at=held.given_at,
        is_current=is_current,
        newer_version=None if is_current else in_force,
    )
