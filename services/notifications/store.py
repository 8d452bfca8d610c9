"""Typed functions over the named SQL. Decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications.models import (
    CampaignFacts,
    Contact,
    CourseFacts,
    Delivery,
    DeliveryRecord,
    DeliveryStatus,
    Facts,
    Message,
    Note,
    OfferFacts,
    PendingErasure,
    Preferences,
    ReceiptOutcome,
    RecipientKind,
    Room,
)
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import OfferStatus, OrganisationStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__)
INBOX = ListQuery(__file__, "queries.sql", "messages_of_subject", sorts={"message_id": None}, key="message_id")

Connection = asyncpg.Connection


async def add_deliveries(connection: "Connection[Any]", notes: Iterable[Note], now: datetime) -> set[UUID]:
    """Mails to be sent, each within its journey; the ids of those whose occasion made none before."""
    rows = await queries.add_deliveries(connection, notes=[_noted(note) for note in notes], now=now)
    return {row["delivery_id"] for row in rows}


async def claim_deliveries(
    connection: "Connection[Any]", now: datetime, lost_at: datetime, room: Room
) -> list[Delivery]:
    """Take what is due; whoever has not settled it at `lost_at` has lost it to the next."""
    rows = await queries.claim_deliveries(
        connection, now=now, lost_at=lost_at, urgent=room.urgent, in_bulk=room.in_bulk, together=room.together
    )
    return [
        Delivery(
            delivery_id=row["delivery_id"],
            mail=row["mail"],
            recipient=RecipientKind(row["recipient"]),
            subject_id=row["subject_id"],
            concerns=row["concerns"],
            data=row["data"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            attempts=row["attempts"],
            correlation_id=row["correlation_id"],
            causation_id=row["causation_id"],
            in_bulk=row["in_bulk"],
        )
        for row in rows
    ]


async def extend_leases(connection: "Connection[Any]", delivery_ids: Iterable[UUID], lost_at: datetime) -> None:
    """These are still being sent."""
    await queries.extend_leases(connection, delivery_ids=list(delivery_ids), lost_at=lost_at)


async def settle_delivery(
    connection: "Connection[Any]",
    delivery: Delivery,
    status: DeliveryStatus,
    reason: str | None,
    now: datetime,
) -> bool:
    """It is over; False when another attempt is in charge of it, or it was erased."""
    settled = await queries.settle_delivery(
        connection,
        delivery_id=delivery.delivery_id,
        attempts=delivery.attempts,
        status=status,
        reason=reason,
        now=now,
    )
    return settled is not None


async def postpone_delivery(connection: "Connection[Any]", delivery: Delivery, reason: str, due_at: datetime) -> None:
    """Try again later."""
    await queries.postpone_delivery(
        connection, delivery_id=delivery.delivery_id, attempts=delivery.attempts, reason=reason, due_at=due_at
    )


async def deliveries_of(connection: "Connection[Any]", subject_id: UUID, at_most: int) -> list[DeliveryRecord]:
    """What was mailed to a person."""
    rows = await queries.deliveries_of_subject(connection, subject_id=subject_id, at_most=at_most)
    return [
        DeliveryRecord(
            row["delivery_id"],
            row["mail"],
            DeliveryStatus(row["status"]),
            row["created_at"],
            row["settled_at"],
        )
        for row in rows
    ]


async def add_messages(connection: "Connection[Any]", notes: Iterable[Note], now: datetime) -> None:
    """Entries in the recipients' inboxes."""
    await queries.add_messages(connection, notes=[_noted(note) for note in notes], now=now)


async def messages_of(
    connection: "Connection[Any]", subject_id: UUID, asked: Asked, kind: str | None = None, unread: bool | None = None
) -> list[Message]:
    """A stretch of a person's inbox."""
    rows = await INBOX.fetch(connection, asked, subject_id=subject_id, kind=kind, unread=unread)
    return [_message(row) for row in rows]


async def message_for_update(connection: "Connection[Any]", message_id: UUID) -> Message | None:
    """One message, locked."""
    row = await queries.message_for_update(connection, message_id=message_id)
    return _message(row) if row else None


async def mark_message_read(connection: "Connection[Any]", message_id: UUID, now: datetime) -> Message:
    """The person has read it."""
    return _message(await queries.mark_message_read(connection, message_id=message_id, now=now))


async def preferences_of(connection: "Connection[Any]", subject_id: UUID) -> Preferences:
    """What a person wants to be told by mail."""
    row = await queries.preferences_of(connection, subject_id=subject_id)
    return _preferences(row) if row else Preferences(subject_id)


async def put_preferences(
    connection: "Connection[Any]", subject_id: UUID, suggestions_by_mail: bool, expected: int
) -> Preferences | None:
    """Change them when they stand at version `expected`; None when they do not."""
    row = await queries.put_preferences(
        connection, subject_id=subject_id, suggestions_by_mail=suggestions_by_mail, expected=expected
    )
    return _preferences(row) if row else None


async def wanting_no_suggestions(connection: "Connection[Any]", subject_ids: Iterable[UUID]) -> set[UUID]:
    """Of these persons those who switched suggestions by mail off."""
    rows = await queries.switched_off_suggestions_among(connection, subject_ids=list(subject_ids))
    return {row["subject_id"] for row in rows}


async def contacts(connection: "Connection[Any]", kind: RecipientKind, ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """How these persons are reached, those that are known."""
    wanted = list(ids)
    if not wanted:
        return {}
    read = queries.volunteer_contacts_by_id if kind is RecipientKind.VOLUNTEER else queries.member_contacts_by_id
    return {row["subject_id"]: Contact(**row) for row in await read(connection, ids=wanted)}


async def consents(connection: "Connection[Any]", volunteer_id: UUID) -> frozenset[str] | None:
    """The purposes to which a volunteer consents; None when that is not known here yet."""
    row = await queries.consents_of(connection, volunteer_id=volunteer_id)
    return None if row is None else frozenset(row["purposes"])


async def facts(
    connection: "Connection[Any]",
    *,
    offers: Iterable[UUID],
    courses: Iterable[UUID],
    organisations: Iterable[UUID],
    volunteers: Iterable[UUID],
    members: Iterable[UUID],
    campaigns: Iterable[UUID] = (),
    speakers: Iterable[UUID] = (),
) -> Facts:
    """What the read models know of these things, in one statement for each kind."""
    offer_rows = await _rows(queries.offers_by_id, connection, offers)
    course_rows = await _rows(queries.courses_by_id, connection, courses)
    campaign_rows = await _rows(queries.campaigns_by_id, connection, campaigns)
    hosts = {row["organisation_id"] for row in (*offer_rows, *course_rows, *campaign_rows)} | set(organisations)
    organisation_rows = await _rows(queries.organisations_by_id, connection, hosts)
    return Facts(
        offers={
            row["offer_id"]: OfferFacts(
                row["title"],
                row["organisation_id"],
                tuple(row["weekly"]),
                row["status"] != OfferStatus.CLOSED,
                row["district"],
            )
            for row in offer_rows
        },
        courses={
            row["course_id"]: CourseFacts(row["title"], row["organisation_id"], row["first_session"])
            for row in course_rows
        },
        organisations={row["organisation_id"]: row["name"] for row in organisation_rows},
        volunteers={
            row["subject_id"]: Contact(**row)
            for row in await _rows(queries.volunteer_contacts_shown, connection, volunteers)
        },
        members=await contacts(connection, RecipientKind.MEMBER, members),
        campaigns={
            row["campaign_id"]: CampaignFacts(row["organisation_id"], row["texts"], row["is_open"])
            for row in campaign_rows
        },
        speakers=await contacts(connection, RecipientKind.VOLUNTEER, speakers),
    )


async def memberships(connection: "Connection[Any]", subject_id: UUID) -> tuple[Membership, ...] | None:
    """What somebody is in which organisation now; None when nobody of this id is known."""
    row = await queries.memberships_of(connection, subject_id=subject_id)
    return None if row is None else tuple(Membership.model_validate(each) for each in row["memberships"])


async def organisation_status(connection: "Connection[Any]", organisation_id: UUID) -> OrganisationStatus | None:
    """Whether an organisation is verified; None when it is not known yet."""
    status = await queries.organisation_status(connection, organisation_id=organisation_id)
    return None if status is None else OrganisationStatus(status)


async def begin_erasure(connection: "Connection[Any]", erasure_id: UUID, subject_id: UUID, now: datetime) -> None:
    """Remember that a person is to be erased."""
    await queries.begin_erasure(connection, erasure_id=erasure_id, subject_id=subject_id, now=now)


async def being_erased_among(connection: "Connection[Any]", subject_ids: Iterable[UUID]) -> set[UUID]:
    """Of these persons those whose erasure is under way."""
    rows = await queries.being_erased_among(connection, subject_ids=list(subject_ids))
    return {row["subject_id"] for row in rows}


async def pending_erasure(connection: "Connection[Any]", erasure_id: UUID) -> PendingErasure | None:
    """The erasure, locked, when it is not answered yet."""
    row = await queries.pending_erasure_for_update(connection, erasure_id=erasure_id)
    return PendingErasure(row["erasure_id"], row["subject_id"], row["records"]) if row else None


async def is_answered(connection: "Connection[Any]", erasure_id: UUID) -> bool:
    """Whether this erasure was answered before."""
    return bool(await queries.is_answered(connection, erasure_id=erasure_id))


async def count_erased(connection: "Connection[Any]", erasure_id: UUID, records: int) -> None:
    """Add to what an erasure has removed."""
    await queries.count_erased(connection, erasure_id=erasure_id, records=records)


async def answer_erasure(
    connection: "Connection[Any]", erasure_id: UUID, records: int, receipt: ReceiptOutcome, now: datetime
) -> None:
    """It is done here."""
    await queries.answer_erasure(connection, erasure_id=erasure_id, records=records, receipt=receipt, now=now)


async def erase_told(connection: "Connection[Any]", subject_id: UUID, except_mail: str | None) -> int:
    """Remove inbox, preferences and mails to and about a person, one kind of mail excepted; how many rows."""
    messages = await queries.erase_messages(connection, subject_id=subject_id)
    preferences = await queries.erase_preferences(connection, subject_id=subject_id)
    deliveries = await queries.erase_deliveries(connection, subject_id=subject_id, except_mail=except_mail)
    return int(messages + preferences + deliveries)


async def erase_contacts(connection: "Connection[Any]", subject_id: UUID) -> int:
    """Forget name and address; how many rows."""
    return int(await queries.erase_contacts(connection, subject_id=subject_id))


async def member_of(connection: "Connection[Any]", subject_id: UUID) -> dict[str, Any] | None:
    """What the read model of members says of a person."""
    row = await queries.member_of(connection, subject_id=subject_id)
    return None if row is None else dict(row)


async def moves_of(connection: "Connection[Any]", subject_id: UUID) -> list[dict[str, Any]]:
    """What went on under one id when two entries were found to be the same person."""
    return [dict(row) for row in await queries.moves_of(connection, subject_id=subject_id)]


async def offers_coordinated_by(connection: "Connection[Any]", subject_id: UUID) -> list[dict[str, Any]]:
    """The offers of which a member is told."""
    return [dict(row) for row in await queries.offers_coordinated_by(connection, subject_id=subject_id)]


async def prune(connection: "Connection[Any]", before: Mapping[str, datetime], at_most: int) -> int:
    """Forget what is older than `before` says per table (deliveries, messages, erasures); how many rows."""
    pruned = 0
    for query, table in (
        (queries.prune_deliveries, "deliveries"),
        (queries.prune_messages, "messages"),
        (queries.prune_erasures, "erasures"),
    ):
        status = await query(connection, before=before[table], at_most=at_most)
        pruned += int(status.rpartition(" ")[2])
    return pruned


async def _rows(query: Any, connection: "Connection[Any]", ids: Iterable[UUID]) -> list[Any]:
    wanted = list(ids)
    return list(await query(connection, ids=wanted)) if wanted else []


def _noted(note: Note) -> dict[str, Any]:
    intent = note.intent
    return {
        "delivery_id": note.delivery_id,
        "natural_key": note.natural_key,
        "mail": intent.mail,
        "recipient": intent.recipient,
        "subject_id": intent.subject_id,
        "concerns": intent.concerns,
        "data": dict(intent.data),
        "expires_at": note.expires_at,
        "correlation_id": note.correlation_id,
        "causation_id": note.causation_id,
        "in_bulk": note.in_bulk,
    }


def _message(row: Any) -> Message:
    return Message(
        message_id=row["message_id"],
        mail=row["mail"],
        subject_id=row["subject_id"],
        concerns=row["concerns"],
        data=row["data"],
        created_at=row["created_at"],
        read_at=row["read_at"],
        version=row["version"],
    )


def _preferences(row: Any) -> Preferences:
    return Preferences(row["subject_id"], row["suggestions_by_mail"], row["version"])
