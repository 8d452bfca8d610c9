"""Erasure of a volunteer (Art. 17 DSGVO): asked for here, done by every service on its turn, with a receipt.

The registry erases at once, but keeps the address until notifications has sent the receipt; then the address goes too.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit, clearance_periods, consents, groups, rights
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.handlers.volunteers import known as known_to
from services.registry.models.consents import Channel, Purpose
from services.registry.models.erasures import Erasure, ErasureAccepted, ErasureAnswer, ErasureStatus, RetainedAnswer
from services.registry.models.requests import RequestKind
from services.registry.permissions import PERMISSIONS
from services.registry.rules.erasures import is_complete, latest_log_clean_by, receipt_is_due, waiting_for
from services.registry.rules.request_refusals import no_open_erasure_request
from services.registry.rules.retention import consent_proofs, request_proofs
from services.registry.store import (
    campaigns,
    dealings,
    duplicates,
    merges,
    own_contacts,
    requests,
    support_requests,
    volunteers,
)
from services.registry.store import consents as consents_store
from services.registry.store import erasures as store
from services.registry.store import volunteer_contacts as contacts
from shared.access.callers import Caller, CallerKind, caller_of
from shared.access.identity import Identity
from shared.access.permissions import Belongs
from shared.contracts.privacy import ErasedHere, ErasureCompleted, ErasureRequested
from shared.contracts.registry import ErasedRecords, ErasureReceiptDue, VolunteerErased
from shared.contracts.topics import log_clean_by
from shared.messaging.erasure import Erase, answer, erase_person
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found
from shared.runtime.ids import new_id
from shared.runtime.settings import IssuerKind

log = structlog.get_logger()

OWN = "registry"
PROOF_KEPT_YEARS = 3
"""After the end of the year of the erasure: as long as claims can be raised (§§ 195, 199(1) BGB)."""


async def request_erasure(
    tx: Transaction,
    caller: Caller,
    volunteer_id: UUID,
    channel: Channel = Channel.IN_PERSON,
    *,
    by_request: bool = False,
) -> ErasureAccepted:
    """Erase a volunteer here and ask every other service to; asking again answers the same erasure.

    Whoever registered somebody without mail takes note of their leaving, which came by `channel`. A privacy officer erases
    nobody who did not ask for it: there is an open request, or it is being carried out (`by_request`).

    Raises
    ------
    Refusal
        `volunteer-not-found`, `processing-restricted`, `forbidden`, `no-open-request`.
    """
    by_right = PERMISSIONS.allows("erase-volunteer", caller, Belongs(person=volunteer_id))
    if not by_right:
        # Asked before the lock, so that nobody waits for, or holds up, what is not theirs; and again behind it.
        await known_to(tx.connection, caller, volunteer_id, "erase-volunteer")
    asked_for = volunteer_id
    volunteer_id, merged_ids = await _locked(tx, volunteer_id)
    known = await store.erasure_of(tx.connection, volunteer_id)
    if known is not None:
        return ErasureAccepted(erasure_id=known.erasure_id)
    if not by_right:
        await _note_leaving(tx, caller, asked_for, channel)
    stored = await volunteers.volunteer(tx.connection, volunteer_id, lock=True)
    if stored is None:
        raise not_found("volunteer")
    if by_right and not caller.is_person(asked_for):
        if not by_request and not await _was_asked_for(tx, [volunteer_id, *merged_ids]):
            raise no_open_erasure_request()
        await audit.record(tx, caller, "erased", "volunteer", asked_for, asked_for)
    erasure_id = new_id()
    await _retain(tx, erasure_id, volunteer_id)
    version = stored.published.version + 1
    tx.publish(VolunteerErased(volunteer_id=volunteer_id, version=version, erased_at=tx.now))
    with_receipt = await _can_be_mailed(tx, volunteer_id)
    await _begin(tx, erasure_id, volunteer_id, _erase, with_receipt=with_receipt)
    for merged_id in merged_ids:
        await _begin(tx, new_id(), merged_id, _erase_merged, with_receipt=False)
    return ErasureAccepted(erasure_id=erasure_id)


async def _was_asked_for(tx: Transaction, subject_ids: list[UUID]) -> bool:
    for subject_id in subject_ids:
        if await requests.has_open(tx.connection, subject_id, (RequestKind.ERASURE,)):
            return True
    return False


async def _note_leaving(tx: Transaction, caller: Caller, volunteer_id: UUID, channel: Channel) -> None:
    """Write down that somebody without mail withdrew their consent, by whom and how it was told: the proof outlives them."""
    stored, _ = await known_to(tx.connection, caller, volunteer_id, "erase-volunteer", lock=True)
    # Somebody may want their data kept, for a claim of theirs (Art. 18(1)(c), (2) DSGVO): that they say themselves.
    await refuse_if_restricted(tx.connection, volunteer_id)
    at = stored.registered_by
    await audit.record(tx, caller, "recorded", "consent", volunteer_id, volunteer_id, "leaving", at)
    told = channel if channel in (Channel.PAPER, Channel.PHONE) else Channel.IN_PERSON
    who = caller.require_person()
    await consents.withdraw(tx, volunteer_id, Purpose.PROCESSING, channel=told, recorded_by=who, organisation_id=at)


async def _locked(tx: Transaction, volunteer_id: UUID) -> tuple[UUID, list[UUID]]:
    """Under which id the person goes on, and the ids that were merged into it: the erasure of either erases both."""
    locked: list[UUID] = []
    # Looked at again behind the locks: a merge may have been under way.
    while (ids := await merges.ids_of(tx.connection, volunteer_id)) != locked:
        for subject_id in ids:
            await lock_subject_for_erasure(tx, subject_id)
        locked = ids
    survivor_id = await merges.survivor_of(tx.connection, volunteer_id)
    return survivor_id, [subject_id for subject_id in ids if subject_id != survivor_id]


async def _erase_merged(tx: Transaction, merged_id: UUID) -> int:
    """What was kept of a merged registration; all else has been the survivor's."""
    records = await merges.remove_of(tx.connection, [merged_id])
    records += await duplicates.forget_checks(tx.connection, merged_id)
    # What came in under that id when it was merged already: by a token that still held, or late from another service.
    records += await requests.remove_of_person(tx.connection, merged_id)
    records += await dealings.remove_of_volunteer(tx.connection, merged_id)
    records += await clearance_periods.erase(tx, merged_id)
    await rights.bury(tx, merged_id)
    for topic in ("registry.volunteers", "registry.volunteer-contacts", "registry.consents"):
        tx.bury(topic, merged_id, person=merged_id)
    return records


async def erase_member(tx: Transaction, subject_id: UUID, erase: Erase) -> None:
    """Staff whose last role went: erased here by `erase` and by every other service, which has messages to them.

    Their address goes at once, so no receipt is sent. The subject is locked for it (`lock_subject_for_erasure`).
    """
    erasure_id = new_id()
    await _retain(tx, erasure_id, subject_id)

    async def everything(tx: Transaction, subject_id: UUID) -> int:
        await rights.bury(tx, subject_id)
        return await requests.remove_of_person(tx.connection, subject_id) + await erase(tx, subject_id)

    await _begin(tx, erasure_id, subject_id, everything, with_receipt=False)


async def _begin(tx: Transaction, erasure_id: UUID, subject_id: UUID, erase: Erase, *, with_receipt: bool) -> None:
    tx.publish(
        ErasureRequested(erasure_id=erasure_id, subject_id=subject_id, requested_at=tx.now, with_receipt=with_receipt)
    )
    records = await erase_person(tx, subject_id, erase)
    answer(tx, OWN, erasure_id, subject_id, records)
    answers = {OWN: _records(tx, records)}
    erasure = Erasure(erasure_id, subject_id, ErasureStatus.REQUESTED, tx.now, answers, with_receipt=with_receipt)
    await store.add(tx.connection, erasure)
    log.info("erasure-requested", erasure_id=str(erasure_id))


async def _can_be_mailed(tx: Transaction, volunteer_id: UUID) -> bool:
    """Whether they, or the member who passes on what somebody without mail is to be told, can be told that it is done."""
    contact = await contacts.contact(tx.connection, volunteer_id)
    return contact is not None and (bool(contact.mail) or contact.through is not None)


async def _retain(tx: Transaction, erasure_id: UUID, subject_id: UUID) -> None:
    """Lock what law obliges to keep, before the rest goes."""
    today = tx.now.astimezone(BERLIN).date()
    kept = consent_proofs(await consents_store.ledger(tx.connection, subject_id), today, PROOF_KEPT_YEARS)
    kept += request_proofs(await requests.of_person(tx.connection, subject_id), today, PROOF_KEPT_YEARS)
    for record in kept:
        await requests.retain(tx.connection, erasure_id, record, tx.now)


async def _erase(tx: Transaction, volunteer_id: UUID) -> int:
    records = await support_requests.remove_of_volunteer(tx.connection, volunteer_id)
    records += await groups.erase(tx, volunteer_id)
    records += await campaigns.remove_calls_of(tx.connection, volunteer_id)
    records += await duplicates.forget_checks(tx.connection, volunteer_id)
    records += await merges.remove_of(tx.connection, [volunteer_id])
    records += await own_contacts.remove_of_volunteer(tx.connection, volunteer_id)
    records += await dealings.remove_of_volunteer(tx.connection, volunteer_id)
    records += await requests.remove_of_person(tx.connection, volunteer_id)
    records += await clearance_periods.erase(tx, volunteer_id)
    records += await volunteers.remove(tx.connection, volunteer_id)
    await contacts.keep_contact_for_receipt(tx.connection, volunteer_id)
    tx.bury("registry.volunteers", volunteer_id, person=volunteer_id)
    tx.bury("registry.consents", volunteer_id, person=volunteer_id)
    await rights.bury(tx, volunteer_id)
    return records


def _records(tx: Transaction, records: int) -> ErasedRecords:
    today = tx.now.astimezone(BERLIN).date()
    return ErasedRecords(service=OWN, deleted_at=tx.now, records=records, log_clean_by=log_clean_by(today))


async def record_answer(tx: Transaction, service: str, event: ErasedHere) -> None:
    """A service has erased: the receipt is due when only notifications is missing, and all is done when none is."""
    erasure = await store.erasure(tx.connection, event.erasure_id, lock=True)
    if erasure is None or erasure.subject_id != event.subject_id:
        raise not_found("erasure")
    if service in erasure.answers:
        return
    told = ErasedRecords(
        service=service,
        deleted_at=event.deleted_at,
        records=event.records,
        log_clean_by=event.log_clean_by,
    )
    erasure = replace(erasure, answers={**erasure.answers, service: told})
    if receipt_is_due(erasure):
        erasure = await _ask_for_receipt(tx, erasure)
    if is_complete(erasure):
        erasure = await _complete(tx, erasure)
    await store.save(tx.connection, erasure)


async def _ask_for_receipt(tx: Transaction, erasure: Erasure) -> Erasure:
    answers = tuple(erasure.answers[service] for service in sorted(erasure.answers))
    clean_by = latest_log_clean_by(answers)
    if clean_by is None:
        raise ValueError("a receipt without answers")
    kept = await requests.retained(tx.connection, erasure.erasure_id)
    tx.publish(
        ErasureReceiptDue(
            erasure_id=erasure.erasure_id,
            subject_id=erasure.subject_id,
            services=answers,
            log_clean_by=clean_by,
            kept_until=max((each.kept_until for each in kept), default=None),
        )
    )
    log.info("erasure-receipt-due", erasure_id=str(erasure.erasure_id))
    return replace(erasure, status=ErasureStatus.RECEIPT_DUE)


async def _complete(tx: Transaction, erasure: Erasure) -> Erasure:
    """The receipt has gone out: the address goes too."""
    removed = await contacts.remove_contact(tx.connection, erasure.subject_id)
    tx.bury("registry.volunteer-contacts", erasure.subject_id, person=erasure.subject_id)
    tx.publish(ErasureCompleted(erasure_id=erasure.erasure_id, subject_id=erasure.subject_id, completed_at=tx.now))
    log.info("erasure-completed", erasure_id=str(erasure.erasure_id))
    own = _records(tx, erasure.answers[OWN].records + removed)
    return replace(
        erasure,
        answers={**erasure.answers, OWN: own},
        status=ErasureStatus.COMPLETED,
        completed_at=tx.now,
    )


async def own_erasure(connection: Any, identity: Identity | None, volunteer_id: UUID) -> ErasureAccepted | None:
    """The erasure that a volunteer has asked for already: their token outlives them by minutes, so they may ask again."""
    if _subject_of(identity) != volunteer_id:
        return None
    known = await store.erasure_of(connection, volunteer_id)
    return None if known is None else ErasureAccepted(erasure_id=known.erasure_id)


async def erasure(connection: Any, identity: Identity | None, erasure_id: UUID) -> ErasureAnswer:
    """How far an erasure has come: for the person, whose token outlives them by minutes, and for the privacy_officer."""
    found = await store.erasure(connection, erasure_id)
    subject_id = _subject_of(identity)
    if subject_id is None:
        caller = await caller_of(connection, identity)
    else:
        caller = Caller(CallerKind.VOLUNTEER, identity, subject_id)
    person = None if found is None else found.subject_id
    PERMISSIONS.require("read-erasure", caller, Belongs(person=person), what="erasure")
    if found is None:
        raise not_found("erasure")
    answers = [found.answers[service] for service in sorted(found.answers)]
    return ErasureAnswer(
        erasure_id=found.erasure_id,
        status=found.status,
        requested_at=found.requested_at,
        completed_at=found.completed_at,
        services=answers,
        waiting_for=waiting_for(found),
        log_clean_by=latest_log_clean_by(answers),
        kept=[
            RetainedAnswer.model_validate(each, from_attributes=True)
            for each in await requests.retained(connection, erasure_id)
        ],
    )


def _subject_of(identity: Identity | None) -> UUID | None:
    if identity is None or identity.kind is not IssuerKind.VOLUNTEER:
        return None
    try:
        return UUID(identity.subject)
    except ValueError:
        return None
