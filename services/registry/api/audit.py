"""The audit log, for the privacy officer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.handlers import audit as handlers
from services.registry.models.audit import AuditAnswer
from shared.http.commands import RecordedQuery
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page

router = APIRouter(prefix="/audit-entries", tags=["audit log"])

LISTING = Listing("audit-log", AuditAnswer, {"entry_id": None}, key="entry_id", descending=True)


@router.get("", response_model=Page[AuditAnswer], responses=CSV)
async def audit_entries(
    query: RecordedQuery,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    concerning: Annotated[UUID | None, Query(description="the person whom the records are about")] = None,
    actor_id: Annotated[UUID | None, Query(description="who read or changed something")] = None,
    thing_id: Annotated[UUID | None, Query(description="the record that was read or changed")] = None,
) -> Response:
    """Who read or changed which sensitive record, latest first. Looking at it is recorded, too."""
    return await listed.answer(
        query,
        lambda tx, caller, asked: handlers.entries(
            tx, caller, asked, concerning=concerning, actor_id=actor_id, thing_id=thing_id
        ),
    )
