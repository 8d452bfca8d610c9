"""Invitations in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.invitations import Invitation, ListedInvitation, OfferedRole
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "invitations.sql")

LIST = ListQuery(
    __file__,
    "invitations.sql",
    "invitations_listed",
    sorts={"expires_at": "i.expires_at", "requested_at": "i.requested_at"},
    key="i.invitation_id",
)


async def add_invitations(connection: Any, invitations: Sequence[Invitation]) -> None:
    """Insert invitations."""
    rows = [
        {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(invitation).items()}
        for invitation in invitations
    ]
    await queries.add_invitations(connection, rows=rows)


async def invitation(connection: Any, invitation_id: UUID) -> Invitation | None:
    """One invitation, locked."""
    row = await queries.invitation_for_update(connection, invitation_id=invitation_id)
    return None if row is None else _invitation(row)


async def alike(connection: Any, invitation: Invitation, mail: str, now: datetime) -> UUID | None:
    """Another invitation of the same address to the same role in the same organisation, that waits."""
    found: UUID | None = await queries.alike_invitation(
        connection,
        invitation_id=invitation.invitation_id,
        organisation_id=invitation.organisation_id,
        role=invitation.role,
        mail=mail,
        now=now,
    )
    return found


async def offered(connection: Any, invitation_id: UUID, subject_id: UUID) -> OfferedRole | None:
    """What somebody is invited to; None when it was redeemed or taken back."""
    row = await queries.invitation_offered(connection, invitation_id=invitation_id, subject_id=subject_id)
    return None if row is None else OfferedRole(row["organisation"], Role(row["role"]))


def _invitation(row: Any) -> Invitation:
    return Invitation(**{**row, "role": Role(row["role"]), "districts": tuple(row["districts"])})


async def renew(connection: Any, invitation: Invitation, expires_at: datetime) -> Invitation:
    """Let an invitation last longer; its row is locked."""
    renewed = replace(invitation, version=invitation.version + 1, expires_at=expires_at)
    await queries.renew_invitation(
        connection, invitation_id=renewed.invitation_id, version=renewed.version, expires_at=expires_at
    )
    return renewed


async def pending_of(connection: Any, organisation_id: UUID, asked: Asked, role: Role | None) -> list[ListedInvitation]:
    """A stretch of the invitations of an organisation that wait."""
    rows = await LIST.fetch(connection, asked, organisation_id=organisation_id, role=role)
    return [ListedInvitation(**row) for row in rows]


async def waiting_for(connection: Any, subject_id: UUID) -> list[Invitation]:
    """What somebody is invited to and has not redeemed."""
    return [_invitation(row) for row in await queries.invitations_waiting_for(connection, subject_id=subject_id)]


async def redeem(connection: Any, invitation_id: UUID, subject_id: UUID, now: datetime) -> None:
    """An invitation was redeemed by this subject."""
    await queries.redeem_invitation(connection, invitation_id=invitation_id, subject_id=subject_id, now=now)


async def expired_invitations(connection: Any, now: datetime, rows: int) -> Sequence[Invitation]:
    """Invitations whose time is over, redeemed or not, locked."""
    return [_invitation(row) for row in await queries.expired_invitations(connection, now=now, rows=rows)]


async def remove_invitation(connection: Any, invitation_id: UUID, subject_id: UUID) -> bool:
    """Forget an invitation; whether nothing else is known of the invited person."""
    return bool(await queries.remove_invitation(connection, invitation_id=invitation_id, subject_id=subject_id))


async def end_waiting(connection: Any, subject_ids: Iterable[UUID], now: datetime) -> None:
    """What these people are invited to cannot be redeemed any more; the timer forgets it."""
    if ids := list(subject_ids):
        await queries.end_waiting_invitations(connection, subject_ids=ids, now=now)
