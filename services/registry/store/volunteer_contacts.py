"""How volunteers are reached, in the database. An address belongs to one volunteer once that one has proved it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.models.addresses import mail_hash
from services.registry.models.volunteers import VolunteerContact, VolunteerStatus
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "volunteer_contacts.sql")


class AddressChange(NamedTuple):
    """An address that waits for its confirmation."""

    change_id: UUID
    mail: str
    mail_hash: bytes
    expires_at: datetime


class WithoutMember(NamedTuple):
    """A volunteer without mail whose member has left."""

    volunteer_id: UUID
    registered_by: UUID
    district: str


async def add(connection: Any, contact: VolunteerContact, *, claimed: bool) -> bool:
    """Write how a new volunteer is reached; False when the address belongs to somebody else already."""
    added = await queries.add_volunteer_contact(
        connection,
        volunteer_id=contact.volunteer_id,
        name=contact.name,
        mail=contact.mail,
        mail_hash=_digest(contact.mail),
        language=contact.language,
        phone=contact.phone,
        claimed=claimed,
        through=contact.through,
    )
    return added is not None


async def lock_address(connection: Any, digest: bytes) -> None:
    """Hold off, until commit, everybody else who would take the same address."""
    await queries.lock_address(connection, mail_hash=digest)


async def owner(connection: Any, digest: bytes) -> UUID | None:
    """Who has proved this address."""
    found: UUID | None = await queries.owner_of_mail(connection, mail_hash=digest)
    return found


async def volunteer_of_mail(connection: Any, digest: bytes) -> tuple[UUID, VolunteerStatus] | None:
    """Whose address this is: of whoever proved it, otherwise of the latest who says so."""
    row = await queries.volunteer_of_mail(connection, mail_hash=digest)
    return None if row is None else (row["volunteer_id"], VolunteerStatus(row["status"]))


async def claim(connection: Any, volunteer_id: UUID) -> None:
    """The volunteer has proved their address."""
    await queries.claim_mail(connection, volunteer_id=volunteer_id)


async def others_unclaimed(connection: Any, digest: bytes, volunteer_id: UUID) -> list[UUID]:
    """Other registrations with this address that nobody has confirmed, locked."""
    rows = await queries.others_unclaimed(connection, mail_hash=digest, volunteer_id=volunteer_id)
    return [row["volunteer_id"] for row in rows]


async def contact(connection: Any, volunteer_id: UUID, *, lock: bool = False) -> VolunteerContact | None:
    """How a volunteer is reached; `lock`: until the commit nobody else changes it, as it is written whole."""
    read = queries.volunteer_contact_for_update if lock else queries.volunteer_contact
    row = await read(connection, volunteer_id=volunteer_id)
    return None if row is None else VolunteerContact(**row)


async def described_since(connection: Any, volunteer_id: UUID) -> datetime | None:
    """Since when name, mail and phone are what they are; None: since the registration."""
    since: datetime | None = await queries.described_since(connection, volunteer_id=volunteer_id)
    return since


async def mail_since(connection: Any, volunteer_id: UUID) -> datetime | None:
    """Since when mails go to this address; None: since the registration."""
    since: datetime | None = await queries.mail_since(connection, volunteer_id=volunteer_id)
    return since


async def save(connection: Any, contact: VolunteerContact, now: datetime) -> VolunteerContact:
    """Write how a volunteer is reached; with the new version."""
    row = await queries.save_volunteer_contact(
        connection,
        volunteer_id=contact.volunteer_id,
        name=contact.name,
        language=contact.language,
        phone=contact.phone,
        mail=contact.mail,
        mail_hash=_digest(contact.mail),
        through=contact.through,
        now=now,
    )
    return VolunteerContact(**row)


async def keep_contact_for_receipt(connection: Any, volunteer_id: UUID) -> None:
    """The address stays for the receipt only."""
    await queries.keep_contact_for_receipt(connection, volunteer_id=volunteer_id)


async def remove_contact(connection: Any, volunteer_id: UUID) -> int:
    """Forget an address; how many rows went."""
    return int(await queries.remove_volunteer_contact(connection, volunteer_id=volunteer_id))


async def begin_change(connection: Any, volunteer_id: UUID, change: AddressChange, now: datetime) -> None:
    """A new address that its owner has yet to confirm."""
    await queries.begin_address_change(connection, volunteer_id=volunteer_id, requested_at=now, **change._asdict())


async def change(connection: Any, volunteer_id: UUID) -> AddressChange | None:
    """The address that waits for its confirmation."""
    row = await queries.address_change(connection, volunteer_id=volunteer_id)
    return None if row is None else AddressChange(**row)


async def end_change(connection: Any, volunteer_id: UUID) -> None:
    """It is confirmed, or will never be."""
    await queries.end_address_change(connection, volunteer_id=volunteer_id)


async def changes_expired(connection: Any, now: datetime, rows: int) -> list[UUID]:
    """Volunteers whose new address nobody confirmed in time, locked."""
    return [row["volunteer_id"] for row in await queries.address_changes_expired(connection, now=now, rows=rows)]


async def organisations_to_check(connection: Any, now: datetime, rows: int) -> list[UUID]:
    """Organisations where a member may have left somebody behind; they are taken off the list."""
    found = await queries.take_hand_over_checks(connection, now=now, rows=rows)
    return [row["organisation_id"] for row in found]


async def check_again(connection: Any, organisation_ids: Collection[UUID], due_at: datetime) -> None:
    """Put organisations on the list again."""
    await queries.check_again(connection, organisation_ids=list(organisation_ids), due_at=due_at)


async def without_member(connection: Any, organisation_ids: Collection[UUID], rows: int) -> list[WithoutMember]:
    """Volunteers without mail whose member is in their organisation no longer, locked."""
    found = await queries.those_whom_a_member_left(connection, organisation_ids=list(organisation_ids), rows=rows)
    return [WithoutMember(**row) for row in found]


async def successor(connection: Any, organisation_id: UUID, district: str) -> UUID | None:
    """Who in an organisation may be told instead."""
    row = await queries.successors_in_organisation(connection, organisation_id=str(organisation_id), district=district)
    return row[0]["subject_id"] if row else None


def _digest(mail: str | None) -> bytes | None:
    return None if mail is None else mail_hash(mail)
