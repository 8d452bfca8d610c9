"""Members of organisations and their roles; and who the caller is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.registry.handlers import callers
from services.registry.handlers import members as handlers
from services.registry.models.members import ChangeMembership, ListedMember, MemberAnswer, MemberFilter
from services.registry.models.sign_in import MeAnswer
from shared.contracts.vocabulary import Role
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["members"])

MEMBERS = Listing(
    "members",
    ListedMember,
    sorts={"name": str, "subject_id": None},
    key="subject_id",
    value=lambda row, name: row.sort_name if name == "name" else getattr(row, name),
)


@router.get("/me", response_model=MeAnswer)
async def me(query: Query) -> Response:
    """Who the token speaks for, and what they may be."""
    return await query.run(callers.me)


@router.get("/organisations/{organisation_id}/members", response_model=Page[ListedMember], responses=CSV)
async def members(
    organisation_id: UUID,
    query: Query,
    listed: Annotated[Listed, Depends(MEMBERS.asked)],
    narrowed: Annotated[MemberFilter, Parameter()],
) -> Response:
    """Its members with their roles in it (organisation_admin of it, or state_admin)."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.members(connection, caller, organisation_id, asked, narrowed)
    )


@router.put("/members/{subject_id}/memberships/{organisation_id}/{role}", response_model=MemberAnswer)
async def change_membership(
    subject_id: UUID,
    organisation_id: UUID,
    role: Role,
    body: ChangeMembership,
    command: Command,
    version: ExpectedVersion,
) -> Response:
    """Change for which districts a member holds a role (organisation_admin)."""
    return await command.run(
        lambda tx, caller: handlers.change_membership(tx, caller, subject_id, organisation_id, role, version, body)
    )


@router.delete("/members/{subject_id}/memberships/{organisation_id}/{role}", response_model=MemberAnswer)
async def withdraw_membership(
    subject_id: UUID, organisation_id: UUID, role: Role, command: Command, version: ExpectedVersion
) -> Response:
    """Take a role from a member, or give up one's own; with the last one everything about the member goes."""
    return await command.run(
        lambda tx, caller: handlers.withdraw_membership(tx, caller, subject_id, organisation_id, role, version)
    )
