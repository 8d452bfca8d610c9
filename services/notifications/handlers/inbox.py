"""A person's inbox. The text is made when it is read, from what is known then: nobody's erased name lives on in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications import store
from services.notifications.models import Contact, Facts, Message, RecipientKind
from services.notifications.permissions import PERMISSIONS
from services.notifications.rendering import render_entry
from services.notifications.rules.content import district_of, named, values
from services.notifications.rules.mails import MAILS
from services.notifications.rules.recipients import may_read
from shared.access.callers import Caller, CallerKind, Membership, Standing
from shared.access.permissions import Belongs
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch

Connection = asyncpg.Connection


@dataclass(frozen=True)
class Shown:
    """A message as its reader sees it."""

    message_id: UUID
    kind: str
    language: str
    title: str
    text: str
    about: dict[str, str]
    created_at: datetime
    read_at: datetime | None
    version: int


async def messages(
    connection: "Connection[Any]", caller: Caller, asked: Asked, *, kind: str | None, unread: bool | None
) -> list[Shown]:
    """A stretch of the caller's own inbox."""
    subject_id = caller.require_person()
    PERMISSIONS.require("read-messages", caller, Belongs(person=subject_id), what="message")
    found = await store.messages_of(connection, subject_id, asked, kind, unread)
    return await shown(connection, caller, subject_id, found)


async def read_message(tx: Transaction, caller: Caller, message_id: UUID, expected: int) -> Shown:
    """The caller has read a message; reading it again changes nothing.

    Raises
    ------
    Refusal
        `message-not-found`, `version-mismatch`.
    """
    subject_id = caller.require_person()
    await lock_subject(tx, subject_id)
    message = await store.message_for_update(tx.connection, message_id)
    if message is None:
        raise not_found("message")
    PERMISSIONS.require("read-messages", caller, Belongs(person=message.subject_id), what="message")
    if message.version != expected:
        raise version_mismatch(message.version)
    if message.read_at is None:
        message = await store.mark_message_read(tx.connection, message_id, tx.now)
    return (await shown(tx.connection, caller, subject_id, [message]))[0]


async def shown(
    connection: "Connection[Any]", caller: Caller, subject_id: UUID, found: Sequence[Message]
) -> list[Shown]:
    """Messages as the person reads them, in the language that they chose at the registry."""
    wanted = named((message.mail, message.data) for message in found)
    facts = await store.facts(
        connection,
        offers=wanted.offers,
        courses=wanted.courses,
        organisations=wanted.organisations,
        volunteers=wanted.volunteers,
        members=wanted.members,
        campaigns=wanted.campaigns,
        speakers=wanted.speakers,
    )
    contact = await own_contact(connection, caller.kind, subject_id)
    language = contact.language if contact else "de"
    # Who has left the organisation since sees its volunteers no more, nor does anybody while it is not verified.
    held = [each for each in caller.memberships if each.standing is Standing.VERIFIED]
    return [_shown(message, facts, language, held) for message in found]


async def own_contact(connection: "Connection[Any]", kind: CallerKind, subject_id: UUID) -> Contact | None:
    """How a person is reached, as far as it is known here."""
    where = RecipientKind.MEMBER if kind is CallerKind.MEMBER else RecipientKind.VOLUNTEER
    return (await store.contacts(connection, where, [subject_id])).get(subject_id)


def _shown(message: Message, facts: Facts, language: str, held: Sequence[Membership]) -> Shown:
    if message.concerns is not None and not _may_name(message, facts, held):
        facts = Facts(facts.offers, facts.courses, facts.organisations, {}, facts.members)
    entry = render_entry(message.mail, language, values(message.mail, message.data, facts, language, blanks=True))
    about = {name: str(value) for name, value in message.data.items() if name in ABOUT and value}
    return Shown(
        message_id=message.message_id,
        kind=message.mail,
        language=entry.language,
        title=entry.title,
        text=entry.text,
        about=about,
        created_at=message.created_at,
        read_at=message.read_at,
        version=message.version,
    )


def _may_name(message: Message, facts: Facts, held: Sequence[Membership]) -> bool:
    if "organisation_id" not in message.data:
        # One volunteer wrote to another, of their own accord.
        return True
    organisation_id = UUID(str(message.data["organisation_id"]))
    return may_read(MAILS[message.mail].roles, held, organisation_id, district_of(message.data, facts))


ABOUT = ("offer_id", "placement_id", "course_id", "enrolment_id", "organisation_id", "campaign_id", "group_id")
"""Which ids a message shows, for the face to link to."""
