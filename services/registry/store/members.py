"""Members, their roles, and how they are reached, in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.members import ListedMember, MemberContact, MemberFilter, StoredMember
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked, ListQuery, search_words
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "members.sql")

LIST = ListQuery(
    __file__,
    "members.sql",
    "members_listed",
    sorts={"name": "coalesce(c.sort_name, '')", "subject_id": None},
    key="m.subject_id",
)


def _memberships(memberships: Iterable[Membership]) -> list[dict[str, Any]]:
    return [membership.model_dump(mode="json") for membership in memberships]


def _member(row: Any) -> StoredMember | None:
    if row is None:
        return None
    memberships = tuple(Membership.model_validate(entry) for entry in row["memberships"])
    return StoredMember(row["subject_id"], row["version"], row["issuer"], row["subject"], memberships)


async def add_member(connection: Any, member: StoredMember) -> bool:
    """Bind an identity to a new subject id; False when the identity is bound already."""
    added = await queries.add_member(
        connection,
        subject_id=member.subject_id,
        issuer=member.issuer,
        subject=member.subject,
        memberships=_memberships(member.memberships),
    )
    return added is not None


async def subject_of_identity(connection: Any, issuer: str, subject: str) -> UUID | None:
    """Whom an identity is bound to."""
    found: UUID | None = await queries.subject_of_identity(connection, issuer=issuer, subject=subject)
    return found


async def member(connection: Any, subject_id: UUID, *, lock: bool = False) -> StoredMember | None:
    """One member; `lock` holds the row until commit."""
    read = queries.member_for_update if lock else queries.member_by_id
    return _member(await read(connection, subject_id=subject_id))


async def members(connection: Any, subject_ids: Iterable[UUID]) -> list[StoredMember]:
    """These members; those who are none are missing."""
    rows = await queries.members_by_id(connection, subject_ids=list(subject_ids))
    return [found for row in rows if (found := _member(row)) is not None]


async def set_memberships(connection: Any, subject_id: UUID, memberships: Iterable[Membership], version: int) -> None:
    """Write a member's roles."""
    await queries.set_memberships(
        connection, subject_id=subject_id, memberships=_memberships(memberships), version=version
    )


async def members_of(
    connection: Any, organisation_id: UUID, asked: Asked, narrowed: MemberFilter
) -> list[ListedMember]:
    """A stretch of the members of an organisation, each with their roles in it and in no other."""
    found = await LIST.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        role=narrowed.role,
        district=narrowed.district,
        words=None if narrowed.words is None else search_words(narrowed.words),
    )
    return [
        ListedMember(
            subject_id=row["subject_id"],
            version=row["version"],
            name="" if row["restricted"] else row["name"],
            mail="" if row["restricted"] else row["mail"],
            restricted=row["restricted"],
            sort_name=row["sort_name"],
            memberships=tuple(
                Membership.model_validate(entry)
                for entry in row["memberships"]
                if entry["organisation_id"] == str(organisation_id)
            ),
        )
        for row in found
    ]


async def outside(connection: Any, organisation_id: UUID, districts: Sequence[str]) -> list[UUID]:
    """Who holds a role in an organisation for districts that it does not serve, locked."""
    rows = await queries.members_outside(connection, organisation_id=organisation_id, districts=list(districts))
    return [row["subject_id"] for row in rows]


async def erase(connection: Any, subject_id: UUID, now: datetime) -> int:
    """Keep nothing of a member; how many rows went. What they offered to others and nobody redeemed ends."""
    return int(await queries.erase_member(connection, subject_id=subject_id, now=now))


async def count_with_role(connection: Any, organisation_id: UUID, role: Role) -> int:
    """How many members hold a role in an organisation."""
    return int(await queries.count_members_with_role(connection, organisation_id=organisation_id, role=role.value))


async def save_member_contact(connection: Any, subject_id: UUID, name: str, mail: str, language: str) -> MemberContact:
    """Write how a member is reached."""
    version = await queries.save_member_contact(
        connection, subject_id=subject_id, name=name, mail=mail, language=language
    )
    return MemberContact(subject_id, version, name, mail, language)


async def member_contact(connection: Any, subject_id: UUID) -> MemberContact | None:
    """How a member is reached, locked until commit."""
    row = await queries.member_contact_for_update(connection, subject_id=subject_id)
    return None if row is None else MemberContact(**row)


async def add_member_contacts(connection: Any, contacts: Sequence[MemberContact]) -> None:
    """Insert how people are reached who are new."""
    await queries.add_member_contacts(connection, rows=_contacts(contacts))


async def member_contact_exists(connection: Any, subject_id: UUID) -> bool:
    """Whether it is known how a member is reached."""
    return bool(await queries.member_contact_exists(connection, subject_id=subject_id))


async def contacts_locked(connection: Any, subject_ids: Iterable[UUID]) -> dict[UUID, MemberContact]:
    """How members are reached, locked until commit."""
    rows = await queries.member_contacts_for_update(connection, subject_ids=sorted(subject_ids))
    return {row["subject_id"]: MemberContact(**row) for row in rows}


async def save_member_contacts(connection: Any, contacts: Sequence[MemberContact]) -> None:
    """Write how members are reached."""
    await queries.save_member_contacts(connection, rows=_contacts(contacts))


def _contacts(contacts: Sequence[MemberContact]) -> list[dict[str, Any]]:
    return [{**asdict(contact), "subject_id": str(contact.subject_id)} for contact in contacts]


async def move_member_contact(connection: Any, from_id: UUID, to_id: UUID) -> MemberContact | None:
    """Take an invited person's address over to the subject id that they have; None when one was known there."""
    row = await queries.move_member_contact(connection, from_id=from_id, to_id=to_id)
    return None if row is None else MemberContact(**row)


async def remove_member_contact(connection: Any, subject_id: UUID) -> None:
    """Forget how somebody is reached."""
    await queries.remove_member_contact(connection, subject_id=subject_id)
