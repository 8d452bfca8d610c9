"""Volunteers pause, return and leave.

Leaving is the withdrawal of the consent to processing, and that is an erasure: the registry keeps nothing of a volunteer
that a law obliges it to keep (Art. 17 (1) (a), (b) DSGVO; the retention periods of the field concern clearances, which go
with the end of the activity, and papers of organisations). So there is no state "left" with data in it.
"""

from dataclasses import replace
from uuid import UUID

from services.registry.handlers import erasures
from services.registry.handlers.volunteers import answer, known, note, save
from services.registry.models.erasures import ErasureAccepted
from services.registry.models.volunteers import PauseVolunteer, VolunteerAnswer
from services.registry.rules.pauses import check_until
from services.registry.store import volunteers as store
from shared.access.callers import Caller
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import version_mismatch

STEP = 100


async def pause(
    tx: Transaction, caller: Caller, volunteer_id: UUID, version: int, wanted: PauseVolunteer
) -> VolunteerAnswer:
    """Nobody is suggested to this volunteer, nor they to anybody, until a day or until they return."""
    check_until(wanted.until, tx.now.astimezone(BERLIN).date())
    return await _set(tx, caller, volunteer_id, version, True, wanted)


async def come_back(tx: Transaction, caller: Caller, volunteer_id: UUID, version: int) -> VolunteerAnswer:
    """The pause is over."""
    return await _set(tx, caller, volunteer_id, version, False, PauseVolunteer())


async def _set(
    tx: Transaction, caller: Caller, volunteer_id: UUID, version: int, paused: bool, wanted: PauseVolunteer
) -> VolunteerAnswer:
    await lock_subject(tx, volunteer_id)
    stored, contact = await known(tx.connection, caller, volunteer_id, "change-volunteer", lock=True)
    if stored.published.version != version:
        raise version_mismatch(stored.published.version)
    await note(tx, caller, "changed", "volunteer", stored)
    state = stored.published.model_copy(update={"paused": paused or stored.guardian_awaited})
    changed = replace(stored, published=state, paused=paused, paused_until=wanted.until)
    if changed != stored:
        changed = await save(tx, changed)
    return answer(changed, contact)


async def leave(tx: Transaction, caller: Caller, volunteer_id: UUID) -> ErasureAccepted:
    """A volunteer leaves: everything is erased everywhere, with a receipt."""
    return await erasures.request_erasure(tx, caller, volunteer_id)


async def end_pauses(tx: Transaction) -> int:
    """A timer's step: whoever paused until today is there again."""
    returning = await store.returning(tx.connection, tx.now.astimezone(BERLIN).date(), STEP)
    for stored in returning:
        state = stored.published.model_copy(update={"paused": stored.guardian_awaited})
        await save(tx, replace(stored, published=state, paused=False, paused_until=None))
    return len(returning)
