"""Events were occasions: note who is to be told what. Nothing is sent here.

The note commits together with the memory of the event, so an occasion makes each of its mails once. Nobody whose erasure
is under way is told anything but the receipt.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.notifications import store
from services.notifications.models import Intent, Note, RecipientKind
from services.notifications.rules.mails import MAILS
from services.notifications.rules.occasions import intents_of
from services.notifications.rules.patience import expiry
from shared.access.rights import restricted_among
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope
from shared.messaging.reaction import Happened, natural_key
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id
from shared.telemetry import correlation

log = structlog.get_logger()


async def tell(tx: Transaction, happened: Sequence[Happened], at_most: timedelta) -> int:
    """Note every mail and message that these events are occasions for; how many. `at_most`: how long a mail is tried.

    In a handful of statements, however many the events.
    """
    notes: list[Note] = []
    for event, envelope in happened:
        with correlation.bind(envelope.correlation_id, str(envelope.id), envelope.traceparent):
            for intent in intents_of(event):
                notes += _in_time(tx, intent, _occasion(intent, event, envelope), at_most)
    return await _keep(tx, await _that_may_be_told(tx, notes))


def _occasion(intent: Intent, event: EventData, envelope: Envelope) -> str:
    """The same event tells each person once, also when it tells several the same."""
    return f"{intent.mail} {intent.subject_id} {natural_key(event, envelope)}"


async def note(tx: Transaction, intent: Intent, occasion: str, at_most: timedelta) -> bool:
    """A delivery and an entry in the inbox, unless it is too late or was noted before."""
    return bool(await _keep(tx, _in_time(tx, intent, occasion, at_most)))


def _in_time(tx: Transaction, intent: Intent, occasion: str, at_most: timedelta) -> list[Note]:
    """What is to be noted within the journey under way; nothing when it is too late."""
    expires_at = expiry(tx.now, intent.expires_at, at_most)
    if expires_at <= tx.now:
        return []
    journey = correlation.current_or_new()
    in_bulk = MAILS[intent.mail].in_bulk
    return [Note(new_id(), occasion, intent, expires_at, in_bulk, journey.correlation_id, journey.causation_id)]


async def _keep(tx: Transaction, notes: Sequence[Note]) -> int:
    """Deliveries and entries in inboxes; how many persons are told something that they were not told before."""
    if not notes:
        return 0
    switched_off = await store.wanting_no_suggestions(
        tx.connection, [each.intent.subject_id for each in notes if MAILS[each.intent.mail].may_be_switched_off]
    )
    restricted = await restricted_among(tx.connection, {each.intent.subject_id for each in notes})
    by_mail = {
        each.delivery_id: each
        for each in notes
        if not (MAILS[each.intent.mail].may_be_switched_off and each.intent.subject_id in switched_off)
        and (MAILS[each.intent.mail].while_restricted or each.intent.subject_id not in restricted)
    }
    added = await store.add_deliveries(tx.connection, by_mail.values(), tx.now)
    told = [each for each in notes if each.delivery_id in added or each.delivery_id not in by_mail]
    await store.add_messages(tx.connection, [each for each in told if MAILS[each.intent.mail].in_inbox], tx.now)
    for each in told:
        with correlation.bind(each.correlation_id, each.causation_id):
            log.info(
                "mail-noted",
                delivery_id=str(each.delivery_id),
                mail_template=each.intent.mail,
                by_mail_status=each.delivery_id in by_mail,
            )
    return len(told)


async def _that_may_be_told(tx: Transaction, notes: Sequence[Note]) -> list[Note]:
    """Nobody concerned was erased, is being erased, or has their data only stored; holds off erasures until the commit."""
    persons = {each for note in notes for each in (note.intent.subject_id, note.intent.concerns) if each is not None}
    if not persons:
        return []
    gone = await lock_subjects(tx, persons)
    gone |= await store.being_erased_among(tx.connection, persons)
    restricted = await restricted_among(tx.connection, persons)
    return [
        each
        for each in notes
        if not {each.intent.subject_id, each.intent.concerns} & gone
        and (MAILS[each.intent.mail].while_restricted or _about(each.intent) not in restricted)
    ]


def _about(intent: Intent) -> UUID | None:
    """The volunteer of whom is told."""
    return intent.subject_id if intent.recipient is RecipientKind.VOLUNTEER else intent.concerns


async def is_locked(connection: Any, mail: str, *subject_ids: UUID | None) -> bool:
    """Is the data of one of these persons only to be stored (Art. 18 DSGVO), and the mail not one that this needs?

    Of a volunteer then nothing is told to anybody, nor to them. Staff get no mail; what comes up for them meanwhile stands
    in their inbox, if they look for it themselves.
    """
    if MAILS[mail].while_restricted:
        return False
    return bool(await restricted_among(connection, [each for each in subject_ids if each is not None]))
