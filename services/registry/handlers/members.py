"""Members: bound to how they sign in, given and deprived of roles, forgotten with the last one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.audit import record
from services.registry.handlers.erasures import erase_member
from services.registry.models.members import (
    ChangeMembership,
    ListedMember,
    MemberAnswer,
    MemberContact,
    MemberFilter,
    StoredMember,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules.machines import check_one_purpose
from services.registry.rules.members import (
    ONLY_FROM_STATE_ADMIN,
    check_districts_of,
    last_admin_stays,
    role_from_state_admin_only,
    with_membership,
    within_districts,
    without_membership,
)
from services.registry.store import boundaries, external_ids
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.identity import Identity
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    MemberContactUpdated,
    MemberRegistered,
    Membership,
    MemberUpdated,
    MemberWithdrawn,
)
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject, lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch

log = structlog.get_logger()


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
    check_one_purpose(member_before.memberships, role.role)
    memberships = with_membership(member_before.memberships, role)
    if set(memberships) == set(member_before.memberships):
        return member_before
    member = await _save(tx, member_before, memberships)
    tx.publish((MemberUpdated if member_before.memberships else MemberRegistered)(**_state(member)))
    return member


async def withdraw_membership(
    tx: Transaction, caller: Caller, subject_id: UUID, organisation_id: UUID, role: Role, version: int
) -> MemberAnswer:
    """Take a role from a member, or give it up; an organisation keeps its last organisation_admin.

    With the last role the person goes, too: their row, their address, and what is left of them in every topic
    (Art. 17(1)(a) DSGVO: no longer necessary).
    """
    member = await _found(tx, caller, "withdraw-membership", subject_id, organisation_id, role, version)
    memberships = without_membership(member.memberships, organisation_id, role)
    if memberships is None:
        raise not_found("membership")
    if (
        role is Role.ORGANISATION_ADMIN
        and await members_store.count_with_role(tx.connection, organisation_id, role) <= 1
    ):
        raise last_admin_stays()
    if memberships:
        member = await _save(tx, member, memberships)
        tx.publish(MemberUpdated(**_state(member)))
    else:
        if caller.is_person(subject_id):
            # Who left of their own accord is not brought back by the next file.
            await external_ids.suppress_member(tx.connection, subject_id, tx.now)
        member = await end_member(tx, member)
    log.info("membership-withdrawn", subject_id=str(subject_id), organisation_id=str(organisation_id))
    await record(tx, caller, "withdrawn", "membership", subject_id, organisation_id=organisation_id)
    return member_answer(member if caller.is_person(subject_id) else _within(member, organisation_id))


async def change_membership(
    tx: Transaction,
    caller: Caller,
    subject_id: UUID,
    organisation_id: UUID,
    role: Role,
    version: int,
    told: ChangeMembership,
) -> MemberAnswer:
    """Change for which of the organisation's districts a member holds a role."""
    member = await _found(tx, caller, "change-membership", subject_id, organisation_id, role, version)
    left = without_membership(member.memberships, organisation_id, role)
    if left is None:
        raise not_found("membership")
    organisation = await organisations_store.organisation(tx.connection, organisation_id)
    if organisation is None:
        raise not_found("member")
    check_districts_of(told.districts, organisation.districts)
    changed = Membership(organisation_id=organisation_id, role=role, districts=tuple(sorted(set(told.districts))))
    if changed not in member.memberships:
        member = await _save(tx, member, (*left, changed))
        tx.publish(MemberUpdated(**_state(member)))
        await record(tx, caller, "changed", "membership", subject_id, organisation_id=organisation_id)
    return member_answer(_within(member, organisation_id))


async def _found(
    tx: Transaction, caller: Caller, operation: str, subject_id: UUID, organisation_id: UUID, role: Role, version: int
) -> StoredMember:
    """The member whose role is to be changed, locked; the organisation is locked before, to count its admins."""
    belongs = Belongs(organisation_id=organisation_id, person=subject_id)
    PERMISSIONS.require(operation, caller, belongs, what="member")
    if await organisations_store.organisation(tx.connection, organisation_id, lock=True) is None:
        raise not_found("member")
    if role in ONLY_FROM_STATE_ADMIN and not (caller.has_role(Role.STATE_ADMIN) or caller.is_person(subject_id)):
        raise role_from_state_admin_only()
    seen = await members_store.member(tx.connection, subject_id)
    # Whose last role goes is erased, which takes the lock for itself; taken later it might meet others half way.
    is_last = seen is not None and len(seen.memberships) == 1
    await (lock_subject_for_erasure if is_last else lock_subject)(tx, subject_id)
    member = await _locked(tx, subject_id)
    if organisation_id not in {membership.organisation_id for membership in member.memberships}:
        raise not_found("membership")
    if member.version != version:
        raise version_mismatch(member.version)
    return member


async def end_member(tx: Transaction, member: StoredMember) -> StoredMember:
    """The last role is gone: nothing is kept of the person, whatever still names their id."""
    tx.publish(MemberWithdrawn(subject_id=member.subject_id, version=member.version + 1))
    await erase_member(tx, member.subject_id, _erase)
    log.info("member-ended", subject_id=str(member.subject_id))
    return replace(member, version=member.version + 1, memberships=())


async def _erase(tx: Transaction, subject_id: UUID) -> int:
    tx.bury("registry.members", subject_id, person=subject_id)
    tx.bury("registry.member-contacts", subject_id, person=subject_id)
    await boundaries.forget_member(tx.connection, subject_id)
    return await members_store.erase(tx.connection, subject_id, tx.now)


async def narrow_members(tx: Transaction, organisation_id: UUID, districts: Sequence[str]) -> None:
    """The organisation has left districts: nobody of it is responsible for them any more."""
    for subject_id in await members_store.outside(tx.connection, organisation_id, districts):
        await lock_subject(tx, subject_id)
        member = await _locked(tx, subject_id)
        member = await _save(tx, member, within_districts(member.memberships, organisation_id, districts))
        tx.publish(MemberUpdated(**_state(member)))


async def members(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, narrowed: MemberFilter
) -> list[ListedMember]:
    """A stretch of the members of an organisation, with their roles in it only."""
    PERMISSIONS.require("list-members", caller, Belongs(organisation_id=organisation_id), what="organisation")
    if await organisations_store.organisation(connection, organisation_id) is None:
        raise not_found("organisation")
    return await members_store.members_of(connection, organisation_id, asked, narrowed)


async def write_contact(tx: Transaction, subject_id: UUID, name: str, mail: str, language: str) -> None:
    """Write how a member is reached, and tell notifications."""
    tx.publish(_contact_event(await members_store.save_member_contact(tx.connection, subject_id, name, mail, language)))


async def write_contacts(tx: Transaction, contacts: Sequence[MemberContact]) -> None:
    """The same for many whose rows are locked; each with its next version."""
    if contacts:
        await members_store.save_member_contacts(tx.connection, contacts)
    for contact in contacts:
        tx.publish(_contact_event(contact))


async def introduce(tx: Transaction, people: Sequence[tuple[UUID, str, str, str]]) -> None:
    """Write how people who are new are reached (subject id, name, mail, language), and tell notifications."""
    contacts = [MemberContact(subject_id, 1, name, mail, language) for subject_id, name, mail, language in people]
    await members_store.add_member_contacts(tx.connection, contacts)
    for contact in contacts:
        tx.publish(_contact_event(contact))


async def forget_contact(tx: Transaction, subject_id: UUID) -> None:
    """Somebody who never became a member is forgotten."""
    await members_store.remove_member_contact(tx.connection, subject_id)
    tx.bury("registry.member-contacts", subject_id, person=subject_id)


async def move_contact(tx: Transaction, from_id: UUID, to_id: UUID) -> None:
    """The invited person is known under another id: their address goes with them, unless one is known there."""
    contact = await members_store.move_member_contact(tx.connection, from_id, to_id)
    if contact is not None:
        tx.publish(_contact_event(contact))
    tx.bury("registry.member-contacts", from_id, person=from_id)


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


def member_answer(member: StoredMember) -> MemberAnswer:
    return MemberAnswer(subject_id=member.subject_id, version=member.version, memberships=member.memberships)
