"""What matching holds of a person (Art. 15, 20 DSGVO): JSON and PDF."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.matching.api.answers import RecordAnswer
from services.matching.handlers import persons as handlers
from shared.access.callers import Caller
from shared.http.commands import Query as SignedInQuery
from shared.http.exports import PDF, Wanted, answer_export, wanted

router = APIRouter(tags=["persons"])

InForm = Annotated[Wanted, Depends(wanted)]


@router.get("/me/export", response_model=RecordAnswer, responses=PDF)
async def export_my_data(query: SignedInQuery, form: InForm) -> Response:
    """Everything of whoever asks; with `format=pdf` to be read."""
    now = query.state.clock.now()
    return await answer_export(
        "matching", query, form, lambda connection, caller: _record(connection, caller, caller.require_person(), now)
    )


@router.get("/persons/{subject_id}/export", response_model=RecordAnswer, responses=PDF)
async def export_person(subject_id: UUID, query: SignedInQuery, form: InForm) -> Response:
    """The same by id: one's own, or for a privacy_officer."""
    now = query.state.clock.now()
    return await answer_export(
        "matching", query, form, lambda connection, caller: _record(connection, caller, subject_id, now)
    )


async def _record(connection: Any, caller: Caller, subject_id: UUID, now: datetime) -> RecordAnswer:
    return RecordAnswer.model_validate(await handlers.record(connection, caller, subject_id, now))
