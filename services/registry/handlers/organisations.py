"""Organisations introduce themselves; the state administration verifies or suspends them."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

import structlog

from services.registry.authorities import Authorities
from services.registry.handlers.audit import record
from services.registry.handlers.members import give_role, narrow_members, write_contact
from services.registry.handlers.places import check_known
from services.registry.handlers.together import only, where_possible
from services.registry.models.organisations import (
    ChangeOrganisation,
    DataProtectionAnswer,
    OrganisationAnswer,
    OrganisationFacts,
    OrganisationFilter,
    RegisterOrganisation,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import legal_profiles as rules
from services.registry.rules.members import check_status_change, own_organisation
from services.registry.rules.organisations import (
    UMBRELLAS_ABOVE_AT_MOST,
    check_change,
    check_legal_profile,
    check_umbrella,
    district_has_contacts,
)
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from services.registry.store import places
from shared.access.callers import Caller, CallerKind, forbidden
from shared.access.identity import Identity, token_missing
from shared.access.permissions import Belongs
from shared.contracts.registry import Membership, OrganisationRegistered, OrganisationUpdated
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus, Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found, version_mismatch
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
    facts = OrganisationFacts(told.name, told.kind, told.districts, told.umbrella_id, told.legal_profile)
    organisation = await add_organisation(tx, facts)
    admin = Membership(
        organisation_id=organisation.organisation_id,
        role=Role.ORGANISATION_ADMIN,
        districts=organisation.districts,
    )
    member = await give_role(tx, identity, admin, new_id())
    await write_contact(tx, member.subject_id, told.contact_name, told.contact_mail, told.contact_language)
    return organisation


async def add_organisation(
    tx: Transaction, facts: OrganisationFacts, status: OrganisationStatus = OrganisationStatus.REGISTERED
) -> OrganisationAnswer:
    """Write a new organisation, without anybody in it yet, and announce it."""
    added = only(await add_organisations(tx, [facts], status))
    log.info("organisation-registered", organisation_id=str(added.organisation_id))
    return added


async def add_organisations(
    tx: Transaction, told: Sequence[OrganisationFacts], status: OrganisationStatus = OrganisationStatus.REGISTERED
) -> list[OrganisationAnswer | Refusal]:
    """The same for many, in few statements; of each what it is, or why it is refused."""
    districts = {district for facts in told for district in facts.districts}
    unknown = await places.unknown_districts(tx.connection, sorted(districts))
    umbrellas = await _refused_umbrellas(tx, told)

    def look(facts: OrganisationFacts) -> OrganisationAnswer:
        check_known(facts.districts, unknown)
        check_legal_profile(facts.kind, facts.legal_profile)
        if facts.umbrella_id in umbrellas:
            raise umbrellas[facts.umbrella_id]
        return _new(tx, facts, status)

    async def add(organisations: list[OrganisationAnswer]) -> list[OrganisationAnswer]:
        await organisations_store.add_organisations(tx.connection, organisations)
        for organisation in organisations:
            tx.publish(OrganisationRegistered(**dict(organisation)))
        return organisations

    return await where_possible(told, look, add)


async def _refused_umbrellas(tx: Transaction, told: Sequence[OrganisationFacts]) -> dict[UUID | None, Refusal]:
    refused: dict[UUID | None, Refusal] = {}
    for umbrella_id in sorted({facts.umbrella_id for facts in told if facts.umbrella_id is not None}):
        try:
            await _check_umbrella(tx, None, umbrella_id)
        except Refusal as refusal:
            refused[umbrella_id] = refusal
    return refused


def _new(tx: Transaction, facts: OrganisationFacts, status: OrganisationStatus) -> OrganisationAnswer:
    return OrganisationAnswer(
        organisation_id=new_id(),
        version=1,
        name=facts.name,
        kind=facts.kind,
        districts=tuple(sorted(set(facts.districts))),
        umbrella_id=facts.umbrella_id,
        legal_profile=facts.legal_profile,
        status=status,
        registered_at=tx.now,
    )


async def change_organisation(
    tx: Transaction, caller: Caller, organisation_id: UUID, version: int, told: ChangeOrganisation
) -> OrganisationAnswer:
    """Change what is told: its organisation_admin until it is verified, the state administration at any time."""
    belongs = Belongs(organisation_id=organisation_id)
    PERMISSIONS.require("change-organisation", caller, belongs, what="organisation")
    found = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if found is None:
        raise not_found("organisation")
    if found.version != version:
        raise version_mismatch(found.version)
    change = told.change()
    check_change(found.status, dict(found), change, by_state_admin=caller.has_role(Role.STATE_ADMIN))
    return await apply_change(tx, found, change)


async def apply_change(tx: Transaction, found: OrganisationAnswer, change: Mapping[str, Any]) -> OrganisationAnswer:
    """Write a change of an organisation whose row is locked; who may do it was decided before. No change, no event."""
    organisation = only(await apply_changes(tx, [(found, change)]))
    if organisation != found:
        log.info("organisation-changed", organisation_id=str(organisation.organisation_id))
    return organisation


async def apply_changes(
    tx: Transaction, changes: Sequence[tuple[OrganisationAnswer, Mapping[str, Any]]]
) -> list[OrganisationAnswer | Refusal]:
    """The same for many, in few statements."""
    wanted = [(found, found.model_copy(update=dict(change))) for found, change in changes]
    districts = {district for found, each in wanted for district in set(each.districts) - set(found.districts)}
    unknown = await places.unknown_districts(tx.connection, sorted(districts)) if districts else ()
    results: list[OrganisationAnswer | Refusal] = []
    changed = []
    for found, each in wanted:
        try:
            organisation = found if each == found else await _checked(tx, found, each, unknown)
        except Refusal as refusal:
            results.append(refusal)
            continue
        results.append(organisation)
        if organisation is not found:
            changed.append(organisation)
    if changed:
        await organisations_store.save(tx.connection, changed)
    for organisation in changed:
        tx.publish(OrganisationUpdated(**dict(organisation)))
    return results


async def _checked(
    tx: Transaction, found: OrganisationAnswer, wanted: OrganisationAnswer, unknown: Collection[str]
) -> OrganisationAnswer:
    """What is to be written; whoever is responsible for districts that it leaves is so no more."""
    check_legal_profile(wanted.kind, wanted.legal_profile)
    if wanted.umbrella_id not in (None, found.umbrella_id):
        await _check_umbrella(tx, wanted.organisation_id, wanted.umbrella_id)
    check_known(set(wanted.districts) - set(found.districts), unknown)
    organisation = wanted.model_copy(update={"version": found.version + 1})
    if left := set(found.districts) - set(organisation.districts):
        await _leave_districts(tx, organisation, left)
    return organisation


async def _leave_districts(tx: Transaction, organisation: OrganisationAnswer, left: Set[str]) -> None:
    if await organisations_store.has_contacts_in(tx.connection, organisation.organisation_id, left):
        raise district_has_contacts()
    await narrow_members(tx, organisation.organisation_id, organisation.districts)


async def _check_umbrella(tx: Transaction, organisation_id: UUID | None, umbrella_id: UUID | None) -> None:
    if umbrella_id is None:
        return
    above = await organisations_store.umbrellas_above(tx.connection, umbrella_id, UMBRELLAS_ABOVE_AT_MOST)
    check_umbrella(organisation_id, umbrella_id, above)
    # Locked, and looked at once more: two that take each other as umbrella at once would close a circle.
    await organisations_store.keep_unchanged(tx.connection, above)
    above = await organisations_store.umbrellas_above(tx.connection, umbrella_id, UMBRELLAS_ABOVE_AT_MOST)
    check_umbrella(organisation_id, umbrella_id, above)


async def organisation(connection: Any, caller: Caller, organisation_id: UUID) -> OrganisationAnswer:
    """One organisation; what is not verified is seen by its members, its umbrella's admins and the state administration."""
    found = await organisations_store.organisation(connection, organisation_id)
    if found is None:
        raise not_found("organisation")
    if (
        found.status is not OrganisationStatus.VERIFIED
        and not PERMISSIONS.allows("read-unverified-organisation", caller, Belongs(organisation_id=organisation_id))
        and not _is_admin_of(caller, found.umbrella_id)
    ):
        raise not_found("organisation")
    return found


def _is_admin_of(caller: Caller, umbrella_id: UUID | None) -> bool:
    return umbrella_id is not None and caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=umbrella_id)


async def organisations(
    connection: Any, caller: Caller, asked: Asked, narrowed: OrganisationFilter
) -> list[OrganisationAnswer]:
    """A stretch of the organisations that the caller may see: the verified, their own, for the state all.

    Of those under one umbrella, that umbrella's admins see all.
    """
    readers = (Role.COORDINATOR, Role.TRAINER, Role.ORGANISATION_ADMIN)
    # An association's admin sees what its own system told, before it is verified.
    sees_all = PERMISSIONS.allows("read-unverified-organisation", caller) or _is_admin_of(caller, narrowed.umbrella_id)
    own = None if sees_all else caller.organisations(*readers, even_unverified=True)
    return await organisations_store.organisations(connection, asked, narrowed, own)


async def data_protection(
    connection: Any, caller: Caller, organisation_id: UUID, authorities: Authorities
) -> DataProtectionAnswer:
    """Under which law an organisation works, and which authority watches over it."""
    found = await organisation(connection, caller, organisation_id)
    return rules.data_protection(found, authorities.entries)


async def decide(
    tx: Transaction, caller: Caller, organisation_id: UUID, version: int, wanted: OrganisationStatus
) -> OrganisationAnswer:
    """Verify or suspend an organisation; nobody decides on one that they are a member of."""
    PERMISSIONS.require("decide-organisation", caller, what="organisation")
    found = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if found is None:
        raise not_found("organisation")
    if found.version != version:
        raise version_mismatch(found.version)
    if any(m.organisation_id == organisation_id for m in caller.memberships):
        raise own_organisation()
    check_status_change(found.status, wanted)
    await record(tx, caller, wanted.value, "organisation", organisation_id)
    return await _set_status(tx, found, wanted)


async def _set_status(tx: Transaction, found: OrganisationAnswer, wanted: OrganisationStatus) -> OrganisationAnswer:
    organisation = found.model_copy(update={"status": wanted, "version": found.version + 1})
    await organisations_store.save(tx.connection, [organisation])
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
        facts = OrganisationFacts(authority, OrganisationKind.STATE_AUTHORITY, districts)
        organisation = await add_organisation(tx, facts, OrganisationStatus.VERIFIED)
    elif organisation.status is not OrganisationStatus.VERIFIED:
        organisation = await _set_status(tx, organisation, OrganisationStatus.VERIFIED)
    role = Membership(
        organisation_id=organisation.organisation_id, role=Role.STATE_ADMIN, districts=organisation.districts
    )
    member = await give_role(tx, identity, role, new_id())
    if not await members_store.member_contact_exists(tx.connection, member.subject_id):
        await write_contact(tx, member.subject_id, name, mail, language)
    return member.subject_id
