"""The feed of changes for associations' systems."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi import Query as Parameter

from services.registry.handlers import changes as handlers
from services.registry.models.changes import ChangesAnswer
from shared.http.commands import Query

router = APIRouter(tags=["exchange"])

After = Annotated[
    str | None,
    Parameter(
        max_length=100, description="`next` of the last answer; `now` for a first cursor; left out: the oldest kept"
    ),
]
Limit = Annotated[int, Parameter(ge=1, le=1000, description="Changes per answer")]


@router.get("/changes", response_model=ChangesAnswer)
async def changes(
    query: Query, after: After = None, limit: Limit = 100, organisation_id: UUID | None = None
) -> Response:
    """What has changed or ended of what belongs to the organisation and those under it, in an order in which nothing is
    ever put in late. A cursor that is too old is answered with 410: then everything has to be compared once."""
    return await query.run(
        lambda connection, caller: handlers.changes(
            connection, caller, organisation_id=organisation_id, after=after, rows=limit
        )
    )
