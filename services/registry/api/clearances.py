"""Clearances: what organisations record of certificates of conduct that they inspected, and the letter to get one free."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.handlers import clearances as handlers
from services.registry.handlers.clearance_letters import clearance_letter
from services.registry.models.clearances import (
    Citation,
    ClearanceAnswer,
    CorrectClearance,
    OwnClearanceAnswer,
    Purpose,
    RecordClearance,
    SetTerms,
    TermsAnswer,
)
from services.registry.rules.clearance_letters import check_stated_basis
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import Term
from shared.documents import print_document
from shared.http.commands import Command, RecordedQuery
from shared.http.commands import Query as Reading
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing
from shared.http.models import Line
from shared.http.paging import Page

router = APIRouter(tags=["clearances"])

LISTING = Listing("clearances", ClearanceAnswer, {"valid_until": date}, key="clearance_id")
OWN = Listing(
    "own-clearances",
    OwnClearanceAnswer,
    {"clearance_id": None, "valid_until": date, "organisation": str},
    key="clearance_id",
)
OF_ORGANISATION = "/organisations/{organisation_id}/clearances"


@router.post(OF_ORGANISATION, status_code=201, response_model=ClearanceAnswer)
async def record_clearance(organisation_id: UUID, body: RecordClearance, command: Command) -> Response:
    """Record that a certificate was inspected. The answer is stored nowhere, not even for a repetition."""
    return await command.run(
        lambda tx, caller: handlers.record(tx, caller, organisation_id, body),
        status=201,
        location=lambda recorded: f"/organisations/{organisation_id}/clearances/{recorded.clearance_id}",
        concerns=lambda recorded: recorded.volunteer_id,
        secret=True,
        again=lambda tx, caller: handlers.again(tx, caller, organisation_id, body),
    )


@router.get(OF_ORGANISATION, response_model=Page[ClearanceAnswer], responses=CSV)
async def clearances(
    organisation_id: UUID,
    query: RecordedQuery,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    volunteer_id: Annotated[UUID | None, Query()] = None,
    kind_of_activity: Annotated[Term | None, Query()] = None,
    valid_until_before: Annotated[date | None, Query(description="those that expire before this day")] = None,
) -> Response:
    """What the organisation recorded, for its own members. Each read is recorded."""
    return await listed.answer(
        query,
        lambda tx, caller, asked: handlers.clearances(
            tx,
            caller,
            asked,
            organisation_id,
            volunteer_id=volunteer_id,
            kind_of_activity=kind_of_activity,
            valid_until_before=valid_until_before,
        ),
    )


@router.get(OF_ORGANISATION + "/{clearance_id}", response_model=ClearanceAnswer)
async def clearance(organisation_id: UUID, clearance_id: UUID, query: RecordedQuery) -> Response:
    """One clearance, for members of the inspecting organisation. The read is recorded."""
    return await query.run(lambda tx, caller: handlers.clearance(tx, caller, organisation_id, clearance_id))


@router.put(OF_ORGANISATION + "/{clearance_id}", response_model=ClearanceAnswer)
async def correct_clearance(
    organisation_id: UUID, clearance_id: UUID, body: CorrectClearance, command: Command, version: ExpectedVersion
) -> Response:
    """Put right what was recorded wrongly; what stood there is kept nowhere."""
    return await command.run(
        lambda tx, caller: handlers.correct(tx, caller, organisation_id, clearance_id, version, body)
    )


@router.delete(OF_ORGANISATION + "/{clearance_id}", status_code=204)
async def delete_clearance(
    organisation_id: UUID, clearance_id: UUID, command: Command, version: ExpectedVersion
) -> Response:
    """Delete a record before its time."""
    return await command.run(lambda tx, caller: handlers.delete(tx, caller, organisation_id, clearance_id, version))


@router.get("/volunteers/me/clearances", response_model=Page[OwnClearanceAnswer], responses=CSV)
async def own_clearances(query: Reading, listed: Annotated[Listed, Depends(OWN.asked)]) -> Response:
    """What organisations recorded of the volunteer who asks."""
    return await listed.answer_few(
        query, lambda connection, caller: handlers.own_clearances(connection, caller, caller.require_person())
    )


@router.get("/organisations/{organisation_id}/clearance-terms", response_model=TermsAnswer)
async def clearance_terms(organisation_id: UUID, query: Reading) -> Response:
    """How the organisation inspects: how old a certificate may be, when another is due, when it tells people."""
    return await query.run(lambda connection, caller: handlers.terms(connection, caller, organisation_id))


@router.put("/organisations/{organisation_id}/clearance-terms", response_model=TermsAnswer)
async def set_clearance_terms(
    organisation_id: UUID, body: SetTerms, command: Command, version: ExpectedVersion
) -> Response:
    """Set how the organisation inspects from now on."""
    return await command.run(lambda tx, caller: handlers.set_terms(tx, caller, organisation_id, version, body))


@router.get(
    "/organisations/{organisation_id}/clearance-letter",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def print_clearance_letter(
    organisation_id: UUID,
    query: RecordedQuery,
    legal_basis: Annotated[LegalBasis, Query()],
    kind_of_activity: Annotated[Term, Query()],
    stated_basis: Annotated[Citation | None, Query(description="with legal basis `other`")] = None,
    activity: Annotated[Line | None, Query(description="what the activity is called in the letter, in German")] = None,
    volunteer_id: Annotated[UUID | None, Query(description="left out: name and address are filled in by hand")] = None,
) -> Response:
    """The letter with which a volunteer gets the certificate free of charge (§ 30a(2) BZRG). It is stored nowhere."""
    check_stated_basis(legal_basis, stated_basis)
    purpose = Purpose(legal_basis=legal_basis, stated_basis=stated_basis, kind_of_activity=kind_of_activity)
    document = await query.read(
        lambda tx, caller: clearance_letter(tx, caller, organisation_id, purpose, activity, volunteer_id)
    )
    headers = {"Content-Disposition": 'inline; filename="fuehrungszeugnis-bestaetigung.pdf"'}
    return Response(await print_document(document), headers=headers, media_type="application/pdf")
