"""Restriction of processing (Art. 18 DSGVO): from now on a person's data is stored, and nothing else is done with it.

Every service hears of it by `registry.rights`, and of volunteers as a pause besides. Here nothing of a volunteer is shown
to an organisation, no campaign chooses them, nobody merges them. Of staff, name and ways to reach them disappear from lists
and from the directory of contacts, where the substitute stands in, and no volunteer gets them as their contact; what they do
themselves in their roles stays theirs to do. Only the person themself still sees and changes their data.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.registry.handlers import rights
from services.registry.handlers.audit import record
from services.registry.handlers.exchange_notices import tell_held_back
from services.registry.handlers.requests.telling import is_member_or_gone
from services.registry.handlers.volunteers import save
from services.registry.models.requests import (
    LiftRestriction,
    Restriction,
    RestrictionAnswer,
    RestrictionGround,
)
from services.registry.permissions import PERMISSIONS
from services.registry.store import own_contacts, volunteers
from services.registry.store import restrictions as store
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


async def begin(tx: Transaction, subject_id: UUID, request_id: UUID | None, ground: RestrictionGround) -> None:
    """Restrict, and tell the others that nothing is to be done with this person. The subject is locked already."""
    stored = await volunteers.volunteer(tx.connection, subject_id, lock=True)
    if await store.begin(tx.connection, Restriction(subject_id, request_id, ground, tx.now)):
        if stored is not None:
            await save(tx, replace(stored, restricted=True))
        await _changed(tx, subject_id)
        log.info("restriction-begun", subject_id=str(subject_id))


async def _changed(tx: Transaction, subject_id: UUID) -> None:
    await rights.renew(tx, subject_id)
    for contact in await store.contacts_of(tx.connection, subject_id):
        await own_contacts.note_of_contacts(tx.connection, [contact.contact_id], tx.now)
        await own_contacts.note_waiting(
            tx.connection, contact.district, contact.organisation_id, contact.capacity, tx.now
        )


async def lift(tx: Transaction, caller: Caller, subject_id: UUID, told: LiftRestriction) -> None:
    """End a restriction: the person themself at once, a privacy officer some days after the person was told of it.

    Art. 18(3) DSGVO: whoever obtained a restriction is informed before it is lifted.
    """
    PERMISSIONS.require("lift-restriction", caller, Belongs(person=subject_id), what="restriction")
    await lock_subject(tx, subject_id)
    if caller.is_person(subject_id):
        if not await _end(tx, subject_id):
            raise not_found("restriction")
        return
    ends_on = tx.now.astimezone(BERLIN).date() + NOTICE
    if not await store.announce_end(tx.connection, subject_id, ends_on):
        raise not_found("restriction")
    await record(tx, caller, "lifted", "restriction", subject_id, subject_id, why=told.reason)
    by_member = await is_member_or_gone(tx.connection, subject_id)
    if by_member is not None:
        tx.publish(RestrictionEnding(subject_id=subject_id, reason=told.reason, ends_on=ends_on, by_member=by_member))
    log.info("restriction-ending", subject_id=str(subject_id))


async def end_announced(tx: Transaction) -> int:
    """A timer's step: restrictions whose announced day has come."""
    ending = await store.ending(tx.connection, tx.now.astimezone(BERLIN).date(), ENDED_AT_ONCE)
    for subject_id in ending:
        await lock_subject(tx, subject_id)
        await _end(tx, subject_id)
    return len(ending)


async def _end(tx: Transaction, subject_id: UUID) -> bool:
    stored = await volunteers.volunteer(tx.connection, subject_id, lock=True)
    if await store.end(tx.connection, subject_id) is None:
        return False
    if stored is not None:
        await save(tx, replace(stored, restricted=False))
        await tell_held_back(tx, subject_id)
    await _changed(tx, subject_id)
    log.info("restriction-lifted", subject_id=str(subject_id))
    return True


async def restriction(tx: Transaction, caller: Caller, subject_id: UUID) -> RestrictionAnswer:
    """Whether one's data is restricted, since when and why."""
    PERMISSIONS.require("read-restriction", caller, Belongs(person=subject_id), what="restriction")
    found = await store.restriction_of(tx.connection, subject_id)
    if found is None:
        raise not_found("restriction")
    if not caller.is_person(subject_id):
        await record(tx, caller, "read", "restriction", subject_id, subject_id)
    return RestrictionAnswer.model_validate(found, from_attributes=True)
