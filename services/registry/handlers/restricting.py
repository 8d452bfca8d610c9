"""Restriction of processing (Art. 18 DSGVO): from now on a volunteer's data is stored, and nothing else is done with it.

Every service hears of it as a pause: no suggestions in either direction, no new placement. Here nothing is shown to an
organisation, no campaign chooses the person, nobody merges them. Only the person themself still sees and changes their data.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.registry.handlers.audit import record
from services.registry.handlers.volunteers import required, save
from services.registry.models.requests import (
    LiftRestriction,
    Restriction,
    RestrictionAnswer,
    RestrictionGround,
)
from services.registry.permissions import PERMISSIONS
from services.registry.store import restrictions as store
from services.registry.store import volunteers
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import RestrictionEnding
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found

log = structlog.get_logger()

NOTICE = timedelta(days=7)
"""Between the mail to the person and the end of the restriction."""
ENDED_AT_ONCE = 50


async def begin(tx: Transaction, volunteer_id: UUID, request_id: UUID | None, ground: RestrictionGround) -> None:
    """Restrict, and tell the others that nothing is to be done with this volunteer. The subject is locked already."""
    stored = await required(tx.connection, volunteer_id, lock=True)
    if await store.begin(tx.connection, Restriction(volunteer_id, request_id, ground, tx.now)):
        await save(tx, replace(stored, restricted=True))
        log.info("restriction-begun", volunteer_id=str(volunteer_id))


async def lift(tx: Transaction, caller: Caller, volunteer_id: UUID, told: LiftRestriction) -> None:
    """End a restriction: the person themself at once, a privacy officer some days after the person was told of it.

    Art. 18(3) DSGVO: whoever obtained a restriction is informed before it is lifted.
    """
    PERMISSIONS.require("lift-restriction", caller, Belongs(person=volunteer_id), what="restriction")
    await lock_subject(tx, volunteer_id)
    if caller.is_person(volunteer_id):
        if not await _end(tx, volunteer_id):
            raise not_found("restriction")
        return
    ends_on = tx.now.astimezone(BERLIN).date() + NOTICE
    if not await store.announce_end(tx.connection, volunteer_id, ends_on):
        raise not_found("restriction")
    await record(tx, caller, "lifted", "restriction", volunteer_id, volunteer_id, why=told.reason)
    tx.publish(RestrictionEnding(subject_id=volunteer_id, reason=told.reason, ends_on=ends_on))
    log.info("restriction-ending", volunteer_id=str(volunteer_id))


async def end_announced(tx: Transaction) -> int:
    """A timer's step: restrictions whose announced day has come."""
    ending = await store.ending(tx.connection, tx.now.astimezone(BERLIN).date(), ENDED_AT_ONCE)
    for volunteer_id in ending:
        await lock_subject(tx, volunteer_id)
        await _end(tx, volunteer_id)
    return len(ending)


async def _end(tx: Transaction, volunteer_id: UUID) -> bool:
    stored = await volunteers.volunteer(tx.connection, volunteer_id, lock=True)
    if stored is None or await store.end(tx.connection, volunteer_id) is None:
        return False
    await save(tx, replace(stored, restricted=False))
    log.info("restriction-lifted", volunteer_id=str(volunteer_id))
    return True


async def restriction(tx: Transaction, caller: Caller, volunteer_id: UUID) -> RestrictionAnswer:
    """Whether one's data is restricted, since when and why."""
    PERMISSIONS.require("read-restriction", caller, Belongs(person=volunteer_id), what="restriction")
    found = await store.restriction_of(tx.connection, volunteer_id)
    if found is None:
        raise not_found("restriction")
    if not caller.is_person(volunteer_id):
        await record(tx, caller, "read", "restriction", volunteer_id, volunteer_id)
    return RestrictionAnswer.model_validate(found, from_attributes=True)
