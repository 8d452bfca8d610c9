"""Invitations: sent, listed, sent again, revoked, redeemed."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.api.access import (
    INVITATIONS_BY_ADDRESS,
    INVITATIONS_BY_INVITER,
    LINKS_BY_CLIENT,
    RENEWALS_BY_INVITATION,
    settings_of,
    still_somebody,
)
from services.registry.api.links import verified_link
from services.registry.handlers import invitations as handlers
from services.registry.handlers.organisations import staff_identity
from services.registry.models.invitations import InvitationAnswer, InviteMember, ListedInvitation
from services.registry.models.members import MemberAnswer
from services.registry.models.sign_in import RedeemLink
from shared.contracts.vocabulary import Role
from shared.http.commands import Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["members"])

INVITATIONS = Listing(
    "invitations", ListedInvitation, sorts={"expires_at": datetime, "requested_at": datetime}, key="invitation_id"
)


@router.post("/organisations/{organisation_id}/members", status_code=202, response_model=InvitationAnswer)
async def invite_member(organisation_id: UUID, body: InviteMember, command: Command) -> Response:
    """Invite a person to a role by mail (organisation_admin of it; state_admin the first one of it)."""
    await command.limit_caller(INVITATIONS_BY_INVITER)
    await command.limit(INVITATIONS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.invite(tx, caller, settings, organisation_id, body), status=202
    )


@router.get("/organisations/{organisation_id}/invitations", response_model=Page[ListedInvitation], responses=CSV)
async def invitations(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(INVITATIONS.asked)],
    role: Annotated[Role | None, Query()] = None,
) -> Response:
    """Its invitations that wait (organisation_admin of it, or state_admin)."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.invitations(connection, caller, organisation_id, asked, role)
    )


@router.post("/invitations/{invitation_id}/renewal", status_code=202, response_model=InvitationAnswer)
async def renew_invitation(invitation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Send an invitation again; it lasts as long as a new one."""
    await command.limit_caller(INVITATIONS_BY_INVITER)
    await command.limit(RENEWALS_BY_INVITATION, str(invitation_id))
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.renew(tx, caller, settings, invitation_id, version), status=202
    )


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke_invitation(invitation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Take an invitation back."""
    return await command.run(lambda tx, caller: handlers.revoke(tx, caller, invitation_id, version))


@router.post("/invitations/redemption", response_model=MemberAnswer)
async def redeem_invitation(body: RedeemLink, command: Command) -> Response:
    """Take the role of a mailed invitation, signed in with the operator's identity provider."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "invitation")
    return await command.run(
        lambda tx, caller: handlers.redeem_invitation(tx, staff_identity(caller), link, command.idempotency_key),
        still=still_somebody,
    )
