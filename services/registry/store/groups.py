"""Groups of volunteers in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.registry.models.groups import (
    Group,
    GroupInvitation,
    GroupInvitationAnswer,
    GroupMember,
    ListedGroup,
)
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "groups.sql")
_SORTS: dict[str, str | None] = {"group_id": None}
_OWN = ListQuery(__file__, "groups.sql", "own_groups_listed", sorts=_SORTS, key="m.group_id")
_OF_ORGANISATIONS = ListQuery(__file__, "groups.sql", "groups_of_organisations_listed", sorts=_SORTS, key="g.group_id")


async def add(connection: Any, group: Group) -> None:
    """Insert a group with its first member."""
    await queries.add_group(
        connection, group_id=group.group_id, name=group.name, about=group.about, now=group.formed_at
    )
    await add_member(connection, group.group_id, group.speaker_id, group.formed_at, is_speaker=True)


async def group(connection: Any, group_id: UUID, *, lock: bool = False) -> Group | None:
    """One group with its members; `lock` holds it until commit."""
    read = queries.group_for_update if lock else queries.group_by_id
    row = await read(connection, group_id=group_id)
    return None if row is None else (await _with_members(connection, [row]))[0]


async def lock_groups_of(connection: Any, volunteer_id: UUID) -> list[Group]:
    """The groups of a volunteer, locked until commit, always in the same order."""
    ids = [row["group_id"] for row in await queries.group_ids_of_volunteer(connection, volunteer_id=volunteer_id)]
    locked = await queries.groups_for_update(connection, group_ids=ids)
    return [group for group in await _with_members(connection, locked) if group.has(volunteer_id)]


async def _with_members(connection: Any, rows: Sequence[Any]) -> list[Group]:
    found = await queries.members_of_groups(connection, group_ids=[row["group_id"] for row in rows])
    members: dict[UUID, list[GroupMember]] = defaultdict(list)
    for row in found:
        members[row["group_id"]].append(GroupMember(row["volunteer_id"], row["is_speaker"], row["joined_at"]))
    return [Group(**row, members=tuple(members[row["group_id"]])) for row in rows]


async def save(connection: Any, group: Group) -> None:
    """Write what is said of a locked group."""
    await queries.save_group(
        connection,
        group_id=group.group_id,
        version=group.version,
        name=group.name,
        about=group.about,
        organisation_id=group.organisation_id,
        agreed_at=group.agreed_at,
    )


async def remove(connection: Any, group_id: UUID) -> None:
    """Delete a locked group with members and invitations."""
    await queries.remove_group(connection, group_id=group_id)


async def add_member(
    connection: Any, group_id: UUID, volunteer_id: UUID, now: datetime, *, is_speaker: bool = False
) -> bool:
    """Somebody said yes; False when they had before."""
    added = await queries.add_group_member(
        connection, group_id=group_id, volunteer_id=volunteer_id, is_speaker=is_speaker, now=now
    )
    return added is not None


async def remove_member(connection: Any, group_id: UUID, volunteer_id: UUID) -> None:
    """Somebody leaves a locked group."""
    await queries.remove_group_member(connection, group_id=group_id, volunteer_id=volunteer_id)


async def set_speaker(connection: Any, group_id: UUID, volunteer_id: UUID) -> None:
    """Another member of a locked group speaks."""
    await queries.stop_speaking(connection, group_id=group_id)
    await queries.begin_speaking(connection, group_id=group_id, volunteer_id=volunteer_id)


async def move_member(connection: Any, group_id: UUID, from_id: UUID, to_id: UUID) -> None:
    """A member of a locked group goes on under another id."""
    await queries.move_group_membership(connection, group_id=group_id, from_id=from_id, to_id=to_id)


async def move_invitations(
    connection: Any, from_id: UUID, to_id: UUID, only: Sequence[UUID] | None = None
) -> list[UUID]:
    """Invitations go on under another id; which ones did."""
    moved = await queries.move_group_invitations(
        connection, from_id=from_id, to_id=to_id, only=None if only is None else list(only)
    )
    return [row["invitation_id"] for row in moved]


async def count_groups_of(connection: Any, volunteer_id: UUID) -> int:
    """To how many groups a volunteer has said yes; whoever counts them besides waits for the commit."""
    await queries.hold_count_of_groups(connection, volunteer_id=volunteer_id)
    return len(await queries.group_ids_of_volunteer(connection, volunteer_id=volunteer_id))


async def own_groups(connection: Any, asked: Asked, volunteer_id: UUID) -> list[ListedGroup]:
    """A stretch of a volunteer's groups."""
    return [ListedGroup(**row) for row in await _OWN.fetch(connection, asked, volunteer_id=volunteer_id)]


async def groups_of_organisations(
    connection: Any, asked: Asked, organisation_ids: Collection[UUID]
) -> list[ListedGroup]:
    """A stretch of the groups that say they are one of these organisations."""
    rows = await _OF_ORGANISATIONS.fetch(connection, asked, organisation_ids=list(organisation_ids))
    return [ListedGroup(**row) for row in rows]


async def names(connection: Any, volunteer_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by volunteer."""
    rows = await queries.member_names(connection, volunteer_ids=list(volunteer_ids))
    return {row["volunteer_id"]: row["name"] for row in rows}


async def add_invitation(connection: Any, invitation: GroupInvitation) -> bool:
    """Invite somebody; False while an invitation of theirs into this group is open."""
    added = await queries.add_group_invitation(
        connection,
        invitation_id=invitation.invitation_id,
        group_id=invitation.group_id,
        volunteer_id=invitation.volunteer_id,
        now=invitation.invited_at,
        expires_at=invitation.expires_at,
    )
    return added is not None


async def invitation(connection: Any, invitation_id: UUID) -> GroupInvitation | None:
    """One invitation."""
    row = await queries.group_invitation(connection, invitation_id=invitation_id)
    return None if row is None else GroupInvitation(**row)


async def count_invitation(connection: Any, group_id: UUID, now: datetime, within: timedelta) -> int:
    """One address more was invited, known or not; how many it were within this time. The group is locked."""
    found = await queries.count_group_invitation(connection, group_id=group_id, now=now, anew_before=now - within)
    return int(found)


async def remove_invitation(connection: Any, invitation_id: UUID) -> None:
    """It was answered."""
    await queries.remove_group_invitation(connection, invitation_id=invitation_id)


async def invitations_of(connection: Any, volunteer_id: UUID, now: datetime, rows: int) -> list[GroupInvitationAnswer]:
    """The open invitations of a volunteer."""
    found = await queries.invitations_of_volunteer(connection, volunteer_id=volunteer_id, now=now, rows=rows)
    return [GroupInvitationAnswer(**row) for row in found]


async def remove_invitations_of(connection: Any, volunteer_id: UUID) -> int:
    """Forget the invitations of a volunteer; how many."""
    return int(await queries.remove_invitations_of_volunteer(connection, volunteer_id=volunteer_id))


async def prune_invitations(connection: Any, now: datetime, rows: int) -> int:
    """Forget invitations that nobody answered in time; how many."""
    return int(await queries.prune_group_invitations(connection, now=now, rows=rows))
