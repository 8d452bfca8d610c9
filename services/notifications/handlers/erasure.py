"""Erasure (Art. 17 DSGVO): here in two steps, because the receipt goes out before the address does.

On `erasure-requested` everything goes but the address; on `erasure-receipt-due` the receipt is noted; once the mail server
has accepted it, or it turns out to be undeliverable, the address goes too, the id is remembered and the service answers.
"""

from datetime import timedelta
from uuid import UUID

import structlog

from services.notifications import merge_store, store
from services.notifications.handlers.telling import note
from services.notifications.models import Delivery, PendingErasure, ReceiptOutcome
from services.notifications.rules.mails import RECEIPT
from services.notifications.rules.occasions import receipt
from shared.contracts.privacy import ErasureRequested
from shared.contracts.registry import ErasureReceiptDue
from shared.messaging.erasure import answer, erase_person
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

SERVICE = "notifications"


async def begin_erasure(tx: Transaction, event: ErasureRequested) -> None:
    """Erase inbox, preferences and every mail to and about the person; the address stays while a receipt is to come."""
    if await lock_subject_for_erasure(tx, event.subject_id):
        return
    await store.begin_erasure(tx.connection, event.erasure_id, event.subject_id, tx.now)
    # The receipt may have been noted before: there is no order across topics.
    records = await store.erase_told(tx.connection, event.subject_id, except_mail=RECEIPT)
    await store.count_erased(tx.connection, event.erasure_id, records)
    if not event.with_receipt:
        pending = PendingErasure(event.erasure_id, event.subject_id, records)
        await _finish(tx, pending, ReceiptOutcome.UNDELIVERABLE)
        return
    log.info("erasure-begun", erasure_id=str(event.erasure_id), records=records)


async def note_receipt(tx: Transaction, event: ErasureReceiptDue, at_most: timedelta) -> None:
    """Note the last mail to the person; it is tried for `at_most`."""
    was_erased = await lock_subject_for_erasure(tx, event.subject_id)
    if await store.is_answered(tx.connection, event.erasure_id):
        return
    await store.begin_erasure(tx.connection, event.erasure_id, event.subject_id, tx.now)
    if was_erased:
        await _finish(tx, PendingErasure(event.erasure_id, event.subject_id, 0), ReceiptOutcome.UNDELIVERABLE)
        return
    await note(tx, receipt(event), f"{RECEIPT} {event.erasure_id}", at_most)


async def finish_erasure(tx: Transaction, delivery: Delivery, outcome: ReceiptOutcome) -> None:
    """The receipt is on its way, or never will be: forget the address and answer. Once."""
    await lock_subject_for_erasure(tx, delivery.subject_id)
    erasure = await store.pending_erasure(tx.connection, UUID(str(delivery.data["erasure_id"])))
    if erasure is not None:
        await _finish(tx, erasure, outcome)


async def _finish(tx: Transaction, erasure: PendingErasure, outcome: ReceiptOutcome) -> None:
    records = erasure.records + await erase_person(tx, erasure.subject_id, _erase_the_rest)
    await store.answer_erasure(tx.connection, erasure.erasure_id, records, outcome, tx.now)
    answer(tx, SERVICE, erasure.erasure_id, erasure.subject_id, records)
    log.info("erasure-receipt-settled", erasure_id=str(erasure.erasure_id), receipt_status=outcome)


async def _erase_the_rest(tx: Transaction, subject_id: UUID) -> int:
    told = await store.erase_told(tx.connection, subject_id, except_mail=None)
    told += await merge_store.erase(tx.connection, subject_id)
    return told + await store.erase_contacts(tx.connection, subject_id)
