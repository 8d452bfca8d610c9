"""Groups and initiatives of volunteers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.api.access import settings_of
from services.registry.handlers import group_invitations
from services.registry.handlers import groups as handlers
from services.registry.models.groups import (
    ChangeGroup,
    FormGroup,
    GroupAnswer,
    GroupInvitationAnswer,
    InvitedAnswer,
    InviteToGroup,
    LinkGroup,
    ListedGroup,
    NameSpeaker,
)
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page
from shared.http.rate_limits import Limit

router = APIRouter(tags=["groups"])

LISTING = Listing("groups", ListedGroup, {"group_id": None}, key="group_id")
INVITATIONS = Listing(
    "group-invitations",
    GroupInvitationAnswer,
    {"invitation_id": None, "invited_at": datetime, "expires_at": datetime, "group": str},
    key="invitation_id",
)
INVITATIONS_BY_SPEAKER = Limit("group-invitations-by-speaker", 30, 24 * 3600)
INVITATIONS_TO_ADDRESS = Limit("group-invitations-to-address", 5, 24 * 3600)


@router.post("/groups", status_code=201, response_model=GroupAnswer)
async def form_group(body: FormGroup, command: Command) -> Response:
    """Form a group; you speak for it."""
    return await command.run(
        lambda tx, caller: handlers.form(tx, caller, body),
        status=201,
        location=lambda group: f"/groups/{group.group_id}",
    )


@router.get("/groups", response_model=Page[ListedGroup], responses=CSV)
async def groups(query: Query, listed: Annotated[Listed, Depends(LISTING.asked)]) -> Response:
    """My groups; for an organisation_admin the groups that say they are their initiative."""
    return await listed.answer(query, handlers.groups)


@router.get("/groups/{group_id}", response_model=GroupAnswer)
async def group(group_id: UUID, query: Query) -> Response:
    """One of my groups, with the names of its members."""
    return await query.run(lambda connection, caller: handlers.group(connection, caller, group_id))


@router.patch("/groups/{group_id}", response_model=GroupAnswer)
async def change_group(group_id: UUID, body: ChangeGroup, command: Command, version: ExpectedVersion) -> Response:
    """Change name or description (speaker)."""
    return await command.run(lambda tx, caller: handlers.change(tx, caller, group_id, version, body))


@router.delete("/groups/{group_id}", status_code=204)
async def dissolve_group(group_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Dissolve the group (speaker)."""
    return await command.run(lambda tx, caller: handlers.dissolve(tx, caller, group_id, version))


@router.put("/groups/{group_id}/speaker", response_model=GroupAnswer)
async def name_speaker(group_id: UUID, body: NameSpeaker, command: Command, version: ExpectedVersion) -> Response:
    """Hand over to another member (speaker)."""
    return await command.run(lambda tx, caller: handlers.name_speaker(tx, caller, group_id, version, body.volunteer_id))


@router.delete("/groups/{group_id}/members/me", status_code=204)
async def leave_group(group_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Leave; the speaker hands over first."""
    return await command.run(lambda tx, caller: handlers.leave(tx, caller, group_id, version))


@router.put("/groups/{group_id}/organisation", response_model=GroupAnswer)
async def link_group(group_id: UUID, body: LinkGroup, command: Command, version: ExpectedVersion) -> Response:
    """Say which initiative the group is (speaker); it counts when that has agreed."""
    return await command.run(lambda tx, caller: handlers.link(tx, caller, group_id, version, body.organisation_id))


@router.delete("/groups/{group_id}/organisation", status_code=204)
async def unlink_group(group_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Say that the group is not that initiative (speaker, or the initiative's organisation_admin)."""
    return await command.run(lambda tx, caller: handlers.unlink(tx, caller, group_id, version))


@router.post("/groups/{group_id}/organisation/agreement", status_code=204)
async def agree_to_group(group_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Agree that the group is this initiative (its organisation_admin)."""
    return await command.run(lambda tx, caller: handlers.agree(tx, caller, group_id, version), status=204)


@router.post("/groups/{group_id}/invitations", status_code=202, response_model=InvitedAnswer)
async def invite_to_group(group_id: UUID, body: InviteToGroup, command: Command) -> Response:
    """Invite by mail address (speaker). The answer does not say whether the address is known."""
    await command.limit_caller(INVITATIONS_BY_SPEAKER)
    await command.limit(INVITATIONS_TO_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: group_invitations.invite(tx, caller, settings, group_id, body), status=202
    )


@router.get("/group-invitations", response_model=Page[GroupInvitationAnswer], responses=CSV)
async def group_invitations_of_mine(query: Query, listed: Annotated[Listed, Depends(INVITATIONS.asked)]) -> Response:
    """My open invitations into groups."""
    now = query.state.clock.now()
    return await listed.answer_few(
        query, lambda connection, caller: group_invitations.invitations(connection, caller, now)
    )


@router.post("/group-invitations/{invitation_id}/acceptance", status_code=204)
async def accept_group_invitation(invitation_id: UUID, command: Command) -> Response:
    """Say yes: I belong to the group from now on."""
    return await command.run(lambda tx, caller: group_invitations.accept(tx, caller, invitation_id), status=204)


@router.post("/group-invitations/{invitation_id}/refusal", status_code=204)
async def refuse_group_invitation(invitation_id: UUID, command: Command) -> Response:
    """Say no; nobody is told."""
    return await command.run(lambda tx, caller: group_invitations.refuse(tx, caller, invitation_id), status=204)
