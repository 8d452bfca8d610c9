"""In whose name something is taken over: the machine or person who asked, the source system, the organisations in reach."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.registry.permissions import PERMISSIONS
from services.registry.rules.exchange import importing_stopped
from services.registry.rules.members import organisation_not_verified
from services.registry.rules.suppression import KeyedHashes
from services.registry.settings import RegistrySettings
from services.registry.store import machines as machines_store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller, CallerKind, Membership, Standing
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import OrganisationStatus, Role
from shared.runtime.errors import not_found


@dataclass(frozen=True)
class Importer:
    """`caller` reaches the organisation and those under it; `reach` names them; `rehearsal`: the dry run of a file."""

    caller: Caller
    requested_by: UUID
    organisation_id: UUID
    source: str
    reach: frozenset[UUID]
    settings: RegistrySettings
    hashes: KeyedHashes
    rehearsal: UUID | None = None

    def among(self, organisation_ids: Iterable[UUID]) -> Caller:
        """The caller as far as these organisations go: of thousands in reach a few rows concern a few."""
        named = frozenset(organisation_ids)
        memberships = tuple(each for each in self.caller.memberships if each.organisation_id in named)
        return replace(self.caller, memberships=memberships)


async def importer_of(connection: Any, settings: RegistrySettings, caller: Caller, source: str) -> Importer:
    """Who tells something under the name of a source system.

    Raises
    ------
    Refusal
        `source-not-found` unless the caller exchanges data for the organisation whose source system it is.
    """
    organisation_id = await machines_store.organisation_of_source(connection, source)
    PERMISSIONS.require("exchange", caller, Belongs(organisation_id=organisation_id), what="source")
    if organisation_id is None:
        raise not_found("source")
    return await _importer(connection, settings, caller, organisation_id, source)


async def importer_again(
    connection: Any, settings: RegistrySettings, subject_id: UUID, organisation_id: UUID, source: str
) -> Importer:
    """The same, some time after the request: with the roles that whoever asked holds now.

    Raises
    ------
    Refusal
        `import-stopped` when the role is gone, `organisation-not-verified`.
    """
    member = await members_store.member(connection, subject_id)
    memberships = () if member is None else member.memberships
    caller = Caller(
        CallerKind.MEMBER,
        None,
        subject_id,
        tuple(Membership(m.role, m.organisation_id, frozenset(m.districts)) for m in memberships),
    )
    if not PERMISSIONS.allows("exchange", caller, Belongs(organisation_id=organisation_id)):
        raise importing_stopped()
    return await _importer(connection, settings, caller, organisation_id, source)


async def _importer(
    connection: Any, settings: RegistrySettings, caller: Caller, organisation_id: UUID, source: str
) -> Importer:
    organisation = await organisations_store.organisation(connection, organisation_id)
    if organisation is None or organisation.status is not OrganisationStatus.VERIFIED:
        raise organisation_not_verified()
    reach = await machines_store.organisations_within(connection, organisation_id)
    if caller.subject_id is None:
        raise not_found("source")
    # The organisation speaks through its system: what its admin may do in it and under it, within what may be told at all.
    verified = await organisations_store.verified_among(connection, reach)
    memberships = tuple(
        Membership(
            Role.ORGANISATION_ADMIN, each, standing=Standing.VERIFIED if each in verified else Standing.NOT_VERIFIED
        )
        for each in sorted(reach)
    )
    # What it may do so is no answer about whoever calls, so it is not asked again of a repetition.
    acting = replace(caller, memberships=memberships, granted=None)
    hashes = KeyedHashes(settings.suppression_key_bytes)
    return Importer(acting, caller.subject_id, organisation_id, source, reach, settings, hashes)
