"""Machines: associations' own systems get their identity, are listed, and are withdrawn."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.api.access import CODES_BY_CLIENT, still_somebody
from services.registry.handlers import machines as handlers
from services.registry.models.machines import AddMachine, BindMachine, CodeAnswer, MachineAnswer, SourceName
from services.registry.models.members import MemberAnswer
from shared.access.callers import Caller
from shared.http.commands import Command, Query
from shared.http.listing import CSV, Listed, Listing, Page
from shared.postgres.transaction import Transaction

router = APIRouter(tags=["exchange"])

MACHINES = Listing("machines", MachineAnswer, sorts={"added_at": datetime, "name": str}, key="machine_id")


@router.post("/organisations/{organisation_id}/machines", status_code=201, response_model=MachineAnswer)
async def add_machine(organisation_id: UUID, body: AddMachine, command: Command) -> Response:
    """Name a system of the organisation's own that is to exchange data (organisation_admin)."""
    return await command.run(
        lambda tx, caller: handlers.add_machine(tx, caller, organisation_id, body),
        status=201,
        location=lambda machine: f"/organisations/{organisation_id}/machines/{machine.machine_id}",
    )


@router.post("/organisations/{organisation_id}/machines/{machine_id}/code", response_model=CodeAnswer)
async def make_machine_code(organisation_id: UUID, machine_id: UUID, command: Command) -> Response:
    """A code for the machine to show once within seven days, shown once; asking again voids the one before."""

    async def make(tx: Transaction, caller: Caller) -> CodeAnswer:
        return await handlers.make_code(tx, caller, organisation_id, machine_id)

    return await command.run(make, secret=True, again=make)


@router.post("/machines/binding", response_model=MemberAnswer)
async def bind_machine(body: BindMachine, command: Command) -> Response:
    """Called by the machine, with an access token of its own: from now on it is a member with the role `integration`."""
    await command.limit(CODES_BY_CLIENT, command.client)
    return await command.run(lambda tx, caller: handlers.bind(tx, caller, body.code), still=still_somebody)


@router.get("/organisations/{organisation_id}/machines", response_model=Page[MachineAnswer], responses=CSV)
async def machines(
    organisation_id: UUID,
    query: Query,
    listed: Annotated[Listed, Depends(MACHINES.asked)],
    source: SourceName | None = None,
) -> Response:
    """The machines of an organisation; there are twenty at most."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.machines(connection, caller, organisation_id, asked, source),
    )


@router.delete("/organisations/{organisation_id}/machines/{machine_id}", status_code=204)
async def withdraw_machine(organisation_id: UUID, machine_id: UUID, command: Command) -> Response:
    """Do without a machine: from the commit on it is nobody."""
    return await command.run(lambda tx, caller: handlers.withdraw_machine(tx, caller, organisation_id, machine_id))
