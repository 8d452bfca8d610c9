"""Groups of volunteers: formed by one, joined by others who each say yes themselves, spoken for by one of them.

Locks are taken in one order: the persons, in the order of their ids, then the groups, in the order of theirs. A group is
announced by ids only, so that matching can place its members together.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.undertakings import may_see_others
from services.registry.models.groups import (
    ChangeGroup,
    FormGroup,
    Group,
    GroupAnswer,
    GroupMember,
    GroupMemberAnswer,
    ListedGroup,
)
from services.registry.models.volunteers import VolunteerStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.groups import (
    already_linked,
    check_initiative,
    check_leaving,
    check_room,
    check_speaker,
    next_speaker,
)
from services.registry.store import groups as store
from services.registry.store import organisations as organisations_store
from services.registry.store import volunteers as volunteers_store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.registry import GroupDissolved, GroupFormed, GroupSpeakerChanged, GroupUpdated
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

TOPIC = "registry.groups"


async def form(tx: Transaction, caller: Caller, told: FormGroup) -> GroupAnswer:
    """Form a group; whoever does it speaks for it and is its first member."""
    PERMISSIONS.require("form-group", caller, Belongs(person=caller.subject_id), what="group")
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    await _require_confirmed(tx, volunteer_id)
    check_room(0, await store.count_groups_of(tx.connection, volunteer_id))
    first = GroupMember(volunteer_id, True, tx.now)
    group = Group(new_id(), 1, told.name, told.about, tx.now, None, None, (first,))
    await store.add(tx.connection, group)
    tx.publish(GroupFormed(**_state(group)))
    log.info("group-formed", group_id=str(group.group_id))
    return await _answer(tx.connection, caller, group)


async def _require_confirmed(tx: Transaction, volunteer_id: UUID) -> None:
    volunteer = await volunteers_store.volunteer(tx.connection, volunteer_id)
    if volunteer is None or volunteer.status is not VolunteerStatus.CONFIRMED:
        raise not_found("volunteer")


async def change(tx: Transaction, caller: Caller, group_id: UUID, version: int, wanted: ChangeGroup) -> GroupAnswer:
    """Another name or description; nothing of it is announced."""
    group = await locked_by_speaker(tx, caller, group_id, version)
    changed = replace(
        group,
        version=version + 1,
        name=group.name if wanted.name is None else wanted.name,
        about=group.about if wanted.about is None else wanted.about,
    )
    await announce(tx, changed)
    return await _answer(tx.connection, caller, changed)


async def name_speaker(
    tx: Transaction, caller: Caller, group_id: UUID, version: int, volunteer_id: UUID
) -> GroupAnswer:
    """The speaker hands over to another member, who is told."""
    for subject_id in sorted({caller.require_person(), volunteer_id}):
        await lock_subject(tx, subject_id)
    group = await locked_by_speaker(tx, caller, group_id, version)
    check_speaker(group, volunteer_id)
    return await _answer(tx.connection, caller, await _hand_over(tx, group, volunteer_id))


async def _hand_over(tx: Transaction, group: Group, volunteer_id: UUID) -> Group:
    if group.speaker_id == volunteer_id:
        return group
    await store.set_speaker(tx.connection, group.group_id, volunteer_id)
    members = tuple(replace(each, is_speaker=each.volunteer_id == volunteer_id) for each in group.members)
    changed = replace(group, version=group.version + 1, members=members)
    await announce(tx, changed)
    tx.publish(GroupSpeakerChanged(volunteer_id=volunteer_id, group_id=group.group_id, changed_at=tx.now))
    return changed


async def leave(tx: Transaction, caller: Caller, group_id: UUID, version: int) -> None:
    """A member leaves; whoever is alone dissolves the group by leaving."""
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    group = _seen_by_member("leave-group", caller, await store.group(tx.connection, group_id, lock=True))
    if group.version != version:
        raise version_mismatch(group.version)
    check_leaving(group, volunteer_id)
    await without_member(tx, group, volunteer_id)


async def dissolve(tx: Transaction, caller: Caller, group_id: UUID, version: int) -> None:
    """The speaker dissolves the group."""
    await _dissolve(tx, await locked_by_speaker(tx, caller, group_id, version))


async def link(tx: Transaction, caller: Caller, group_id: UUID, version: int, organisation_id: UUID) -> GroupAnswer:
    """The speaker says which initiative the group is; it counts when that has agreed."""
    group = await locked_by_speaker(tx, caller, group_id, version)
    if group.agreed_at is not None:
        raise already_linked()
    organisation = await organisations_store.organisation(tx.connection, organisation_id)
    if organisation is None:
        raise not_found("organisation")
    check_initiative(organisation.kind, organisation.status)
    changed = replace(group, version=version + 1, organisation_id=organisation_id)
    await announce(tx, changed)
    return await _answer(tx.connection, caller, changed)


async def agree(tx: Transaction, caller: Caller, group_id: UUID, version: int) -> None:
    """The initiative agrees that the group is its own."""
    group = await _locked_by_initiative(tx, caller, group_id, version)
    await announce(tx, replace(group, version=version + 1, agreed_at=tx.now))


async def unlink(tx: Transaction, caller: Caller, group_id: UUID, version: int) -> None:
    """The speaker or the initiative says that they do not belong together (any more)."""
    if caller.kind is CallerKind.VOLUNTEER:
        group = await locked_by_speaker(tx, caller, group_id, version)
    else:
        group = await _locked_by_initiative(tx, caller, group_id, version)
    await announce(tx, replace(group, version=version + 1, organisation_id=None, agreed_at=None))


async def _locked_by_initiative(tx: Transaction, caller: Caller, group_id: UUID, version: int) -> Group:
    group = await store.group(tx.connection, group_id, lock=True)
    belongs = Belongs(organisation_id=group.organisation_id) if group else Belongs()
    PERMISSIONS.require("decide-group-link", caller, belongs, what="group")
    if group is None:
        raise not_found("group")
    if group.version != version:
        raise version_mismatch(group.version)
    return group


async def locked_by_speaker(tx: Transaction, caller: Caller, group_id: UUID, version: int | None) -> Group:
    """A group, locked, for its speaker only; `version` None: whatever it is."""
    await lock_subject(tx, caller.require_person())
    group = await store.group(tx.connection, group_id, lock=True)
    belongs = Belongs(person=group.speaker_id) if group else Belongs()
    PERMISSIONS.require("speak-for-group", caller, belongs, what="group")
    if group is None:
        raise not_found("group")
    if version is not None and group.version != version:
        raise version_mismatch(group.version)
    return group


async def without_member(tx: Transaction, group: Group, volunteer_id: UUID) -> None:
    """A locked group goes on without somebody; another one speaks if need be; without anybody it is dissolved."""
    speaker_id = next_speaker(group.members, volunteer_id)
    if speaker_id is None:
        await _dissolve(tx, group)
        return
    await store.remove_member(tx.connection, group.group_id, volunteer_id)
    left = replace(group, members=tuple(each for each in group.members if each.volunteer_id != volunteer_id))
    if group.speaker_id == volunteer_id:
        await _hand_over_to_next(tx, left, speaker_id)
    else:
        await announce(tx, replace(left, version=group.version + 1))


async def _hand_over_to_next(tx: Transaction, left: Group, speaker_id: UUID) -> None:
    members = tuple(replace(each, is_speaker=each.volunteer_id == speaker_id) for each in left.members)
    await store.set_speaker(tx.connection, left.group_id, speaker_id)
    await announce(tx, replace(left, version=left.version + 1, members=members))
    tx.publish(GroupSpeakerChanged(volunteer_id=speaker_id, group_id=left.group_id, changed_at=tx.now))


async def _dissolve(tx: Transaction, group: Group) -> None:
    await store.remove(tx.connection, group.group_id)
    tx.publish(GroupDissolved(group_id=group.group_id, version=group.version + 1))
    tx.bury(TOPIC, group.group_id)
    log.info("group-dissolved", group_id=str(group.group_id))


async def announce(tx: Transaction, group: Group) -> None:
    """Keep and announce a locked group that has changed."""
    await store.save(tx.connection, group)
    tx.publish(GroupUpdated(**_state(group)))
    log.info("group-updated", group_id=str(group.group_id), group_version=group.version)


def _state(group: Group) -> dict[str, Any]:
    return {
        "group_id": group.group_id,
        "version": group.version,
        "speaker_id": group.speaker_id,
        "member_ids": tuple(sorted(member.volunteer_id for member in group.members)),
        "organisation_id": group.organisation_id if group.agreed_at else None,
        "formed_at": group.formed_at,
    }


async def group(connection: Any, caller: Caller, group_id: UUID) -> GroupAnswer:
    """A group with the names of its members, for its members."""
    return await _answer(
        connection, caller, _seen_by_member("read-group", caller, await store.group(connection, group_id))
    )


def _seen_by_member(operation: str, caller: Caller, group: Group | None) -> Group:
    is_member = group is not None and group.has(caller.subject_id)
    PERMISSIONS.require(operation, caller, Belongs(person=caller.subject_id if is_member else None), what="group")
    if group is None:
        raise not_found("group")
    return group


async def _answer(connection: Any, caller: Caller, group: Group) -> GroupAnswer:
    """Names of others only for whoever has signed the undertaking of confidentiality in force."""
    shown = [member.volunteer_id for member in group.members]
    if not await may_see_others(connection, caller):
        shown = [volunteer_id for volunteer_id in shown if caller.is_person(volunteer_id)]
    names = await store.names(connection, shown)
    return GroupAnswer(
        group_id=group.group_id,
        version=group.version,
        name=group.name,
        about=group.about,
        formed_at=group.formed_at,
        organisation_id=group.organisation_id,
        organisation_agreed=group.agreed_at is not None,
        members=[
            GroupMemberAnswer(
                volunteer_id=member.volunteer_id,
                name=names.get(member.volunteer_id),
                is_speaker=member.is_speaker,
                joined_at=member.joined_at,
            )
            for member in group.members
        ],
    )


async def groups(connection: Any, caller: Caller, asked: Asked) -> list[ListedGroup]:
    """A volunteer's own groups; for the staff those that say they are their initiative, without anybody's name."""
    if caller.kind is CallerKind.VOLUNTEER:
        PERMISSIONS.require("list-groups", caller, Belongs(person=caller.subject_id), what="group")
        return await store.own_groups(connection, asked, caller.require_person())
    caller.require(*(role for role in PERMISSIONS.rules["list-groups"] if role is not Role.VOLUNTEER))
    return await store.groups_of_organisations(connection, asked, caller.organisations(Role.ORGANISATION_ADMIN))


async def erase(tx: Transaction, volunteer_id: UUID) -> int:
    """A person is gone from every group and invitation (Art. 17 DSGVO); the groups go on. How many rows went."""
    theirs = await store.lock_groups_of(tx.connection, volunteer_id)
    for group in theirs:
        await without_member(tx, group, volunteer_id)
    return len(theirs) + await store.remove_invitations_of(tx.connection, volunteer_id)
