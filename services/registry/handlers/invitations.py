"""Invitations: a role waits for a person; a mail tells them; they take it under how they sign in."""

from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.audit import record
from services.registry.handlers.members import forget_contact, give_role, member_answer, move_contact, write_contact
from services.registry.models.exchange import Kind
from services.registry.models.invitations import Invitation, InvitationAnswer, InviteMember, ListedInvitation
from services.registry.models.members import MemberAnswer
from services.registry.models.organisations import OrganisationAnswer
from services.registry.permissions import PERMISSIONS
from services.registry.rules.invitations import check_inviter, check_redeemer, remaining_districts
from services.registry.rules.members import check_role, organisation_suspended
from services.registry.settings import RegistrySettings
from services.registry.store import external_ids
from services.registry.store import invitations as store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.identity import Identity
from shared.access.links import Link, burn, link_expired, link_used
from shared.access.permissions import Belongs
from shared.contracts.registry import InvitationRequested, Membership
from shared.contracts.vocabulary import OrganisationStatus, Role
from shared.postgres.lists import Asked
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
    await _check_inviter(tx, caller, organisation, told.role)
    districts = check_role(
        told.role,
        told.districts,
        organisation_districts=organisation.districts,
        kind=organisation.kind,
        status=organisation.status,
        given_by_state_admin=caller.has_role(Role.STATE_ADMIN),
    )
    invitation = Invitation(
        invitation_id=new_id(),
        version=1,
        subject_id=new_id(),
        organisation_id=organisation_id,
        role=told.role,
        districts=districts,
        requested_at=tx.now,
        expires_at=tx.now + settings.invitation_lifetime,
        invited_by=caller.subject_id,
    )
    await lock_subject(tx, invitation.subject_id)
    await write_contact(tx, invitation.subject_id, told.name, told.mail, told.language)
    await store.add_invitation(tx.connection, invitation)
    _ask(tx, invitation)
    log.info("member-invited", organisation_id=str(organisation_id), invitation_id=str(invitation.invitation_id))
    return InvitationAnswer.model_validate(invitation, from_attributes=True)


async def _check_inviter(tx: Transaction, caller: Caller, organisation: OrganisationAnswer, role: Role) -> None:
    organisation_id = organisation.organisation_id
    admins = await members_store.count_with_role(tx.connection, organisation_id, Role.ORGANISATION_ADMIN)
    check_inviter(
        role,
        organisation.kind,
        is_admin_of_it=caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=organisation_id, even_unverified=True),
        has_admin=admins > 0,
    )


def _ask(tx: Transaction, invitation: Invitation) -> None:
    tx.publish(
        InvitationRequested(
            subject_id=invitation.subject_id,
            invitation_id=invitation.invitation_id,
            organisation_id=invitation.organisation_id,
            role=invitation.role,
            expires_at=invitation.expires_at,
        )
    )


async def renew(
    tx: Transaction, caller: Caller, settings: RegistrySettings, invitation_id: UUID, version: int
) -> InvitationAnswer:
    """Send an invitation again, for as long as a new one would last."""
    invitation = await _pending(tx, caller, invitation_id, version)
    organisation = await organisations_store.organisation(tx.connection, invitation.organisation_id)
    if organisation is None or organisation.status is OrganisationStatus.SUSPENDED:
        raise organisation_suspended()
    await lock_subject(tx, invitation.subject_id)
    renewed = await store.renew(tx.connection, invitation, tx.now + settings.invitation_lifetime)
    _ask(tx, renewed)
    log.info("invitation-renewed", invitation_id=str(invitation_id))
    return InvitationAnswer.model_validate(renewed, from_attributes=True)


async def revoke(tx: Transaction, caller: Caller, invitation_id: UUID, version: int) -> None:
    """Take an invitation back: its link is worth nothing, and the invited person is forgotten."""
    invitation = await _pending(tx, caller, invitation_id, version)
    await _forget(tx, invitation.invitation_id, invitation.subject_id)
    log.info("invitation-revoked", invitation_id=str(invitation_id))
    await record(tx, caller, "revoked", "invitation", invitation_id, organisation_id=invitation.organisation_id)


async def _pending(tx: Transaction, caller: Caller, invitation_id: UUID, version: int) -> Invitation:
    invitation = await store.invitation(tx.connection, invitation_id)
    belongs = Belongs() if invitation is None else Belongs(organisation_id=invitation.organisation_id)
    PERMISSIONS.require("change-invitation", caller, belongs, what="invitation")
    if invitation is None or invitation.redeemed_at is not None:
        raise not_found("invitation")
    if invitation.version != version:
        raise version_mismatch(invitation.version)
    return invitation


async def invitations(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, role: Role | None
) -> list[ListedInvitation]:
    """A stretch of the invitations of an organisation that wait."""
    PERMISSIONS.require("list-invitations", caller, Belongs(organisation_id=organisation_id), what="organisation")
    if await organisations_store.organisation(connection, organisation_id) is None:
        raise not_found("organisation")
    return await store.pending_of(connection, organisation_id, asked, role)


async def redeem_invitation(
    tx: Transaction, identity: Identity, link: Link, idempotency_key: str | None
) -> MemberAnswer:
    """Bind how somebody signs in to the invited subject id; a member already gets the role under the id that they have."""
    if link.resource is None:
        raise link_expired()
    invitation = await store.invitation(tx.connection, link.resource)
    if invitation is None or invitation.expires_at <= tx.now:
        raise link_expired()
    organisation = await organisations_store.organisation(tx.connection, invitation.organisation_id, lock=True)
    if organisation is None or organisation.status is OrganisationStatus.SUSPENDED:
        raise organisation_suspended()
    if invitation.redeemed_at is not None:
        raise link_used()
    await burn(tx, link, idempotency_key)
    await _check_redeemer(tx, identity, invitation)
    # The organisation may have left districts since.
    districts = remaining_districts(invitation.districts, organisation.districts)
    role = Membership(organisation_id=invitation.organisation_id, role=invitation.role, districts=districts)
    member = await give_role(tx, identity, role, invitation.subject_id)
    if member.subject_id != invitation.subject_id:
        await move_contact(tx, invitation.subject_id, member.subject_id)
        await external_ids.point_link(tx.connection, Kind.MEMBERS, invitation.subject_id, member.subject_id)
    await store.redeem(tx.connection, invitation.invitation_id, member.subject_id, tx.now)
    log.info("invitation-redeemed", invitation_id=str(invitation.invitation_id), subject_id=str(member.subject_id))
    return member_answer(member)


async def _check_redeemer(tx: Transaction, identity: Identity, invitation: Invitation) -> None:
    subject_id = await members_store.subject_of_identity(tx.connection, identity.issuer, identity.subject)
    if subject_id is None:
        return
    member = await members_store.member(tx.connection, subject_id)
    check_redeemer(
        invitation.role,
        invited_themselves=subject_id == invitation.invited_by,
        memberships=() if member is None else member.memberships,
        organisation_id=invitation.organisation_id,
    )


async def forget_invitations(tx: Transaction) -> int:
    """A timer's step: what has expired is forgotten; who never redeemed, with their address."""
    expired = await store.expired_invitations(tx.connection, tx.now, STEP)
    for invitation in expired:
        await _forget(tx, invitation.invitation_id, invitation.subject_id)
    return len(expired)


async def _forget(tx: Transaction, invitation_id: UUID, subject_id: UUID) -> None:
    if await store.remove_invitation(tx.connection, invitation_id, subject_id):
        await forget_contact(tx, subject_id)
