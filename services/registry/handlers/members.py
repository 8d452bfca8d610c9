"""Members: invited by mail, bound to how they sign in when they redeem, given and deprived of roles."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.models.members import (
    Invitation,
    InvitationAnswer,
    InviteMember,
    ListedMember,
    MemberAnswer,
    MemberContact,
    StoredMember,
)
from services.registry.models.organisations import OrganisationAnswer
from services.registry.permissions import PERMISSIONS
from services.registry.rules.members import (
    ONLY_FROM_STATE_ADMIN,
    check_role,
    last_admin_stays,
    organisation_suspended,
    role_from_state_admin_only,
    with_membership,
    without_membership,
)
from services.registry.settings import RegistrySettings
from services.registry.store import invitations as invitations_store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired, link_used
from shared.access.permissions import Belongs
from shared.access.tokens import Identity
from shared.contracts.registry import (
    InvitationRequested,
    MemberContactUpdated,
    MemberRegistered,
    Membership,
    MemberUpdated,
    MemberWithdrawn,
)
from shared.contracts.vocabulary import OrganisationStatus, Role
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100


async def invite(
    tx: Transaction, caller: Caller, settings: RegistrySettings, organisation_id: UUID, told: InviteMember
) -> InvitationAnswer:
    """Invite a person to a role in an organisation: they get a mail, and the role when they redeem it."""
    PERMISSIONS.require("invite-member", caller, Belongs(organisation_id=organisation_id), what="organisation")
    organisation = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if organisation is None:
        raise not_found("organisation")
    districts = _checked(organisation, told.role, told.districts, caller)
    invitation = Invitation(
        invitation_id=new_id(),
        subject_id=new_id(),
        organisation_id=organisation_id,
        role=told.role,
        districts=districts,
        requested_at=tx.now,
        expires_at=tx.now + settings.invitation_lifetime,
    )
    await lock_subject(tx, invitation.subject_id)
    await write_contact(tx, invitation.subject_id, told.name, told.mail, told.language)
    await invitations_store.add_invitation(tx.connection, invitation)
    tx.publish(
        InvitationRequested(
            subject_id=invitation.subject_id,
            invitation_id=invitation.invitation_id,
            organisation_id=organisation_id,
            role=told.role,
            expires_at=invitation.expires_at,
        )
    )
    log.info("member-invited", organisation_id=str(organisation_id), invitation_id=str(invitation.invitation_id))
    return InvitationAnswer.model_validate(invitation, from_attributes=True)


def _checked(
    organisation: OrganisationAnswer, role: Role, districts: tuple[str, ...], caller: Caller
) -> tuple[str, ...]:
    return check_role(
        role,
        districts,
        organisation_districts=organisation.districts,
        kind=organisation.kind,
        status=organisation.status,
        given_by_state_admin=caller.has_role(Role.STATE_ADMIN),
    )


async def redeem_invitation(
    tx: Transaction, identity: Identity, link: Link, idempotency_key: str | None
) -> MemberAnswer:
    """Bind how somebody signs in to the invited subject id; a member already gets the role under the id that they have."""
    if link.resource is None:
        raise link_expired()
    invitation = await invitations_store.invitation(tx.connection, link.resource)
    if invitation is None or invitation.expires_at <= tx.now:
        raise link_expired()
    organisation = await organisations_store.organisation(tx.connection, invitation.organisation_id, lock=True)
    if organisation is None or organisation.status is OrganisationStatus.SUSPENDED:
        raise organisation_suspended()
    if invitation.redeemed_at is not None:
        raise link_used()
    await burn(tx, link, idempotency_key)
    role = Membership(organisation_id=invitation.organisation_id, role=invitation.role, districts=invitation.districts)
    member = await give_role(tx, identity, role, invitation.subject_id)
    if member.subject_id != invitation.subject_id:
        await _move_contact(tx, invitation.subject_id, member.subject_id)
    await invitations_store.redeem(tx.connection, invitation.invitation_id, member.subject_id, tx.now)
    log.info("invitation-redeemed", invitation_id=str(invitation.invitation_id), subject_id=str(member.subject_id))
    return _answer(member)


async def _move_contact(tx: Transaction, from_id: UUID, to_id: UUID) -> None:
    contact = await members_store.move_member_contact(tx.connection, from_id, to_id)
    if contact is not None:
        tx.publish(_contact_event(contact))
    tx.bury("registry.member-contacts", from_id, person=from_id)


async def give_role(tx: Transaction, identity: Identity, role: Membership, new_subject_id: UUID) -> StoredMember:
    """Give a role to whoever signs in so. One identity is one subject: `new_subject_id` only when they have none yet."""
    subject_id = await members_store.subject_of_identity(tx.connection, identity.issuer, identity.subject)
    if subject_id is None:
        member = StoredMember(new_subject_id, 1, identity.issuer, identity.subject, (role,))
        await lock_subject(tx, new_subject_id)
        if await members_store.add_member(tx.connection, member):
            tx.publish(MemberRegistered(**_state(member)))
            return member
        # Somebody was quicker with the same identity.
        subject_id = await members_store.subject_of_identity(tx.connection, identity.issuer, identity.subject)
    if subject_id is None:
        raise not_found("member")
    await lock_subject(tx, subject_id)
    member_before = await _locked(tx, subject_id)
    memberships = with_membership(member_before.memberships, role)
    if set(memberships) == set(member_before.memberships):
        return member_before
    member = await _save(tx, member_before, memberships)
    tx.publish((MemberUpdated if member_before.memberships else MemberRegistered)(**_state(member)))
    return member


async def withdraw_membership(
    tx: Transaction, caller: Caller, subject_id: UUID, organisation_id: UUID, role: Role, version: int
) -> MemberAnswer:
    """Take a role from a member, or give it up; an organisation keeps its last organisation_admin."""
    belongs = Belongs(organisation_id=organisation_id, person=subject_id)
    PERMISSIONS.require("withdraw-membership", caller, belongs, what="member")
    if await organisations_store.organisation(tx.connection, organisation_id, lock=True) is None:
        raise not_found("member")
    if role in ONLY_FROM_STATE_ADMIN and not (caller.has_role(Role.STATE_ADMIN) or caller.is_person(subject_id)):
        raise role_from_state_admin_only()
    await lock_subject(tx, subject_id)
    member = await _locked(tx, subject_id)
    memberships = without_membership(member.memberships, organisation_id, role)
    if memberships is None:
        raise not_found("membership")
    if member.version != version:
        raise version_mismatch(member.version)
    if (
        role is Role.ORGANISATION_ADMIN
        and await members_store.count_with_role(tx.connection, organisation_id, role) <= 1
    ):
        raise last_admin_stays()
    member = await _save(tx, member, memberships)
    if memberships:
        tx.publish(MemberUpdated(**_state(member)))
    else:
        tx.publish(MemberWithdrawn(subject_id=subject_id, version=member.version))
    log.info("membership-withdrawn", subject_id=str(subject_id), organisation_id=str(organisation_id))
    return _answer(member if caller.is_person(subject_id) else _within(member, organisation_id))


async def members(
    connection: Any, caller: Caller, organisation_id: UUID, *, after: UUID | None, rows: int
) -> list[ListedMember]:
    """A page of the members of an organisation, with their roles in it only."""
    PERMISSIONS.require("list-members", caller, Belongs(organisation_id=organisation_id), what="organisation")
    if await organisations_store.organisation(connection, organisation_id) is None:
        raise not_found("organisation")
    return await members_store.members_of(connection, organisation_id, after=after, rows=rows)


async def write_contact(tx: Transaction, subject_id: UUID, name: str, mail: str, language: str) -> None:
    """Write how a member is reached, and tell notifications."""
    tx.publish(_contact_event(await members_store.save_member_contact(tx.connection, subject_id, name, mail, language)))


async def forget_expired_invitations(tx: Transaction) -> int:
    """A timer's step: an invitation that nobody redeemed is forgotten, the address too."""
    expired = await invitations_store.expired_invitations(tx.connection, tx.now, STEP)
    for invitation_id, subject_id in expired:
        if await invitations_store.remove_invitation(tx.connection, invitation_id, subject_id):
            await members_store.remove_member_contact(tx.connection, subject_id)
            tx.bury("registry.member-contacts", subject_id, person=subject_id)
    return len(expired)


async def _locked(tx: Transaction, subject_id: UUID) -> StoredMember:
    member = await members_store.member(tx.connection, subject_id, lock=True)
    if member is None:
        raise not_found("member")
    return member


async def _save(tx: Transaction, before: StoredMember, memberships: tuple[Membership, ...]) -> StoredMember:
    member = StoredMember(before.subject_id, before.version + 1, before.issuer, before.subject, memberships)
    await members_store.set_memberships(tx.connection, member.subject_id, memberships, member.version)
    return member


def _state(member: StoredMember) -> dict[str, Any]:
    return {
        "subject_id": member.subject_id,
        "version": member.version,
        "issuer": member.issuer,
        "subject": member.subject,
        "memberships": member.memberships,
    }


def _contact_event(contact: MemberContact) -> MemberContactUpdated:
    return MemberContactUpdated(
        subject_id=contact.subject_id,
        version=contact.version,
        name=contact.name,
        mail=contact.mail,
        language=contact.language,
    )


def _within(member: StoredMember, organisation_id: UUID) -> StoredMember:
    """A member as an organisation sees them: what they are elsewhere is not its business."""
    return replace(member, memberships=tuple(m for m in member.memberships if m.organisation_id == organisation_id))


def _answer(member: StoredMember) -> MemberAnswer:
    return MemberAnswer(subject_id=member.subject_id, version=member.version, memberships=member.memberships)
