"""Members of organisations: invitations, redemption, roles; and who the caller is."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.registry.api.access import INVITATIONS_BY_ADDRESS, INVITATIONS_BY_INVITER, LINKS_BY_CLIENT, settings_of
from services.registry.api.links import verified_link
from services.registry.handlers import callers
from services.registry.handlers import members as handlers
from services.registry.handlers.organisations import staff_identity
from services.registry.models.members import InvitationAnswer, InviteMember, ListedMember, MemberAnswer
from services.registry.models.sign_in import MeAnswer, RedeemLink
from shared.access.callers import Caller
from shared.contracts.vocabulary import Role
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.paging import Page, PagingQuery

router = APIRouter(tags=["members"])


@router.get("/me", response_model=MeAnswer)
async def me(query: Query) -> Response:
    """Who the token speaks for, and what they may be."""
    return await query.run(callers.me)


@router.post("/organisations/{organisation_id}/members", status_code=202, response_model=InvitationAnswer)
async def invite_member(organisation_id: UUID, body: InviteMember, command: Command) -> Response:
    """Invite a person to a role by mail (organisation_admin of it, or state_admin)."""
    await command.limit_caller(INVITATIONS_BY_INVITER)
    await command.limit(INVITATIONS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.invite(tx, caller, settings, organisation_id, body), status=202
    )


@router.get("/organisations/{organisation_id}/members", response_model=Page[ListedMember])
async def members(organisation_id: UUID, query: Query, paging: PagingQuery) -> Response:
    """Its members with their roles in it (organisation_admin of it, or state_admin)."""

    async def read(connection: Any, caller: Caller) -> Page[ListedMember]:
        after = paging.after(UUID)
        rows = await handlers.members(
            connection, caller, organisation_id, after=after[0] if after else None, rows=paging.rows
        )
        return paging.page(rows, key=lambda row: (str(row.subject_id),), item=lambda row: row)

    return await query.run(read)


@router.post("/invitations/redemption", response_model=MemberAnswer)
async def redeem_invitation(body: RedeemLink, command: Command) -> Response:
    """Take the role of a mailed invitation, signed in with the operator's identity provider."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "invitation")
    return await command.run(
        lambda tx, caller: handlers.redeem_invitation(tx, staff_identity(caller), link, command.idempotency_key)
    )


@router.delete("/members/{subject_id}/memberships/{organisation_id}/{role}", response_model=MemberAnswer)
async def withdraw_membership(
    subject_id: UUID, organisation_id: UUID, role: Role, command: Command, version: ExpectedVersion
) -> Response:
    """Take a role from a member, or give up one's own."""
    return await command.run(
        lambda tx, caller: handlers.withdraw_membership(tx, caller, subject_id, organisation_id, role, version)
    )
