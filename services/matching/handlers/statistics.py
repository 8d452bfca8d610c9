"""Statistics by month, read by those who answer for a district or the Land.

Of the month that runs needs and places are told, anew every day. Numbers of people are told once, when the month is over,
and stay: whoever compared those of two days would know what one person did in between.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog

from services.matching.handlers.offer_states import calendar_day
from services.matching.models.statistics import Cell
from services.matching.permissions import PERMISSIONS
from services.matching.rules.statistics import hidden
from services.matching.settings import MatchingSettings
from services.matching.store import statistics as store
from shared.access.callers import Caller
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found

log = structlog.get_logger()

FINAL_AFTER = timedelta(days=1)
"""So long after its end a month is computed for the last time: what was under way is settled, whatever a clock says."""


async def compute(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: one month that has not been computed for a day."""
    this_month = calendar_day(tx.now).replace(day=1)
    first = await store.earliest_month(tx.connection)
    if first is None:
        return 0
    await store.remember_months(tx.connection, min(first, this_month), this_month)
    month = await store.next_month(tx.connection, this_month, tx.now - timedelta(hours=settings.statistics_every_hours))
    if month is None:
        return 0
    begins, ends = _midnight(month), _midnight(following(month))
    cells = await store.cells_of_month(tx.connection, month, begins, min(ends, tx.now + timedelta(microseconds=1)))
    is_final = tx.now >= ends + FINAL_AFTER
    withheld = hidden(cells) if is_final else {(cell.district, cell.topic) for cell in cells}
    kept = [replace(cell, is_hidden=(cell.district, cell.topic) in withheld) for cell in cells]
    await store.replace_month(tx.connection, month, kept, tx.now, is_final=is_final)
    log.info("statistics-computed", month=month.isoformat(), cells_count=len(kept))
    return 1


async def cells(
    connection: Any,
    caller: Caller,
    asked: Asked,
    first: date,
    last: date,
    *,
    district: str | None,
    topic: str | None,
    without_topics: bool | None,
    without_districts: bool | None,
) -> list[Cell]:
    """A stretch of the statistics: the Land for a state_admin, their own districts for everybody else."""
    PERMISSIONS.require("read-statistics", caller)
    districts = None if caller.has_role(Role.STATE_ADMIN) else sorted(_districts(caller))
    if district is not None and districts is not None and district not in districts:
        raise not_found("district")
    return await store.listed(
        connection,
        asked,
        first,
        last,
        districts=districts,
        district=district,
        topic=topic,
        without_topics=without_topics,
        without_districts=without_districts,
    )


def _districts(caller: Caller) -> frozenset[str]:
    return caller.districts(Role.DISTRICT_ADMIN, Role.COORDINATOR)


def following(month: date) -> date:
    """The first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)
