"""Enrolments."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi import Query as Parameter

from services.training.api.answers import EnrolmentAnswer
from services.training.handlers import enrolments as handlers
from services.training.settings import TrainingSettings
from shared.access.callers import Caller
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.paging import Page, PagingQuery

router = APIRouter(prefix="/enrolments", tags=["enrolments"])


@router.get("", response_model=Page[EnrolmentAnswer])
async def list_enrolments(
    query: Query,
    paging: PagingQuery,
    course_id: Annotated[UUID | None, Parameter(description="needed for staff")] = None,
) -> Response:
    """One's own enrolments (volunteer), or those of a course in one's scope (trainer, coordinator); newest first."""

    async def read(connection: Any, caller: Caller) -> Page[EnrolmentAnswer]:
        after = paging.after(UUID)
        rows = await handlers.own_or_course_enrolments(
            connection, caller, course_id, after[0] if after else None, paging.rows
        )
        return paging.page(rows, lambda view: (str(view.enrolment.enrolment_id),), EnrolmentAnswer.of)

    return await query.run(read)


@router.get("/{enrolment_id}", response_model=EnrolmentAnswer)
async def read_enrolment(enrolment_id: UUID, query: Query) -> Response:
    """One enrolment, with the position in the waiting list."""
    return await query.run(
        lambda connection, caller: handlers.enrolment(connection, caller, enrolment_id), shape=EnrolmentAnswer.of
    )


@router.post("/{enrolment_id}/cancellation", response_model=EnrolmentAnswer)
async def cancel_enrolment(enrolment_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Cancel one's own enrolment; the place is offered to the next in the waiting list."""
    settings = command.state.resource(TrainingSettings)
    return await command.run(
        lambda tx, caller: handlers.cancel_enrolment(tx, caller, enrolment_id, version, settings),
        shape=EnrolmentAnswer.of,
    )


@router.post("/{enrolment_id}/acceptance", response_model=EnrolmentAnswer)
async def accept_place(enrolment_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Take the place that was offered, before the deadline."""
    return await command.run(
        lambda tx, caller: handlers.accept_place(tx, caller, enrolment_id, version), shape=EnrolmentAnswer.of
    )
