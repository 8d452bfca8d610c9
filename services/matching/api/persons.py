"""What matching holds of the signed-in person (Art. 15, 20 DSGVO)."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.matching.api.answers import RecordAnswer
from services.matching.handlers import persons as handlers
from shared.http.commands import Query as SignedInQuery

router = APIRouter(tags=["persons"])


@router.get("/me/export", response_model=RecordAnswer)
async def export_my_data(query: SignedInQuery) -> Response:
    """Everything of the signed-in volunteer."""
    return await query.run(
        lambda connection, caller: handlers.record(connection, caller, caller.require_person()), shape=RecordAnswer
    )


@router.get("/persons/{subject_id}/export", response_model=RecordAnswer)
async def export_person(subject_id: UUID, query: SignedInQuery) -> Response:
    """The same by id; one's own only."""
    return await query.run(
        lambda connection, caller: handlers.record(connection, caller, subject_id), shape=RecordAnswer
    )
