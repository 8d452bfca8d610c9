"""Check-ins of tandems: one at a time is due, the coordinator is reminded once, and settling it makes the next one."""

from datetime import date
from typing import Any
from uuid import UUID

import structlog

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.tandems import permitted, scope_of
from services.matching.models.tandems import CheckIn, CheckInStatus, DueCheckIn, Outcome
from services.matching.permissions import PERMISSIONS
from services.matching.rules import tandem_refusals
from services.matching.rules import tandems as rules
from services.matching.store import check_ins as store
from services.matching.store import tandems as tandems_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.access.rights import refuse_if_restricted
from shared.contracts.tandems import TandemCheckInDue
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

AT_ONCE = 100


async def settle(
    tx: Transaction, caller: Caller, check_in_id: UUID, expected: int, outcome: Outcome, status: CheckInStatus
) -> CheckIn:
    """A coordinator says what came of a check-in, or why there was none; while the tandem runs another one follows."""
    seen = await store.check_in(tx.connection, check_in_id)
    view = None if seen is None else await tandems_store.view(tx.connection, seen.tandem_id)
    volunteer_id = permitted(caller, "settle-check-in", view).tandem.volunteer_id
    if seen is None:
        raise not_found("tandem")
    if caller.is_person(volunteer_id):
        raise tandem_refusals.own_tandem()
    await lock_subject(tx, volunteer_id)
    await refuse_if_restricted(tx.connection, volunteer_id)
    tandem = permitted(caller, "settle-check-in", await tandems_store.locked(tx.connection, seen.tandem_id)).tandem
    current = await store.check_in(tx.connection, check_in_id)
    if current is None:
        raise not_found("tandem")
    if current.version != expected:
        raise version_mismatch(current.version)
    settled = rules.settled(current, outcome, status, tx.now)
    await store.settle(tx.connection, settled)
    if tandem.status in rules.RUNNING:
        due_on = rules.next_due(tandem.check_in_days, calendar_day(tx.now))
        await store.add(tx.connection, new_id(), tandem.tandem_id, due_on)
    log.info(f"tandem-check-in-{status.value}", tandem_id=str(tandem.tandem_id), check_in_id=str(check_in_id))
    return settled


async def of_tandem(connection: Any, caller: Caller, tandem_id: UUID) -> list[CheckIn]:
    """The check-ins of a tandem, for the volunteer and the coordinators."""
    permitted(caller, "read-tandem", await tandems_store.view(connection, tandem_id))
    return await store.of_tandem(connection, tandem_id)


async def due(connection: Any, caller: Caller, asked: Asked, due_by: date | None) -> list[DueCheckIn]:
    """A stretch of what the caller has to see to, what has been due longest first."""
    PERMISSIONS.require("list-check-ins", caller, Belongs(person=caller.subject_id), what="tandem")
    return await store.due_listed(connection, asked, scope_of(caller), due_by)


async def remind(tx: Transaction) -> int:
    """A timer's step: coordinators are told of check-ins that are due, and both sides that a trial is over; once each."""
    today = calendar_day(tx.now)
    found = await store.to_tell(tx.connection, today, AT_ONCE)
    await store.told(tx.connection, [each.check_in_id for each in found if each.check_in_id is not None])
    over = await store.trials_to_tell(tx.connection, today, AT_ONCE)
    await store.told_of_trials(tx.connection, [each.tandem_id for each in over])
    for each in [*found, *over]:
        tx.publish(TandemCheckInDue.model_validate(each, from_attributes=True))
        log.info("tandem-check-in-due", tandem_id=str(each.tandem_id), number=each.number)
    return len(found) + len(over)
