"""Access and portability (Art. 15, 20 DSGVO): what this service holds of a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications import store
from services.notifications.handlers.inbox import Shown, own_contact, shown
from services.notifications.models import Contact, DeliveryRecord, Preferences
from services.notifications.permissions import PERMISSIONS
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.access.rights import hand_out
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction

ROWS_AT_MOST = 10_000


@dataclass(frozen=True)
class Export:
    """Everything, in the words of the person's language. `is_complete` is false when a list was longer than we give."""

    subject_id: UUID
    exported_at: datetime
    contact: Contact | None
    consents: list[str]
    member: dict[str, Any] | None
    offers: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    preferences: Preferences
    messages: list[Shown]
    mails: list[DeliveryRecord]
    is_complete: bool


async def export(tx: Transaction, caller: Caller, subject_id: UUID) -> Export:
    """What is held of a person: for themselves, and for a privacy officer whom they asked, which is announced.

    Raises
    ------
    Refusal
        `no-open-request`; `person-not-found` for everybody else.
    """
    PERMISSIONS.require("export-person", caller, Belongs(person=subject_id), what="person")
    await hand_out(tx, caller, subject_id, "notifications")
    connection = tx.connection
    member = await store.member_of(connection, subject_id)
    kind = CallerKind.VOLUNTEER if member is None else CallerKind.MEMBER
    messages = await store.messages_of(connection, subject_id, Asked("message_id", ROWS_AT_MOST + 1, descending=True))
    mails = await store.deliveries_of(connection, subject_id, ROWS_AT_MOST + 1)
    reader = Caller(kind, caller.identity, subject_id, caller.memberships if caller.is_person(subject_id) else ())
    return Export(
        subject_id=subject_id,
        exported_at=tx.now,
        consents=sorted(await store.consents(connection, subject_id) or ()),
        member=member,
        moves=await store.moves_of(connection, subject_id),
        offers=await store.offers_coordinated_by(connection, subject_id),
        contact=await own_contact(connection, kind, subject_id),
        preferences=await store.preferences_of(connection, subject_id),
        messages=await shown(connection, reader, subject_id, messages[:ROWS_AT_MOST]),
        mails=mails[:ROWS_AT_MOST],
        is_complete=max(len(messages), len(mails)) <= ROWS_AT_MOST,
    )
