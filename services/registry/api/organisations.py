"""Organisations: introduced by their own people, verified or suspended by the state administration."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.api.access import ORGANISATIONS_BY_CLIENT, OptionalQuery, still_somebody
from services.registry.authorities import Authorities
from services.registry.handlers import organisations as handlers
from services.registry.models.organisations import (
    ChangeOrganisation,
    DataProtectionAnswer,
    OrganisationAnswer,
    OrganisationFilter,
    RegisterOrganisation,
)
from shared.contracts.vocabulary import OrganisationStatus
from shared.http.commands import Command
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.post("", status_code=201, response_model=OrganisationAnswer)
async def register_organisation(body: RegisterOrganisation, command: Command) -> Response:
    """Register an organisation; the caller becomes its organisation_admin."""
    await command.limit(ORGANISATIONS_BY_CLIENT, command.client)
    return await command.run(
        lambda tx, caller: handlers.register_organisation(tx, caller, body),
        status=201,
        location=lambda organisation: f"/organisations/{organisation.organisation_id}",
        still=still_somebody,
    )


ORGANISATIONS = Listing(
    "organisations",
    OrganisationAnswer,
    sorts={"name": str, "registered_at": datetime},
    key="organisation_id",
    value=lambda row, name: row.sort_name if name == "name" else getattr(row, name),
)


@router.get("", response_model=Page[OrganisationAnswer], responses=CSV)
async def organisations(
    query: OptionalQuery,
    listed: Annotated[Listed, Depends(ORGANISATIONS.asked)],
    narrowed: Annotated[OrganisationFilter, Query()],
) -> Response:
    """The verified organisations; members see their own in any state, the
    state administration all; so does an umbrella's organisation_admin with `umbrella_id`."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.organisations(connection, caller, asked, narrowed)
    )


@router.get("/{organisation_id}", response_model=OrganisationAnswer)
async def organisation(organisation_id: UUID, query: OptionalQuery) -> Response:
    """One organisation."""
    return await query.run(lambda connection, caller: handlers.organisation(connection, caller, organisation_id))


@router.patch("/{organisation_id}", response_model=OrganisationAnswer)
async def change_organisation(
    organisation_id: UUID, body: ChangeOrganisation, command: Command, version: ExpectedVersion
) -> Response:
    """Change it: the organisation_admin what was not verified yet, the state_admin everything."""
    return await command.run(
        lambda tx, caller: handlers.change_organisation(tx, caller, organisation_id, version, body)
    )


@router.get("/{organisation_id}/data-protection", response_model=DataProtectionAnswer)
async def data_protection(organisation_id: UUID, query: OptionalQuery) -> Response:
    """Under which law on data protection it works, how long an answer may take, and whom to complain to."""
    authorities = query.state.resource(Authorities)
    return await query.run(
        lambda connection, caller: handlers.data_protection(connection, caller, organisation_id, authorities)
    )


@router.post("/{organisation_id}/verification", response_model=OrganisationAnswer)
async def verify_organisation(organisation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Verify it, or verify it again (state_admin): from now on it may publish, and invite coordinators and trainers."""
    return await command.run(
        lambda tx, caller: handlers.decide(tx, caller, organisation_id, version, OrganisationStatus.VERIFIED)
    )


@router.post("/{organisation_id}/suspension", response_model=OrganisationAnswer)
async def suspend_organisation(organisation_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Suspend it (state_admin): nothing of it is shown or accepted until it is verified again."""
    return await command.run(
        lambda tx, caller: handlers.decide(tx, caller, organisation_id, version, OrganisationStatus.SUSPENDED)
    )
