"""Invitations into groups: from the speaker, by the mail address that somebody is registered with; answered by each.

The answer to the speaker is the same whether the address is known, and whatever the invited person does with it; so is
the limit, which counts every address that was invited.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.groups import announce, locked_by_speaker
from services.registry.handlers.sign_in import lock_by_link
from services.registry.models.addresses import mail_hash
from services.registry.models.groups import (
    GroupInvitation,
    GroupInvitationAnswer,
    GroupMember,
    InvitedAnswer,
    InviteToGroup,
)
from services.registry.models.volunteers import VolunteerStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.groups import check_invitations, check_room
from services.registry.settings import RegistrySettings
from services.registry.store import groups as store
from services.registry.store import volunteer_contacts
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired
from shared.access.permissions import Belongs
from shared.contracts.registry import GroupInvitationRequested
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 500
INVITATIONS_SHOWN = 100


async def invite(
    tx: Transaction, caller: Caller, settings: RegistrySettings, group_id: UUID, told: InviteToGroup
) -> InvitedAnswer:
    """The speaker invites somebody, who gets a mail when they are registered with this address."""
    invited = await _confirmed_of_mail(tx, told.mail)
    speaker_id = caller.require_person()
    if invited is not None and invited != speaker_id and not await _lock_both(tx, speaker_id, invited):
        invited = None
    group = await locked_by_speaker(tx, caller, group_id, None)
    check_room(len(group.members), 0)
    # Counted whether the address is known or not: otherwise the limit would tell who is registered.
    check_invitations(await store.count_invitation(tx.connection, group_id, tx.now, settings.group_invitation_lifetime))
    if invited is not None and not group.has(invited):
        await _invite(tx, settings, group_id, speaker_id, invited)
    return InvitedAnswer()


async def _confirmed_of_mail(tx: Transaction, mail: str) -> UUID | None:
    known = await volunteer_contacts.volunteer_of_mail(tx.connection, mail_hash(mail))
    if known is None or known[1] is not VolunteerStatus.CONFIRMED:
        return None
    return known[0]


async def _lock_both(tx: Transaction, speaker_id: UUID, invited: UUID) -> bool:
    """False when the invited person was erased between the look and the lock."""
    for subject_id in sorted((speaker_id, invited)):
        try:
            await lock_subject(tx, subject_id)
        except Refusal as refusal:
            if refusal.reason is not Reason.NOT_FOUND or subject_id != invited:
                raise
            return False
    return True


async def _invite(tx: Transaction, settings: RegistrySettings, group_id: UUID, speaker_id: UUID, invited: UUID) -> None:
    invitation = GroupInvitation(new_id(), group_id, invited, tx.now, tx.now + settings.group_invitation_lifetime)
    if not await store.add_invitation(tx.connection, invitation):
        return
    tx.publish(
        GroupInvitationRequested(
            volunteer_id=invited,
            invitation_id=invitation.invitation_id,
            group_id=group_id,
            speaker_id=speaker_id,
            expires_at=invitation.expires_at,
        )
    )
    log.info("group-invitation-requested", group_id=str(group_id), invitation_id=str(invitation.invitation_id))


async def invitations(connection: Any, caller: Caller, now: Any) -> list[GroupInvitationAnswer]:
    """The caller's open invitations."""
    PERMISSIONS.require("answer-group-invitation", caller, Belongs(person=caller.subject_id), what="invitation")
    return await store.invitations_of(connection, caller.require_person(), now, INVITATIONS_SHOWN)


async def accept(tx: Transaction, caller: Caller, invitation_id: UUID) -> None:
    """The invited person says yes."""
    await lock_subject(tx, caller.require_person())
    await _accept(tx, await _own(tx, caller, invitation_id))


async def refuse(tx: Transaction, caller: Caller, invitation_id: UUID) -> None:
    """The invited person says no; nobody is told."""
    await lock_subject(tx, caller.require_person())
    found = await _own(tx, caller, invitation_id)
    await store.remove_invitation(tx.connection, found.invitation_id)


async def _own(tx: Transaction, caller: Caller, invitation_id: UUID) -> GroupInvitation:
    found = await store.invitation(tx.connection, invitation_id)
    person = found.volunteer_id if found else None
    PERMISSIONS.require("answer-group-invitation", caller, Belongs(person=person), what="invitation")
    if found is None or found.expires_at <= tx.now:
        raise not_found("invitation")
    return found


async def answer_by_link(tx: Transaction, link: Link, idempotency_key: str | None, *, accepts: bool) -> None:
    """The same through the mailed link (`link-used`, `link-expired`)."""
    await lock_by_link(tx, link)
    await burn(tx, link, idempotency_key)
    found = None if link.resource is None else await store.invitation(tx.connection, link.resource)
    if found is None or found.volunteer_id != link.subject_id or found.expires_at <= tx.now:
        raise link_expired()
    if accepts:
        await _accept(tx, found)
    else:
        await store.remove_invitation(tx.connection, found.invitation_id)


async def _accept(tx: Transaction, invitation: GroupInvitation) -> None:
    group = await store.group(tx.connection, invitation.group_id, lock=True)
    if group is None:
        raise not_found("invitation")
    volunteer_id = invitation.volunteer_id
    check_room(len(group.members), await store.count_groups_of(tx.connection, volunteer_id))
    await store.remove_invitation(tx.connection, invitation.invitation_id)
    if await store.add_member(tx.connection, group.group_id, volunteer_id, tx.now):
        members = (*group.members, GroupMember(volunteer_id, False, tx.now))
        await announce(tx, replace(group, version=group.version + 1, members=members))


async def forget_expired(tx: Transaction) -> int:
    """A timer's step: invitations that nobody answered in time."""
    return await store.prune_invitations(tx.connection, tx.now, STEP)
