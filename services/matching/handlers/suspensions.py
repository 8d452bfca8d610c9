"""Placements are suspended when a clearance, a qualification or an undertaking that they need ends, and go on after that.

Whatever changes leaves a check of the volunteer behind, in its own transaction; a timer works the checks off, one placement
at a time. The last look leaves a check for the day after the first last day, so that nothing has to be searched for.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

import structlog

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.placement_rests import resume, say_why, suspend
from services.matching.models.suspensions import RequirementCheck, Standing, Verdict
from services.matching.rules.suspensions import look_again_on, missing, verdict
from services.matching.settings import MatchingSettings
from services.matching.store import suspensions as store
from shared.access.rights import is_restricted
from shared.postgres.database import AGAIN, Database, is_away
from shared.postgres.subjects import held_or_erased, hold_if_free
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.telemetry import correlation

log = structlog.get_logger()

AT_ONCE = 500
AFTER_FAILURE = timedelta(hours=1)
"""When a check that failed is tried again."""
AFTER_ERASURE = timedelta(seconds=5)
"""When somebody is looked at again who is being erased or merged just now."""


async def check_requirements(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: one placement of one volunteer is suspended or goes on, or nothing is left to do for them."""
    check = await store.next_check(tx.connection, tx.now)
    if check is None:
        return 0
    with correlation.bind(check.correlation_id or correlation.current_or_new().correlation_id):
        try:
            async with tx.connection.transaction():
                await _look(tx, check, settings)
        except Exception as error:
            if is_away(error) or isinstance(error, AGAIN):
                raise
            log.exception("requirement-check-failed", check_id=check.check_id)
            await store.put_off(tx.connection, check.check_id, tx.now + AFTER_FAILURE)
    return 1


async def look_at_everybody_placed(database: Database) -> int:
    """After a replay of what placements hang on: what ended, or is there again, while nobody was told; how many people.

    Every volunteer with an agreed placement is checked, by the same timer; others work on meanwhile.
    """
    looked_at = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with database.transaction() as tx:
            number, after = await store.check_next_placed(tx.connection, after, tx.now, AT_ONCE)
        looked_at += number
    log.info("everybody-placed-is-checked", volunteers_count=looked_at)
    return looked_at


async def _look(tx: Transaction, check: RequirementCheck, settings: MatchingSettings) -> None:
    # The check's row is held, which an erasure deletes: whoever waited for it here would be waited for.
    if not await hold_if_free(tx.connection, check.volunteer_id):
        await store.put_off(tx.connection, check.check_id, tx.now + AFTER_ERASURE)
        return
    if await held_or_erased(tx.connection, check.volunteer_id):
        await store.settled(tx.connection, check.volunteer_id, None)
        return
    today = calendar_day(tx.now)
    found = await store.standings(tx.connection, check.volunteer_id, undertaking_required=settings.undertaking_required)
    # When that ends, they are looked at again.
    rests = await is_restricted(tx.connection, check.volunteer_id)
    for standing in found:
        follows = verdict(standing, today)
        if follows is not Verdict.LEAVE and not (rests and follows is Verdict.RESUME):
            await _move(tx, check, standing, follows, settings)
            return
    day = look_again_on(found, today)
    again = None if day is None else datetime.combine(day, time(), BERLIN)
    await store.settled(tx.connection, check.volunteer_id, again)


async def _move(
    tx: Transaction, check: RequirementCheck, standing: Standing, follows: Verdict, settings: MatchingSettings
) -> None:
    """Whatever changes meanwhile leaves another check behind, so nothing is lost by what was seen before the lock."""
    lacks = missing(standing, calendar_day(tx.now))
    if follows is Verdict.SUSPEND:
        moved = await suspend(tx, standing.placement_id, lacks[0], settings)
    elif follows is Verdict.SAY_WHY:
        moved = await say_why(tx, standing.placement_id, lacks[0])
    else:
        moved = await resume(tx, standing.placement_id, settings)
    if moved is None:
        await store.put_off(tx.connection, check.check_id, tx.now + AFTER_FAILURE)
