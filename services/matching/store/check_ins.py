"""Check-ins of tandems in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.models.tandems import CheckIn, CheckInStatus, DueCheckIn, Outcome
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "check_ins.sql")
DUE = ListQuery(__file__, "check_ins.sql", "check_ins_due_listed", sorts={"due_on": "i.due_on"}, key="i.check_in_id")


async def of_tandem(connection: Any, tandem_id: UUID) -> list[CheckIn]:
    """The check-ins of a tandem, in order."""
    return [_check_in(row) for row in await queries.check_ins_of(connection, tandem_id=tandem_id)]


async def check_in(connection: Any, check_in_id: UUID) -> CheckIn | None:
    """One check-in."""
    row = await queries.check_in(connection, check_in_id=check_in_id)
    return None if row is None else _check_in(row)


async def add(connection: Any, check_in_id: UUID, tandem_id: UUID, due_on: date) -> None:
    """The next time at which it is asked how a tandem goes; the tandem's row is locked."""
    await queries.add_check_in(connection, check_in_id=check_in_id, tandem_id=tandem_id, due_on=due_on)


async def settle(connection: Any, settled: CheckIn) -> None:
    """It took place, or did not; the tandem's row is locked."""
    await queries.settle_check_in(
        connection,
        check_in_id=settled.check_in_id,
        version=settled.version,
        status=settled.status,
        outcome=settled.outcome,
        settled_at=settled.settled_at,
    )


async def skip_due_of(connection: Any, tandem_id: UUID, now: datetime) -> None:
    """The tandem is over."""
    await queries.skip_due_of_tandem(connection, tandem_id=tandem_id, now=now)


async def to_tell(connection: Any, today: date, at_most: int) -> list[DueCheckIn]:
    """Check-ins that are due and of which nobody was told, locked."""
    return [DueCheckIn(**row) for row in await queries.check_ins_to_tell(connection, today=today, at_most=at_most)]


async def told(connection: Any, check_in_ids: Sequence[UUID]) -> None:
    """The coordinators of these were told."""
    await queries.told_of_check_ins(connection, check_in_ids=list(check_in_ids))


async def trials_to_tell(connection: Any, today: date, at_most: int) -> list[DueCheckIn]:
    """Trials that are over and that not both have agreed to, locked."""
    return [DueCheckIn(**row) for row in await queries.trials_to_tell(connection, today=today, at_most=at_most)]


async def told_of_trials(connection: Any, tandem_ids: Sequence[UUID]) -> None:
    """Both sides of these were told."""
    await queries.told_of_trials(connection, tandem_ids=list(tandem_ids))


async def due_listed(
    connection: Any, asked: Asked, scope: Sequence[tuple[UUID, str]], due_by: date | None
) -> list[DueCheckIn]:
    """A stretch of what a coordinator has to see to; `scope`: pairs of organisation and district."""
    rows = await DUE.fetch(
        connection,
        asked,
        organisation_ids=[organisation_id for organisation_id, _ in scope],
        districts=[district for _, district in scope],
        due_by=due_by,
    )
    return [DueCheckIn(**row) for row in rows]


def _check_in(row: Any) -> CheckIn:
    outcome = row["outcome"]
    return CheckIn(
        **{
            **row,
            "status": CheckInStatus(row["status"]),
            "outcome": None if outcome is None else Outcome(outcome),
        }
    )
