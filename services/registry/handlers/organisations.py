"""Organisations introduce themselves; the state administration verifies or suspends them."""

from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.members import give_role, write_contact
from services.registry.handlers.places import check_districts
from services.registry.models.organisations import OrganisationAnswer, RegisterOrganisation
from services.registry.permissions import PERMISSIONS
from services.registry.rules.members import check_status_change, own_organisation
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from services.registry.store import places
from shared.access.callers import Caller, CallerKind, forbidden
from shared.access.permissions import Belongs
from shared.access.tokens import Identity, token_missing
from shared.contracts.registry import Membership, OrganisationRegistered, OrganisationUpdated
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus, Role
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()


def staff_identity(caller: Caller) -> Identity:
    """How a member of the staff signed in, whether they have a role yet or not."""
    if caller.kind is CallerKind.ANONYMOUS:
        raise token_missing()
    if caller.kind is not CallerKind.MEMBER or caller.identity is None:
        raise forbidden()
    return caller.identity


async def register_organisation(tx: Transaction, caller: Caller, told: RegisterOrganisation) -> OrganisationAnswer:
    """Register an organisation; whoever does it becomes its organisation_admin."""
    identity = staff_identity(caller)
    await check_districts(tx.connection, told.districts)
    organisation = OrganisationAnswer(
        organisation_id=new_id(),
        version=1,
        name=told.name,
        kind=told.kind,
        districts=tuple(sorted(set(told.districts))),
        status=OrganisationStatus.REGISTERED,
    )
    await _add(tx, organisation)
    admin = Membership(
        organisation_id=organisation.organisation_id,
        role=Role.ORGANISATION_ADMIN,
        districts=organisation.districts,
    )
    member = await give_role(tx, identity, admin, new_id())
    await write_contact(tx, member.subject_id, told.contact_name, told.contact_mail, told.contact_language)
    return organisation


async def _add(tx: Transaction, organisation: OrganisationAnswer) -> None:
    await organisations_store.add_organisation(tx.connection, organisation, tx.now)
    tx.publish(OrganisationRegistered(**dict(organisation)))
    log.info("organisation-registered", organisation_id=str(organisation.organisation_id))


async def organisation(connection: Any, caller: Caller, organisation_id: UUID) -> OrganisationAnswer:
    """One organisation; what is not verified is seen only by its own members and the state administration."""
    found = await organisations_store.organisation(connection, organisation_id)
    if found is None:
        raise not_found("organisation")
    if found.status is not OrganisationStatus.VERIFIED and not PERMISSIONS.allows(
        "read-unverified-organisation", caller, Belongs(organisation_id=organisation_id)
    ):
        raise not_found("organisation")
    return found


async def organisations(
    connection: Any,
    caller: Caller,
    *,
    after: UUID | None,
    rows: int,
    status: OrganisationStatus | None,
    district: str | None,
) -> list[OrganisationAnswer]:
    """A page of the organisations that the caller may see."""
    readers = (Role.COORDINATOR, Role.TRAINER, Role.ORGANISATION_ADMIN)
    return await organisations_store.organisations(
        connection,
        after=after,
        rows=rows,
        status=status,
        district=district,
        sees_all=PERMISSIONS.allows("read-unverified-organisation", caller),
        own=caller.organisations(*readers),
    )


async def decide(
    tx: Transaction, caller: Caller, organisation_id: UUID, version: int, wanted: OrganisationStatus
) -> OrganisationAnswer:
    """Verify or suspend an organisation; nobody verifies one that they are a member of."""
    PERMISSIONS.require("decide-organisation", caller, what="organisation")
    found = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if found is None:
        raise not_found("organisation")
    if found.version != version:
        raise version_mismatch(found.version)
    if wanted is OrganisationStatus.VERIFIED and any(m.organisation_id == organisation_id for m in caller.memberships):
        raise own_organisation()
    check_status_change(found.status, wanted)
    return await _set_status(tx, found, wanted)


async def _set_status(tx: Transaction, found: OrganisationAnswer, wanted: OrganisationStatus) -> OrganisationAnswer:
    organisation = found.model_copy(update={"status": wanted, "version": found.version + 1})
    await organisations_store.set_status(tx.connection, organisation.organisation_id, wanted, organisation.version)
    tx.publish(OrganisationUpdated(**dict(organisation)))
    log.info(
        "organisation-decided", organisation_id=str(organisation.organisation_id), organisation_status=wanted.value
    )
    return organisation


async def appoint_state_admin(
    tx: Transaction, identity: Identity, *, authority: str, name: str, mail: str, language: str
) -> UUID:
    """The operator's first step: a state authority, verified, and its state_admin. Repeating it changes nothing."""
    organisation = await organisations_store.state_authority(tx.connection, authority)
    if organisation is None:
        districts = tuple(district.ags for district in await places.all_districts(tx.connection))
        organisation = OrganisationAnswer(
            organisation_id=new_id(),
            version=1,
            name=authority,
            kind=OrganisationKind.STATE_AUTHORITY,
            districts=districts,
            status=OrganisationStatus.VERIFIED,
        )
        await _add(tx, organisation)
    elif organisation.status is not OrganisationStatus.VERIFIED:
        organisation = await _set_status(tx, organisation, OrganisationStatus.VERIFIED)
    role = Membership(
        organisation_id=organisation.organisation_id, role=Role.STATE_ADMIN, districts=organisation.districts
    )
    member = await give_role(tx, identity, role, new_id())
    if not await members_store.member_contact_exists(tx.connection, member.subject_id):
        await write_contact(tx, member.subject_id, name, mail, language)
    return member.subject_id
