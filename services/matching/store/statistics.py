"""Statistics by month, district and topic."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from services.matching.models.statistics import Cell
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "statistics.sql")

LISTED = ListQuery(__file__, "statistics.sql", "statistics_listed", sorts={"month": "s.month"}, key="s.cell")


async def earliest_month(connection: Any) -> date | None:
    """The month of the first publication ever; None when nothing was published."""
    month: date | None = await queries.earliest_month(connection)
    return month


async def remember_months(connection: Any, first: date, last: date) -> None:
    """These months are to be computed."""
    await queries.remember_months(connection, first=first, last=last)


async def next_month(connection: Any, this_month: date, before: datetime) -> date | None:
    """A month that was not computed since `before`, locked until commit."""
    month: date | None = await queries.next_month(connection, this_month=this_month, before=before)
    return month


async def cells_of_month(connection: Any, month: date, begins: datetime, ends: datetime) -> list[Cell]:
    """What the month looks like now, totals included."""
    rows = await queries.cells_of_month(connection, begins=begins, ends=ends)
    return [
        Cell(cell=f"{month:%Y-%m}/{row['district'] or '*'}/{row['topic'] or '*'}", month=month, **row) for row in rows
    ]


async def replace_month(connection: Any, month: date, cells: Sequence[Cell], now: datetime, *, is_final: bool) -> None:
    """Keep the cells of a month instead of those that it had."""
    await queries.delete_month(connection, month=month)
    await queries.insert_cells(connection, month=month, cells=[_row(cell) for cell in cells])
    await queries.computed(connection, month=month, now=now, is_final=is_final)


def _row(cell: Cell) -> dict[str, Any]:
    row = asdict(cell)
    del row["month"]
    return row


async def listed(
    connection: Any,
    asked: Asked,
    first: date,
    last: date,
    *,
    districts: Sequence[str] | None,
    district: str | None,
    topic: str | None,
    without_topics: bool | None,
    without_districts: bool | None,
) -> list[Cell]:
    """A stretch of the cells of these months; `districts` None: every district, and the Land."""
    rows = await LISTED.fetch(
        connection,
        asked,
        first=first,
        last=last,
        districts=None if districts is None else list(districts),
        district=district,
        topic=topic,
        without_topics=without_topics,
        without_districts=without_districts,
    )
    return [Cell(**row) for row in rows]
