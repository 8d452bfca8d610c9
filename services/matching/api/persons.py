"""What matching holds of a person (Art. 15, 20 DSGVO): JSON and PDF."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.matching.api.answers import RecordAnswer
from services.matching.handlers import persons as handlers
from shared.access.callers import Caller
from shared.http.commands import RecordedQuery
from shared.http.exports import PDF, Wanted, answer_export, wanted

router = APIRouter(tags=["persons"])

InForm = Annotated[Wanted, Depends(wanted)]


@router.get("/me/export", response_model=RecordAnswer, responses=PDF)
async def export_my_data(query: RecordedQuery, form: InForm) -> Response:
    """Everything of whoever asks; with `format=pdf` to be read."""
    return await answer_export("matching", query, form, lambda tx, caller: _record(tx, caller, caller.require_person()))


@router.get("/persons/{subject_id}/export", response_model=RecordAnswer, responses=PDF)
async def export_person(subject_id: UUID, query: RecordedQuery, form: InForm) -> Response:
    """The same by id: one's own, or for a privacy_officer whom the person asked. Recorded."""
    return await answer_export("matching", query, form, lambda tx, caller: _record(tx, caller, subject_id))


async def _record(tx: Any, caller: Caller, subject_id: UUID) -> RecordAnswer:
    return RecordAnswer.model_validate(await handlers.record(tx, caller, subject_id))
