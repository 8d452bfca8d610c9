"""`/shifts` and `/shift-series`: planned, moved and cancelled by coordinators, seen by everybody who sees the offer."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from services.matching.api.offer_answers import ShiftAnswer, shift_answer
from services.matching.api.offers import AnybodyQuery
from services.matching.api.shapes import Answer
from services.matching.handlers import series as series_handlers
from services.matching.handlers import series_changes
from services.matching.handlers import shifts as handlers
from services.matching.models.shift_inputs import (
    CancelShift,
    ChangeSeries,
    ChangeShift,
    EndSeries,
    MoveShift,
    PlanSeries,
    PlanShift,
)
from services.matching.settings import MatchingSettings
from shared.http.commands import Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.models import Day

router = APIRouter(tags=["shifts"])


class StaffedShiftAnswer(ShiftAnswer):
    """A shift as the organisation sees it."""

    minimum_staffing: int
    staffed: int = Field(description="confirmed or active")
    lacking: int = Field(description="so many are missing")


_NOW_OVERLAPPING = (
    "the agreed placements whose volunteers have another one at the new time: they stay, and somebody must talk to them"
)


class MovedShiftAnswer(StaffedShiftAnswer):
    """A shift that was just moved."""

    now_overlapping: list[UUID] = Field(description=_NOW_OVERLAPPING)


class SeriesAnswer(Answer):
    """Recurring shifts, wall time in Europe/Berlin."""

    series_id: UUID
    version: int
    offer_id: UUID
    rule: str
    starts_on: date
    start_time: str
    end_time: str
    except_on: list[date]
    places: int
    minimum_staffing: int
    generated_until: date
    is_over: bool
    last_day: date | None


class ChangedSeriesAnswer(SeriesAnswer):
    """The series that goes on after a change."""

    now_overlapping: list[UUID] = Field(description=_NOW_OVERLAPPING)


SHIFTS = Listing(
    "shifts", shift_answer, sorts={"starts_at": datetime}, key="shift_id", columns=tuple(ShiftAnswer.model_fields)
)
UNDERSTAFFED = Listing("understaffed-shifts", StaffedShiftAnswer, sorts={"starts_at": datetime}, key="shift_id")


@router.post("/offers/{offer_id}/shifts", status_code=201, response_model=StaffedShiftAnswer)
async def plan_shift(offer_id: UUID, body: PlanShift, command: Command) -> Response:
    """One more shift, by the wall clock."""
    return await command.run(
        lambda tx, caller: handlers.plan_shift(tx, caller, offer_id, body),
        status=201,
        shape=StaffedShiftAnswer,
        location=lambda shift: f"/shifts/{shift.shift_id}",
    )


@router.get("/offers/{offer_id}/shifts", response_model=Page[ShiftAnswer], responses=CSV)
async def list_shifts(
    offer_id: UUID,
    query: AnybodyQuery,
    listed: Annotated[Listed, Depends(SHIFTS.asked)],
    since: Annotated[Day | None, Query(description="First day")] = None,
    until: Annotated[Day | None, Query(description="Last day")] = None,
    series_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """The shifts of an offer, cancelled ones too."""
    now = query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.shifts_of_offer(
            connection, caller, offer_id, asked, since, until, series_id, now
        ),
    )


@router.get("/shifts/{shift_id}", response_model=ShiftAnswer)
async def get_shift(shift_id: UUID, query: AnybodyQuery) -> Response:
    """One shift of an offer that one may see."""
    now = query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.shift(connection, caller, shift_id, now), shape=shift_answer
    )


@router.patch("/shifts/{shift_id}", response_model=StaffedShiftAnswer)
async def change_shift(shift_id: UUID, body: ChangeShift, command: Command, version: ExpectedVersion) -> Response:
    """Other numbers; there are never fewer places than are taken."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.change_shift(tx, caller, shift_id, version, body, settings),
        shape=StaffedShiftAnswer,
    )


@router.post("/shifts/{shift_id}/move", response_model=MovedShiftAnswer)
async def move_shift(shift_id: UUID, body: MoveShift, command: Command, version: ExpectedVersion) -> Response:
    """Another time, by the wall clock; whoever has a placement with it is told.

    Nobody loses a place by it, also where they are needed elsewhere at that time now: `now_overlapping` says who.
    """
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.move_shift(tx, caller, shift_id, version, body, settings), shape=MovedShiftAnswer
    )


@router.post("/shifts/{shift_id}/cancellation", response_model=StaffedShiftAnswer)
async def cancel_shift(shift_id: UUID, body: CancelShift, command: Command, version: ExpectedVersion) -> Response:
    """It does not take place; whoever has a placement with it is told."""
    return await command.run(
        lambda tx, caller: handlers.cancel_shift(tx, caller, shift_id, version, body), shape=StaffedShiftAnswer
    )


@router.post("/offers/{offer_id}/shift-series", status_code=201, response_model=SeriesAnswer)
async def plan_series(offer_id: UUID, body: PlanSeries, command: Command) -> Response:
    """Recurring shifts (iCalendar RRULE, wall time in Europe/Berlin), made some weeks ahead and further by themselves."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: series_handlers.plan_series(tx, caller, offer_id, body, settings),
        status=201,
        shape=SeriesAnswer,
        location=lambda _: f"/offers/{offer_id}/shift-series",
    )


@router.get("/offers/{offer_id}/shift-series", response_model=list[SeriesAnswer])
async def list_series(offer_id: UUID, query: AnybodyQuery) -> Response:
    """The series of an offer that one may see."""
    now = query.state.clock.now()
    return await query.run(
        lambda connection, caller: series_handlers.series_of_offer(connection, caller, offer_id, now),
        shape=lambda found: [SeriesAnswer.model_validate(each) for each in found],
    )


@router.post("/shift-series/{series_id}/end", response_model=SeriesAnswer)
async def end_series(series_id: UUID, body: EndSeries, command: Command, version: ExpectedVersion) -> Response:
    """No shift after a day; those that were planned are cancelled, and whoever is concerned is told."""
    return await command.run(
        lambda tx, caller: series_handlers.end_series(tx, caller, series_id, version, body), shape=SeriesAnswer
    )


@router.post("/shift-series/{series_id}/change", status_code=201, response_model=ChangedSeriesAnswer)
async def change_series(series_id: UUID, body: ChangeSeries, command: Command, version: ExpectedVersion) -> Response:
    """From a day on another rule, time or number: the series ends the day before, and the one that goes on is answered.

    `series-day-taken`: people come on days on which it would have no shift; they are moved or cancelled one by one before.
    """
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: series_changes.change_series(tx, caller, series_id, version, body, settings),
        status=201,
        shape=ChangedSeriesAnswer,
        location=lambda series: f"/offers/{series.offer_id}/shift-series",
    )


@router.get(
    "/organisations/{organisation_id}/understaffed-shifts", response_model=Page[StaffedShiftAnswer], responses=CSV
)
async def list_understaffed_shifts(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(UNDERSTAFFED.asked)],
    within_days: Annotated[int | None, Query(ge=1, le=366)] = None,
) -> Response:
    """Shifts to come for which too few people are confirmed, the next first."""
    now = query.state.clock.now()
    days = within_days or query.state.resource(MatchingSettings).understaffed_within_days
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.understaffed_shifts(
            connection, caller, organisation_id, asked, days, now
        ),
    )
