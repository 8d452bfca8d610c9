"""Organisations: introduced by their own people, verified or suspended by the state administration."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.api.access import ORGANISATIONS_BY_CLIENT, OptionalQuery
from services.registry.handlers import organisations as handlers
from services.registry.models.organisations import OrganisationAnswer, RegisterOrganisation
from shared.access.callers import Caller
from shared.contracts.vocabulary import AGS, OrganisationStatus
from shared.http.commands import Command
from shared.http.conditional import ExpectedVersion
from shared.http.paging import Page, PagingQuery

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.post("", status_code=201, response_model=OrganisationAnswer)
async def register_organisation(body: RegisterOrganisation, command: Command) -> Response:
    """Register an organisation; the caller becomes its organisation_admin."""
    await command.limit(ORGANISATIONS_BY_CLIENT, command.client)
    return await command.run(
        lambda tx, caller: handlers.register_organisation(tx, caller, body),
        status=201,
        location=lambda organisation: f"/organisations/{organisation.organisation_id}",
    )


@router.get("", response_model=Page[OrganisationAnswer])
async def organisations(
    query: OptionalQuery,
    paging: PagingQuery,
    status: OrganisationStatus | None = None,
    district: Annotated[AGS | None, Query()] = None,
) -> Response:
    """The verified organisations; members see their own in any state, the state administration all."""

    async def read(connection: Any, caller: Caller) -> Page[OrganisationAnswer]:
        after = paging.after(UUID)
        rows = await handlers.organisations(
            connection,
            caller,
            after=after[0] if after else None,
            rows=paging.rows,
            status=status,
            district=district,
        )
        return paging.page(rows, key=lambda row: (str(row.organisation_id),), item=lambda row: row)

    return await query.run(read)


@router.get("/{organisation_id}", response_model=OrganisationAnswer)
async def organisation(organisation_id: UUID, query: OptionalQuery) -> Response:
    """One organisation."""
    return await query.run(lambda connection, caller: handlers.organisation(connection, caller, organisation_id))


@router.post("/{organisation_id}/verification", response_model=OrganisationAnswer)
async def verify_organisation(organisation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Verify it (state_admin): from now on it may publish, and invite coordinators and trainers."""
    return await command.run(
        lambda tx, caller: handlers.decide(tx, caller, organisation_id, version, OrganisationStatus.VERIFIED)
    )


@router.post("/{organisation_id}/suspension", response_model=OrganisationAnswer)
async def suspend_organisation(organisation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Suspend it (state_admin): nothing of it is shown or accepted until it is verified again."""
    return await command.run(
        lambda tx, caller: handlers.decide(tx, caller, organisation_id, version, OrganisationStatus.SUSPENDED)
    )
