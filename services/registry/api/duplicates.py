"""Likely duplicates and merges, for coordinators of organisations that have dealt with both, and the privacy officer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.api.access import settings_of
from services.registry.handlers import duplicates as handlers
from services.registry.handlers import merges
from services.registry.models.duplicates import (
    DuplicateAnswer,
    DuplicateStatus,
    LikelyBecause,
    ListedDuplicate,
    MergeAnswer,
    MergeDuplicate,
    StateDuplicate,
)
from shared.http.commands import Command, Query, RecordedQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page

router = APIRouter(tags=["duplicates"])

DUPLICATES = Listing("duplicates", ListedDuplicate, {"duplicate_id": None}, key="duplicate_id")
MERGES = Listing("merges", MergeAnswer, {"merge_id": None}, key="merge_id", descending=True)


@router.get("/duplicates", response_model=Page[ListedDuplicate], responses=CSV)
async def duplicates(
    query: Query,
    listed: Annotated[Listed, Depends(DUPLICATES.asked)],
    status: DuplicateStatus = DuplicateStatus.OPEN,
    reason: LikelyBecause | None = None,
) -> Response:
    """Pairs of volunteers who may be one person, within what I may see: ids and reasons."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.duplicates(connection, caller, asked, status=status, reason=reason),
    )


@router.post("/duplicates", status_code=201, response_model=DuplicateAnswer)
async def state_duplicate(body: StateDuplicate, command: Command) -> Response:
    """Say that two volunteers are one person although nothing shows it."""
    return await command.run(
        lambda tx, caller: handlers.state(tx, caller, body),
        status=201,
        location=lambda found: f"/duplicates/{found.duplicate_id}",
        secret=True,
        again=lambda tx, caller: handlers.stated(tx, caller, body),
    )


@router.get("/duplicates/{duplicate_id}", response_model=DuplicateAnswer)
async def duplicate(duplicate_id: UUID, query: RecordedQuery) -> Response:
    """Both side by side. Each look is recorded."""
    return await query.run(lambda tx, caller: handlers.duplicate(tx, caller, duplicate_id))


@router.post("/duplicates/{duplicate_id}/dismissal", status_code=204)
async def dismiss_duplicate(duplicate_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """They are two persons."""
    return await command.run(lambda tx, caller: handlers.dismiss(tx, caller, duplicate_id, version), status=204)


@router.post("/duplicates/{duplicate_id}/merge", response_model=MergeAnswer)
async def merge_duplicate(
    duplicate_id: UUID, body: MergeDuplicate, command: Command, version: ExpectedVersion
) -> Response:
    """They are one person: one of the two goes on. Both addresses are told; it can be undone for 30 days."""
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: merges.merge(tx, caller, settings, duplicate_id, version, body.survivor_id)
    )


@router.get("/merges", response_model=Page[MergeAnswer], responses=CSV)
async def merges_of_mine(query: Query, listed: Annotated[Listed, Depends(MERGES.asked)]) -> Response:
    """Merges on behalf of my organisations, latest first; for the privacy officer all."""
    return await listed.answer(query, merges.merges)


@router.get("/merges/{merge_id}", response_model=MergeAnswer)
async def one_merge(merge_id: UUID, query: Query) -> Response:
    """One merge."""
    return await query.run(lambda connection, caller: merges.one_merge(connection, caller, merge_id))


@router.post("/merges/{merge_id}/undoing", response_model=MergeAnswer)
async def undo_merge(merge_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """They are two persons after all."""
    return await command.run(lambda tx, caller: merges.undo(tx, caller, merge_id, version))
