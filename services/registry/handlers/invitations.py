"""Invitations: a role waits for a person; a mail tells them; they take it under how they sign in."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.audit import record
from services.registry.handlers.members import forget_contact, give_role, introduce, member_answer, move_contact
from services.registry.handlers.together import only, where_possible
from services.registry.models.exchange import Kind
from services.registry.models.invitations import (
    Invitation,
    InvitationAnswer,
    InviteMember,
    ListedInvitation,
    OfferedRole,
)
from services.registry.models.members import MemberAnswer
from services.registry.models.organisations import OrganisationAnswer
from services.registry.permissions import PERMISSIONS
from services.registry.rules.invitations import (
    check_inviter,
    check_redeemer,
    invitation_accepted_already,
    invitation_ended,
    invited_already,
    remaining_districts,
)
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
from shared.postgres.subjects import lock_subject, lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100


async def invite(
    tx: Transaction, caller: Caller, settings: RegistrySettings, organisation_id: UUID, told: InviteMember
) -> InvitationAnswer:
    """Invite a person to a role in an organisation: they get a mail, and the role when they redeem it.

    Raises
    ------
    Refusal
        `invited-already`, and those of `check_inviter` and `check_role`.
    """
    invitation = only(await invite_people(tx, caller, settings, [(organisation_id, told)]))
    # The organisation is locked by now: of two that come at once one sees the other.
    if (other := await store.alike(tx.connection, invitation, told.mail, tx.now)) is not None:
        raise invited_already(other)
    log.info("member-invited", organisation_id=str(organisation_id), invitation_id=str(invitation.invitation_id))
    return InvitationAnswer.model_validate(invitation, from_attributes=True)


async def invite_people(
    tx: Transaction,
    caller: Caller,
    settings: RegistrySettings,
    told: Sequence[tuple[UUID, InviteMember]],
    count: Callable[[], None] = lambda: None,
) -> list[Invitation | Refusal]:
    """The same for many, in few statements; of each what waits for them, or why it is refused.

    Parameters
    ----------
    count
        Called for each who may be invited; it refuses when there are too many.
    """
    organisations = await organisations_store.locked(tx.connection, (organisation_id for organisation_id, _ in told))
    admins = await _admins(tx, caller, organisations)

    def look(each: tuple[UUID, InviteMember]) -> tuple[Invitation, InviteMember]:
        organisation_id, person = each
        PERMISSIONS.require("invite-member", caller, Belongs(organisation_id=organisation_id), what="organisation")
        if organisation_id not in organisations:
            raise not_found("organisation")
        organisation = organisations[organisation_id]
        is_admin = organisation_id not in admins
        has_admin = is_admin or admins[organisation_id] > 0
        check_inviter(person.role, organisation.kind, is_admin_of_it=is_admin, has_admin=has_admin)
        invitation = _invitation(tx, caller, settings, organisation, person)
        count()
        return invitation, person

    async def ask(people: list[tuple[Invitation, InviteMember]]) -> list[Invitation]:
        invitations = [invitation for invitation, _ in people]
        await lock_subjects(tx, [invitation.subject_id for invitation in invitations])
        await introduce(
            tx, [(invitation.subject_id, each.name, each.mail, each.language) for invitation, each in people]
        )
        await store.add_invitations(tx.connection, invitations)
        for invitation in invitations:
            _ask(tx, invitation)
        return invitations

    return await where_possible(told, look, ask)


async def _admins(tx: Transaction, caller: Caller, organisation_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many admins there are in those of which the caller is none."""
    return {
        each: await members_store.count_with_role(tx.connection, each, Role.ORGANISATION_ADMIN)
        for each in organisation_ids
        if not caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=each, even_unverified=True)
    }


def _invitation(
    tx: Transaction, caller: Caller, settings: RegistrySettings, organisation: OrganisationAnswer, told: InviteMember
) -> Invitation:
    return Invitation(
        invitation_id=new_id(),
        version=1,
        subject_id=new_id(),
        organisation_id=organisation.organisation_id,
        role=told.role,
        districts=check_role(
            told.role,
            told.districts,
            organisation_districts=organisation.districts,
            kind=organisation.kind,
            status=organisation.status,
            given_by_state_admin=caller.has_role(Role.STATE_ADMIN),
        ),
        requested_at=tx.now,
        expires_at=tx.now + settings.invitation_lifetime,
        invited_by=caller.subject_id,
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


async def offered(connection: Any, link: Link) -> OfferedRole | None:
    """What the holder of a mailed link is invited to; None when there is nothing to take any more."""
    return None if link.resource is None else await store.offered(connection, link.resource, link.subject_id)


async def renew(
    tx: Transaction, caller: Caller, settings: RegistrySettings, invitation_id: UUID, version: int
) -> InvitationAnswer:
    """Send an invitation again, for as long as a new one would last (`invitation-ended`)."""
    invitation = await _pending(tx, caller, invitation_id, version)
    if invitation.expires_at <= tx.now:
        raise invitation_ended()
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
        by = await members_store.subject_of_identity(tx.connection, identity.issuer, identity.subject)
        raise invitation_accepted_already() if by == invitation.subject_id else link_used()
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
