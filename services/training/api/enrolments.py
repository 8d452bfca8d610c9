"""Enrolments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.training.api.answers import EnrolmentAnswer
from services.training.handlers import enrolments as handlers
from services.training.settings import TrainingSettings
from shared.contracts.vocabulary import EnrolmentStatus
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(prefix="/enrolments", tags=["enrolments"])


LISTING = Listing(
    "enrolments",
    EnrolmentAnswer.of,
    sorts={"enrolment_id": None},
    key="enrolment_id",
    descending=True,
    columns=tuple(EnrolmentAnswer.model_fields),
    value=lambda view, name: getattr(view.enrolment, name),
)


@router.get("", response_model=Page[EnrolmentAnswer], responses=CSV)
async def list_enrolments(
    query: Query,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    course_id: Annotated[UUID | None, Parameter(description="needed for staff")] = None,
    status: EnrolmentStatus | None = None,
) -> Response:
    """One's own enrolments (volunteer), or those of a course in one's scope (trainer, coordinator); newest first."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.own_or_course_enrolments(
            connection, caller, asked, course_id, status
        ),
    )


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
