"""Organisations, members, invitations and contacts in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.organisations import (
    ContactAnswer,
    Invitation,
    ListedMember,
    MemberContact,
    OrganisationAnswer,
    PublishContact,
    StoredMember,
)
from services.registry.store import queries
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import OrganisationStatus, Role


async def add_organisation(connection: Any, organisation: OrganisationAnswer, registered_at: datetime) -> None:
    """Insert an organisation."""
    await queries.add_organisation(
        connection,
        **organisation.model_dump(exclude={"districts"}),
        districts=list(organisation.districts),
        registered_at=registered_at,
    )


async def organisation(connection: Any, organisation_id: UUID, *, lock: bool = False) -> OrganisationAnswer | None:
    """One organisation; `lock` holds it until commit."""
    read = queries.organisation_for_update if lock else queries.organisation_by_id
    row = await read(connection, organisation_id=organisation_id)
    return None if row is None else OrganisationAnswer(**row)


async def state_authority(connection: Any, name: str) -> OrganisationAnswer | None:
    """The state authority of this name, locked."""
    row = await queries.state_authority(connection, name=name)
    return None if row is None else OrganisationAnswer(**row)


async def set_status(connection: Any, organisation_id: UUID, status: OrganisationStatus, version: int) -> None:
    """Write an organisation's status."""
    await queries.set_organisation_status(
        connection, organisation_id=organisation_id, status=status.value, version=version
    )


async def organisations(
    connection: Any,
    *,
    after: UUID | None,
    rows: int,
    status: OrganisationStatus | None,
    district: str | None,
    sees_all: bool,
    own: Iterable[UUID],
) -> list[OrganisationAnswer]:
    """A page of organisations in the order of their ids."""
    found = await queries.organisations_after(
        connection,
        after=after,
        rows=rows,
        status=status.value if status else None,
        district=district,
        sees_all=sees_all,
        own=list(own),
    )
    return [OrganisationAnswer(**row) for row in found]


async def organisation_names(connection: Any, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id."""
    rows = await queries.organisation_names(connection, organisation_ids=list(ids))
    return {row["organisation_id"]: row["name"] for row in rows}


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


async def set_memberships(connection: Any, subject_id: UUID, memberships: Iterable[Membership], version: int) -> None:
    """Write a member's roles."""
    await queries.set_memberships(
        connection, subject_id=subject_id, memberships=_memberships(memberships), version=version
    )


async def members_of(connection: Any, organisation_id: UUID, *, after: UUID | None, rows: int) -> list[ListedMember]:
    """A page of the members of an organisation, each with their roles in it and in no other."""
    found = await queries.members_of_organisation(connection, organisation_id=organisation_id, after=after, rows=rows)
    return [
        ListedMember(
            subject_id=row["subject_id"],
            version=row["version"],
            name=row["name"],
            mail=row["mail"],
            memberships=tuple(
                Membership.model_validate(entry)
                for entry in row["memberships"]
                if entry["organisation_id"] == str(organisation_id)
            ),
        )
        for row in found
    ]


async def count_with_role(connection: Any, organisation_id: UUID, role: Role) -> int:
    """How many members hold a role in an organisation."""
    return int(await queries.count_members_with_role(connection, organisation_id=organisation_id, role=role.value))


async def save_member_contact(connection: Any, subject_id: UUID, name: str, mail: str, language: str) -> MemberContact:
    """Write how a member is reached."""
    version = await queries.save_member_contact(
        connection, subject_id=subject_id, name=name, mail=mail, language=language
    )
    return MemberContact(subject_id, version, name, mail, language)


async def member_contact_exists(connection: Any, subject_id: UUID) -> bool:
    """Whether it is known how a member is reached."""
    return bool(await queries.member_contact_exists(connection, subject_id=subject_id))


async def move_member_contact(connection: Any, from_id: UUID, to_id: UUID) -> MemberContact | None:
    """Take an invited person's address over to the subject id that they have; None when one was known there."""
    row = await queries.move_member_contact(connection, from_id=from_id, to_id=to_id)
    return None if row is None else MemberContact(**row)


async def remove_member_contact(connection: Any, subject_id: UUID) -> None:
    """Forget how somebody is reached."""
    await queries.remove_member_contact(connection, subject_id=subject_id)


async def add_invitation(connection: Any, invitation: Invitation) -> None:
    """Insert an invitation."""
    await queries.add_invitation(
        connection,
        invitation_id=invitation.invitation_id,
        subject_id=invitation.subject_id,
        organisation_id=invitation.organisation_id,
        role=invitation.role.value,
        districts=list(invitation.districts),
        requested_at=invitation.requested_at,
        expires_at=invitation.expires_at,
    )


async def invitation(connection: Any, invitation_id: UUID) -> Invitation | None:
    """One invitation, locked."""
    row = await queries.invitation_for_update(connection, invitation_id=invitation_id)
    if row is None:
        return None
    return Invitation(**{**row, "role": Role(row["role"]), "districts": tuple(row["districts"])})


async def redeem(connection: Any, invitation_id: UUID, subject_id: UUID, now: datetime) -> None:
    """An invitation was redeemed by this subject."""
    await queries.redeem_invitation(connection, invitation_id=invitation_id, subject_id=subject_id, now=now)


async def expired_invitations(connection: Any, now: datetime, rows: int) -> Sequence[tuple[UUID, UUID]]:
    """Ids and subject ids of invitations that nobody redeemed in time, locked."""
    found = await queries.expired_invitations(connection, now=now, rows=rows)
    return [(row["invitation_id"], row["subject_id"]) for row in found]


async def remove_invitation(connection: Any, invitation_id: UUID, subject_id: UUID) -> bool:
    """Forget an invitation; whether nothing else is known of the invited person."""
    return bool(await queries.remove_invitation(connection, invitation_id=invitation_id, subject_id=subject_id))


async def add_contact(connection: Any, contact_id: UUID, contact: PublishContact) -> None:
    """Insert a contact."""
    await queries.add_contact(
        connection,
        contact_id=contact_id,
        **contact.model_dump(exclude={"languages"}),
        languages=list(contact.languages),
    )


async def contact(connection: Any, contact_id: UUID) -> Any:
    """One contact, locked: contact_id, version, organisation_id, district."""
    return await queries.contact_for_update(connection, contact_id=contact_id)


async def remove_contact(connection: Any, contact_id: UUID) -> None:
    """Delete a contact."""
    await queries.remove_contact(connection, contact_id=contact_id)


async def contacts(
    connection: Any, *, after: UUID | None, rows: int, district: str | None, topic: str | None
) -> list[ContactAnswer]:
    """A page of published contacts."""
    found = await queries.contacts_after(connection, after=after, rows=rows, district=district, topic=topic)
    return [ContactAnswer(**row) for row in found]
