"""`/statistics`: needs, covered and uncovered places, time to fill, active volunteers by month, district and topic."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.matching.handlers import statistics as handlers
from services.matching.models.statistics import Cell
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import Query as SignedInQuery
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(prefix="/statistics", tags=["statistics"])

Month = Annotated[str, Query(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description="`YYYY-MM`", examples=["2026-10"])]


class CellAnswer(BaseModel):
    """Numbers of people are null until a day after the month's end, and stay null where one to four stand behind them, or
    where differences would tell them."""

    month: date = Field(description="its first day")
    district: AGS | None = Field(description="null: all districts")
    topic: Term | None = Field(description="null: all topics")
    needs: int = Field(description="offers that were open, and shifts that took place")
    places: int
    covered: int | None = Field(description="places for which somebody was confirmed")
    uncovered: int | None
    confirmed: int | None = Field(description="confirmations in the month")
    median_days_to_fill: float | None = Field(description="from publication to confirmation")
    volunteers_active: int | None
    is_hidden: bool


def cell_answer(cell: Cell) -> CellAnswer:
    """What is told of a cell."""
    told = not cell.is_hidden
    days = cell.median_days_to_fill
    return CellAnswer(
        month=cell.month,
        district=cell.district,
        topic=cell.topic,
        needs=cell.needs,
        places=cell.places,
        covered=cell.covered if told else None,
        uncovered=cell.places - cell.covered if told else None,
        confirmed=cell.confirmed if told else None,
        median_days_to_fill=round(days, 1) if told and days is not None else None,
        volunteers_active=cell.volunteers_active if told else None,
        is_hidden=cell.is_hidden,
    )


STATISTICS = Listing(
    "statistics",
    cell_answer,
    sorts={"month": date},
    key="cell",
    key_kind=str,
    descending=True,
    columns=tuple(CellAnswer.model_fields),
)


@router.get("", response_model=Page[CellAnswer], responses=CSV)
async def list_statistics(
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(STATISTICS.asked)],
    first: Month = "2000-01",
    last: Month = "2999-12",
    district: Annotated[AGS | None, Query()] = None,
    topic: Annotated[Term | None, Query()] = None,
    by: Annotated[
        Literal["district-and-topic", "district", "topic", "land"] | None,
        Query(description="only cells of this kind; `district`: over all topics, `topic`: over all districts"),
    ] = None,
) -> Response:
    """The months from `first` to `last`, latest first: one's own districts, or for the state_admin the Land."""
    over = {
        "district-and-topic": (False, False),
        "district": (True, False),
        "topic": (False, True),
        "land": (True, True),
    }
    without_topics, without_districts = over[by] if by else (None, None)
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.cells(
            connection,
            caller,
            asked,
            date.fromisoformat(f"{first}-01"),
            date.fromisoformat(f"{last}-01"),
            district=district,
            topic=topic,
            without_topics=without_topics,
            without_districts=without_districts,
        ),
    )
