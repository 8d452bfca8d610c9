"""Machines and the source systems under whose names they exchange data, in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.machines import MachineAnswer, MachineStatus, StoredMachine
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "machines.sql")
LISTED = ListQuery(
    __file__,
    "machines.sql",
    "machines_of_organisation",
    sorts={"added_at": "k.added_at", "name": "k.name"},
    key="k.machine_id",
)


def _machine(row: Any) -> StoredMachine | None:
    return None if row is None else StoredMachine(**row)


async def claim_source(connection: Any, source: str, organisation_id: UUID, now: datetime) -> UUID:
    """Whose source system of this name it is: the organisation's that named it first."""
    owner: UUID | None = None
    while owner is None:  # somebody else's claim may become visible between the two looks
        owner = await queries.claim_source(connection, source=source, organisation_id=organisation_id, now=now)
    return owner


async def organisation_of_source(connection: Any, source: str) -> UUID | None:
    """Whose source system it is."""
    found: UUID | None = await queries.organisation_of_source(connection, source=source)
    return found


async def add(connection: Any, machine: StoredMachine) -> None:
    """Insert a machine."""
    await queries.add_machine(
        connection,
        machine_id=machine.machine_id,
        organisation_id=machine.organisation_id,
        source=machine.source,
        name=machine.name,
        now=machine.added_at,
    )


async def count(connection: Any, organisation_id: UUID) -> int:
    """How many machines an organisation has."""
    return int(await queries.count_machines(connection, organisation_id=organisation_id))


async def machine(connection: Any, organisation_id: UUID, machine_id: UUID) -> StoredMachine | None:
    """One machine of an organisation, locked."""
    return _machine(
        await queries.machine_for_update(connection, organisation_id=organisation_id, machine_id=machine_id)
    )


async def machine_by_code(connection: Any, code_hash: bytes) -> StoredMachine | None:
    """The machine for which a code was made, locked."""
    return _machine(await queries.machine_by_code(connection, code_hash=code_hash))


async def set_code(connection: Any, machine_id: UUID, code_hash: bytes, expires_at: datetime) -> None:
    """Write the hash of a machine's code."""
    await queries.set_code(connection, machine_id=machine_id, code_hash=code_hash, expires_at=expires_at)


async def bind(connection: Any, machine_id: UUID, subject_id: UUID, now: datetime) -> None:
    """A machine is this member from now on."""
    await queries.forget_machine_of_subject(connection, subject_id=subject_id)
    await queries.bind_machine(connection, machine_id=machine_id, subject_id=subject_id, now=now)


async def machines(connection: Any, organisation_id: UUID, asked: Asked, source: str | None) -> list[MachineAnswer]:
    """A stretch of the machines of an organisation."""
    rows = await LISTED.fetch(connection, asked, organisation_id=organisation_id, source=source)
    return [MachineAnswer(**row, status=_status(row)) for row in rows]


async def remove(connection: Any, machine_id: UUID) -> None:
    """Delete a machine."""
    await queries.remove_machine(connection, machine_id=machine_id)


async def organisations_within(connection: Any, organisation_id: UUID) -> frozenset[UUID]:
    """An organisation and those under it."""
    rows = await queries.organisations_within(connection, organisation_id=organisation_id)
    return frozenset(row["organisation_id"] for row in rows)


def _status(row: Any) -> MachineStatus:
    if row["subject_id"] is None:
        return MachineStatus.WAITING
    return MachineStatus.BOUND if row["holds_role"] else MachineStatus.WITHDRAWN
