"""Machines: an organisation_admin names one and hands a code over; the machine shows it under its own token.

So nobody has to type how a machine signs in, and nobody binds an account that they do not hold. Bound, it is a member
with the role `integration`: every service hears of it, and it is withdrawn like any other.
"""

import hashlib
import secrets
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import members
from services.registry.handlers.organisations import staff_identity
from services.registry.models.machines import AddMachine, CodeAnswer, MachineAnswer, MachineStatus, StoredMachine
from services.registry.models.members import MemberAnswer
from services.registry.permissions import PERMISSIONS
from services.registry.rules.machines import (
    CODE_LIFETIME,
    MACHINES_AT_MOST,
    check_one_purpose,
    code_invalid,
    machine_bound,
    source_taken,
    too_many_machines,
)
from services.registry.rules.members import check_role
from services.registry.store import machines as store
from services.registry.store import members as members_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()


async def add_machine(tx: Transaction, caller: Caller, organisation_id: UUID, told: AddMachine) -> MachineAnswer:
    """Name a machine of an organisation, and the source system whose ids it tells."""
    PERMISSIONS.require("add-machine", caller, Belongs(organisation_id=organisation_id), what="organisation")
    await _districts(tx, organisation_id)
    if await store.count(tx.connection, organisation_id) >= MACHINES_AT_MOST:
        raise too_many_machines()
    if await store.claim_source(tx.connection, told.source, organisation_id, tx.now) != organisation_id:
        raise source_taken()
    machine = StoredMachine(new_id(), organisation_id, told.source, told.name, tx.now, None, None, None)
    await store.add(tx.connection, machine)
    log.info("machine-added", machine_id=str(machine.machine_id), organisation_id=str(organisation_id))
    return MachineAnswer(
        machine_id=machine.machine_id,
        organisation_id=organisation_id,
        source=told.source,
        name=told.name,
        status=MachineStatus.WAITING,
        subject_id=None,
        added_at=tx.now,
        bound_at=None,
        code_expires_at=None,
    )


async def _districts(tx: Transaction, organisation_id: UUID) -> tuple[str, ...]:
    """The districts of an organisation that may have machines; its row is locked."""
    organisation = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if organisation is None:
        raise not_found("organisation")
    return check_role(
        Role.INTEGRATION,
        (),
        organisation_districts=organisation.districts,
        kind=organisation.kind,
        status=organisation.status,
        given_by_state_admin=False,
    )


async def make_code(tx: Transaction, caller: Caller, organisation_id: UUID, machine_id: UUID) -> CodeAnswer:
    """Make the code that binds a machine; only its hash is kept, and the one before is void."""
    PERMISSIONS.require("add-machine", caller, Belongs(organisation_id=organisation_id), what="machine")
    machine = await store.machine(tx.connection, organisation_id, machine_id)
    if machine is None:
        raise not_found("machine")
    if machine.subject_id is not None:
        raise machine_bound()
    code = secrets.token_urlsafe(32)
    expires_at = tx.now + CODE_LIFETIME
    await store.set_code(tx.connection, machine_id, _hash(code), expires_at)
    return CodeAnswer(machine_id=machine_id, code=code, expires_at=expires_at)


async def bind(tx: Transaction, caller: Caller, code: str) -> MemberAnswer:
    """Bind how the machine signs in to the organisation that made the code."""
    identity = staff_identity(caller)
    machine = await store.machine_by_code(tx.connection, _hash(code))
    if machine is None or machine.code_expires_at is None or machine.code_expires_at <= tx.now:
        raise code_invalid()
    districts = await _districts(tx, machine.organisation_id)
    subject_id = await members_store.subject_of_identity(tx.connection, identity.issuer, identity.subject)
    if subject_id is not None:
        known = await members_store.member(tx.connection, subject_id, lock=True)
        check_one_purpose(known.memberships if known else (), Role.INTEGRATION)
    role = Membership(organisation_id=machine.organisation_id, role=Role.INTEGRATION, districts=districts)
    member = await members.give_role(tx, identity, role, new_id())
    await store.bind(tx.connection, machine.machine_id, member.subject_id, tx.now)
    log.info("machine-bound", machine_id=str(machine.machine_id), subject_id=str(member.subject_id))
    return MemberAnswer(subject_id=member.subject_id, version=member.version, memberships=member.memberships)


async def machines(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, source: str | None
) -> list[MachineAnswer]:
    """A stretch of the machines of an organisation."""
    PERMISSIONS.require("list-machines", caller, Belongs(organisation_id=organisation_id), what="organisation")
    if await organisations_store.organisation(connection, organisation_id) is None:
        raise not_found("organisation")
    return await store.machines(connection, organisation_id, asked, source)


async def withdraw_machine(tx: Transaction, caller: Caller, organisation_id: UUID, machine_id: UUID) -> None:
    """Do without a machine: its role goes, its external ids stay for the next one of the same source system."""
    PERMISSIONS.require("withdraw-machine", caller, Belongs(organisation_id=organisation_id), what="machine")
    machine = await store.machine(tx.connection, organisation_id, machine_id)
    if machine is None:
        raise not_found("machine")
    if machine.subject_id is not None:
        member = await members_store.member(tx.connection, machine.subject_id)
        if member is not None and any(m.organisation_id == organisation_id for m in member.memberships):
            await members.withdraw_membership(
                tx, caller, member.subject_id, organisation_id, Role.INTEGRATION, member.version
            )
    await store.remove(tx.connection, machine_id)
    log.info("machine-withdrawn", machine_id=str(machine_id), organisation_id=str(organisation_id))


def _hash(code: str) -> bytes:
    """SHA-256 (the code has 256 random bits, so no salt is needed)."""
    return hashlib.sha256(code.encode()).digest()
