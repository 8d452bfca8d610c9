"""Consents are given and withdrawn: an entry in the ledger, what follows from it here, and what the others hear."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from services.registry.models.consents import Channel, Decision, Entry, EntryAnswer, Purpose
from services.registry.rules.consents import PURPOSES, check_text, is_announced
from services.registry.store import campaigns, texts
from services.registry.store import consents as store
from shared.contracts.registry import ConsentGiven, ConsentWithdrawn, HeldConsent
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

log = structlog.get_logger()


def check(language: str, chosen: Iterable[tuple[Purpose, str]]) -> None:
    """Refuse a form that showed other texts than those in force (`consent-text-unknown`)."""
    for purpose, text_version in chosen:
        check_text(texts.consent_text(purpose), text_version, language, Channel.WEB)


async def give(
    tx: Transaction,
    volunteer_id: UUID,
    purpose: Purpose,
    *,
    text_version: str,
    language: str,
    channel: Channel = Channel.WEB,
    recorded_by: UUID | None = None,
    organisation_id: UUID | None = None,
) -> bool:
    """Record that a volunteer consents; False when they did so already, to the same text.

    The caller has locked the subject (`lock_subject`). Of a volunteer who was not announced yet nobody hears.

    Raises
    ------
    Refusal
        `consent-text-unknown`, `volunteer-not-found`.
    """
    announced = await _locked(tx, volunteer_id)
    language = check_text(texts.consent_text(purpose), text_version, language, channel)
    if any(
        h.purpose is purpose and h.text_version == text_version for h in await store.held(tx.connection, volunteer_id)
    ):
        return False
    entry = Entry(
        volunteer_id,
        purpose,
        Decision.GIVEN,
        text_version,
        language,
        channel,
        tx.now,
        recorded_by,
        organisation_id,
    )
    await store.add(tx.connection, entry)
    await _announce(tx, entry, announced)
    return True


async def withdraw(
    tx: Transaction,
    volunteer_id: UUID,
    purpose: Purpose,
    *,
    channel: Channel = Channel.WEB,
    recorded_by: UUID | None = None,
    organisation_id: UUID | None = None,
) -> bool:
    """Record that a volunteer withdraws a consent; False when there was none. It holds from the commit on.

    Art. 7 (3) DSGVO: at any time, and as easily as it was given.
    """
    announced = await _locked(tx, volunteer_id)
    ledger = await store.ledger(tx.connection, volunteer_id)
    last = next((entry for entry in reversed(ledger) if entry.purpose is purpose), None)
    if last is None or last.decision is Decision.WITHDRAWN:
        return False
    entry = Entry(
        volunteer_id,
        purpose,
        Decision.WITHDRAWN,
        last.text_version,
        last.language,
        channel,
        tx.now,
        recorded_by,
        organisation_id,
    )
    await store.add(tx.connection, entry)
    if PURPOSES[purpose].only_by_the_person:
        await campaigns.forget_calls_by(tx.connection, volunteer_id, purpose.value)
    await _announce(tx, entry, announced)
    return True


async def announce(tx: Transaction, volunteer_id: UUID) -> None:
    """What a volunteer consented to before they were announced; together with their announcement."""
    ledger = await store.ledger(tx.connection, volunteer_id)
    for entry in ledger:
        if entry.purpose is Purpose.PROCESSING and entry.decision is Decision.GIVEN:
            await _announce(tx, entry, True)
            return


def entries(ledger: Iterable[Entry]) -> list[EntryAnswer]:
    """The ledger as its person sees it."""
    return [EntryAnswer.model_validate(entry, from_attributes=True) for entry in ledger]


async def _announce(tx: Transaction, entry: Entry, announced: bool) -> None:
    log.info(
        "consent-given" if entry.decision is Decision.GIVEN else "consent-withdrawn",
        volunteer_id=str(entry.volunteer_id),
        # Which purpose a special category has would say as much as the category itself.
        purpose=entry.purpose.value if is_announced(entry.purpose) else None,
    )
    if not announced or not is_announced(entry.purpose):
        return
    event = ConsentGiven if entry.decision is Decision.GIVEN else ConsentWithdrawn
    tx.publish(
        event(
            volunteer_id=entry.volunteer_id,
            version=await store.next_version(tx.connection, entry.volunteer_id),
            purpose=entry.purpose.value,
            text_version=entry.text_version,
            held=await _held(tx.connection, entry.volunteer_id),
        )
    )


async def _held(connection: Any, volunteer_id: UUID) -> tuple[HeldConsent, ...]:
    return tuple(
        HeldConsent(purpose=held.purpose.value, text_version=held.text_version, given_at=held.given_at)
        for held in await store.held(connection, volunteer_id)
        if PURPOSES[held.purpose].is_announced
    )


async def _locked(tx: Transaction, volunteer_id: UUID) -> bool:
    announced = await store.is_announced(tx.connection, volunteer_id)
    if announced is None:
        raise not_found("volunteer")
    return announced
