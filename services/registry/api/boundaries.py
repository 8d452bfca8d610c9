"""Task boundaries between two organisations, and who is responsible for what in a district."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.registry.api.access import OptionalQuery
from services.registry.handlers import boundaries as handlers
from services.registry.models.boundaries import (
    AsSide,
    BoundaryAnswer,
    CommentAnswer,
    ProposeBoundary,
    ResponsibilityAnswer,
    ReviseBoundary,
    RevisionAnswer,
    WriteComment,
)
from shared.contracts.registry import BoundaryStatus
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import Command
from shared.http.commands import Query as Reading
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["task boundaries"])

LISTING = Listing("task-boundaries", BoundaryAnswer, {"boundary_id": None}, key="boundary_id")
COMMENTS = Listing("boundary-comments", CommentAnswer, {"comment_id": None}, key="comment_id")
REVISIONS = Listing(
    "boundary-revisions", RevisionAnswer, {"revision": None}, key="revision", key_kind=int, descending=True
)
RESPONSIBILITIES = Listing(
    "responsibilities", ResponsibilityAnswer, {"kind_of_activity": None}, key="kind_of_activity", key_kind=str
)


@router.post("/boundaries", status_code=201, response_model=BoundaryAnswer)
async def propose_boundary(body: ProposeBoundary, command: Command) -> Response:
    """Propose to another organisation who does what, for one kind of activity in one district."""
    return await command.run(
        lambda tx, caller: handlers.propose(tx, caller, body),
        status=201,
        location=lambda boundary: f"/boundaries/{boundary.boundary_id}",
    )


@router.get("/boundaries", response_model=Page[BoundaryAnswer], responses=CSV)
async def boundaries(
    query: OptionalQuery,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    district: Annotated[AGS | None, Query()] = None,
    kind_of_activity: Annotated[Term | None, Query()] = None,
    organisation_id: Annotated[UUID | None, Query(description="either side")] = None,
    status: Annotated[BoundaryStatus | None, Query()] = None,
) -> Response:
    """What is agreed, for everybody; the two sides and the district also see what is talked about and what has ended."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.boundaries(
            connection,
            caller,
            asked,
            district=district,
            kind_of_activity=kind_of_activity,
            organisation_id=organisation_id,
            status=status,
        ),
    )


@router.get("/boundaries/{boundary_id}", response_model=BoundaryAnswer)
async def boundary(boundary_id: UUID, query: OptionalQuery) -> Response:
    """One boundary, also when it has ended: offers refer to it."""
    return await query.run(lambda connection, caller: handlers.boundary(connection, caller, boundary_id))


@router.get("/boundaries/{boundary_id}/revisions", response_model=Page[RevisionAnswer], responses=CSV)
async def boundary_revisions(
    boundary_id: UUID, query: OptionalQuery, listed: Annotated[Listed, Depends(REVISIONS.asked)]
) -> Response:
    """Its history, latest first."""
    return await listed.answer_few(
        query, lambda connection, caller: handlers.revisions(connection, caller, boundary_id)
    )


@router.post("/boundaries/{boundary_id}/revisions", status_code=201, response_model=BoundaryAnswer)
async def revise_boundary(
    boundary_id: UUID, body: ReviseBoundary, command: Command, version: ExpectedVersion
) -> Response:
    """Propose something else. What was agreed counts until both agree to it; a yes to what was proposed before is void."""
    return await command.run(lambda tx, caller: handlers.revise(tx, caller, boundary_id, version, body), status=201)


@router.post("/boundaries/{boundary_id}/agreement", response_model=BoundaryAnswer)
async def agree_to_boundary(boundary_id: UUID, body: AsSide, command: Command, version: ExpectedVersion) -> Response:
    """Agree for one side (organisation_admin). If-Match: any version since what is proposed was proposed."""
    return await command.run(lambda tx, caller: handlers.agree(tx, caller, boundary_id, version, body))


@router.post("/boundaries/{boundary_id}/end", response_model=BoundaryAnswer)
async def end_boundary(boundary_id: UUID, body: AsSide, command: Command, version: ExpectedVersion) -> Response:
    """End it for one side (organisation_admin)."""
    return await command.run(lambda tx, caller: handlers.end(tx, caller, boundary_id, version, body))


@router.get("/boundaries/{boundary_id}/comments", response_model=Page[CommentAnswer])
async def boundary_comments(
    boundary_id: UUID, query: Reading, listed: Annotated[Listed, Depends(COMMENTS.asked)]
) -> Response:
    """What was said about it, for the two sides and the district."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.comments(connection, caller, asked, boundary_id)
    )


@router.post("/boundaries/{boundary_id}/comments", status_code=201, response_model=CommentAnswer)
async def comment_on_boundary(boundary_id: UUID, body: WriteComment, command: Command) -> Response:
    """Comment on what is proposed, for one side."""
    return await command.run(lambda tx, caller: handlers.comment(tx, caller, boundary_id, body), status=201)


@router.get("/districts/{district}/responsibilities", response_model=Page[ResponsibilityAnswer], responses=CSV)
async def responsibilities(
    district: Annotated[AGS, Path()], query: Reading, listed: Annotated[Listed, Depends(RESPONSIBILITIES.asked)]
) -> Response:
    """Who is responsible for which kind of activity: overlaps and gaps, for the district."""
    today = query.state.clock.today()
    return await listed.answer_few(
        query, lambda connection, caller: handlers.responsibilities(connection, caller, district, today)
    )
