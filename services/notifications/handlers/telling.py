"""An event was an occasion: note who is to be told what. Nothing is sent here.

The note commits together with the memory of the event, so an occasion makes each of its mails once. Nobody whose erasure
is under way is told anything but the receipt.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.notifications import store
from services.notifications.models import Intent, RecipientKind
from services.notifications.rules.mails import MAILS
from services.notifications.rules.occasions import intents_of
from services.notifications.rules.patience import expiry
from shared.access.rights import restricted_among
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope
from shared.messaging.reaction import natural_key
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal
from shared.runtime.ids import new_id

log = structlog.get_logger()


async def tell(tx: Transaction, event: EventData, envelope: Envelope, at_most: timedelta) -> int:
    """Note every mail and message that an event is the occasion for; how many. `at_most`: how long it is tried."""
    told = 0
    for intent in intents_of(event):
        if await _may_be_told(tx, intent):
            told += await note(tx, intent, _occasion(intent, event, envelope), at_most)
    return told


def _occasion(intent: Intent, event: EventData, envelope: Envelope) -> str:
    """The same event tells each person once, also when it tells several the same."""
    return f"{intent.mail} {intent.subject_id} {natural_key(event, envelope)}"


async def note(tx: Transaction, intent: Intent, occasion: str, at_most: timedelta) -> bool:
    """A delivery and an entry in the inbox, unless it is too late or was noted before."""
    expires_at = expiry(tx.now, intent.expires_at, at_most)
    if expires_at <= tx.now:
        return False
    delivery_id = new_id()
    by_mail = not (
        MAILS[intent.mail].may_be_switched_off and await store.wants_no_suggestions(tx.connection, intent.subject_id)
    ) and not await is_locked(tx.connection, intent.mail, intent.subject_id)
    if by_mail and not await store.add_delivery(tx.connection, delivery_id, occasion, intent, tx.now, expires_at):
        return False
    if MAILS[intent.mail].in_inbox:
        await store.add_message(tx.connection, delivery_id, intent, tx.now)
    log.info("mail-noted", delivery_id=str(delivery_id), mail_template=intent.mail, by_mail_status=by_mail)
    return True


async def _may_be_told(tx: Transaction, intent: Intent) -> bool:
    """Nobody concerned was erased or is being erased; holds off an erasure until the commit."""
    for subject_id in sorted({intent.subject_id, intent.concerns or intent.subject_id}):
        try:
            await lock_subject(tx, subject_id)
        except Refusal as refusal:
            if refusal.reason is not Reason.NOT_FOUND:
                raise
            return False
        if await store.is_being_erased(tx.connection, subject_id):
            return False
    about = intent.subject_id if intent.recipient is RecipientKind.VOLUNTEER else intent.concerns
    return not await is_locked(tx.connection, intent.mail, about)


async def is_locked(connection: Any, mail: str, *subject_ids: UUID | None) -> bool:
    """Is the data of one of these persons only to be stored (Art. 18 DSGVO), and the mail not one that this needs?

    Of a volunteer then nothing is told to anybody, nor to them. Staff get no mail; what comes up for them meanwhile stands
    in their inbox, if they look for it themselves.
    """
    if MAILS[mail].while_restricted:
        return False
    return bool(await restricted_among(connection, [each for each in subject_ids if each is not None]))
