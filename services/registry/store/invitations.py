"""Invitations in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.members import Invitation
from shared.contracts.vocabulary import Role
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "invitations.sql")


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
