"""Qualifications, their vocabulary, and what training holds of a person."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.training.api.answers import QualificationAnswer, QualificationKindAnswer, RecordAnswer
from services.training.handlers import persons
from services.training.handlers import qualifications as handlers
from services.training.settings import TrainingSettings
from shared.access.callers import Caller
from shared.contracts.vocabulary import Term
from shared.http.commands import AnonymousQuery, Query, RecordedQuery
from shared.http.exports import PDF, Wanted, answer_export, wanted
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["qualifications"])


@router.get("/qualification-kinds", response_model=list[QualificationKindAnswer])
async def list_qualification_kinds(query: AnonymousQuery) -> Response:
    """What a course may grant. Public; a short list from configuration."""
    kinds = query.state.resource(TrainingSettings).qualifications

    async def read(_connection: Any, _caller: Caller) -> list[QualificationKindAnswer]:
        return [QualificationKindAnswer.model_validate(kind) for kind in kinds]

    return await query.run(read)


QUALIFICATIONS = Listing(
    "qualifications",
    QualificationAnswer,
    sorts={"qualification_id": None, "granted_on": date},
    key="qualification_id",
    descending=True,
)


@router.get("/qualifications", response_model=Page[QualificationAnswer], responses=CSV)
async def list_qualifications(
    query: Query,
    listed: Annotated[Listed, Depends(QUALIFICATIONS.asked)],
    qualification: Term | None = None,
    ended: bool | None = None,
) -> Response:
    """One's own qualifications (volunteer), newest first, the ended ones too."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.own_qualifications(
            connection, caller, asked, qualification=qualification, ended=ended
        ),
    )


InForm = Annotated[Wanted, Depends(wanted)]


@router.get("/persons/{subject_id}/export", response_model=RecordAnswer, responses=PDF, tags=["persons"])
async def export_person(subject_id: UUID, query: RecordedQuery, form: InForm) -> Response:
    """Everything that training holds of a person (Art. 15, 20 DSGVO): for themselves, or for a privacy_officer whom they
    asked. Recorded."""
    return await answer_export("training", query, form, lambda tx, caller: _record(tx, caller, subject_id))


@router.get("/me/export", response_model=RecordAnswer, responses=PDF, tags=["persons"])
async def export_me(query: RecordedQuery, form: InForm) -> Response:
    """The same for whoever asks; with `format=pdf` to be read."""
    return await answer_export("training", query, form, lambda tx, caller: _record(tx, caller, caller.require_person()))


async def _record(tx: Any, caller: Caller, subject_id: UUID) -> RecordAnswer:
    return RecordAnswer.model_validate(await persons.record(tx, caller, subject_id))
