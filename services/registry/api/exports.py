"""What the registry holds of a person: JSON and PDF."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.handlers import exports as handlers
from services.registry.models.exports import PersonExport
from shared.http.commands import RecordedQuery
from shared.http.exports import PDF, Wanted, answer_export, wanted

router = APIRouter(tags=["persons"])

InForm = Annotated[Wanted, Depends(wanted)]


@router.get("/persons/{subject_id}/export", response_model=PersonExport, responses=PDF)
async def export_person(subject_id: UUID, query: RecordedQuery, form: InForm) -> Response:
    """Everything of a person (Art. 15, 20 DSGVO): for themselves, or for a privacy_officer whom they asked. Recorded."""
    return await answer_export(
        "registry", query, form, lambda tx, caller: handlers.export(tx, caller, subject_id), handlers.terms()
    )


@router.get("/me/export", response_model=PersonExport, responses=PDF)
async def export_me(query: RecordedQuery, form: InForm) -> Response:
    """Everything that the registry holds of me, as JSON or, with `format=pdf`, to be read."""
    return await answer_export(
        "registry",
        query,
        form,
        lambda tx, caller: handlers.export(tx, caller, caller.require_person()),
        handlers.terms(),
    )
