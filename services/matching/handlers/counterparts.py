"""The other side of tandems, recorded by coordinators: a reference, languages and wishes. And what volunteers wish."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.models.tandems import (
    ChangeCounterpart,
    Counterpart,
    CounterpartStatus,
    Fitting,
    OwnWishes,
    RecordCounterpart,
    Wish,
)
from services.matching.permissions import PERMISSIONS
from services.matching.rules import tandem_refusals
from services.matching.rules.tandems import by_fit
from services.matching.settings import MatchingSettings
from services.matching.store import counterparts as store
from services.matching.store import tandems as tandems_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

LOOKED_AT = 1000
"""So many placements are weighed for one list of volunteers."""
PRUNED_AT_ONCE = 1000


async def record(tx: Transaction, caller: Caller, told: RecordCounterpart) -> Counterpart:
    """Somebody, or a family, for whom a volunteer is looked for. No personal data (Art. 5(1)(c) DSGVO)."""
    belongs = Belongs(told.organisation_id, told.district)
    PERMISSIONS.require("record-counterpart", caller, belongs, what="organisation")
    made = Counterpart(
        counterpart_id=new_id(),
        version=1,
        status=CounterpartStatus.OPEN,
        created_at=tx.now,
        changed_at=tx.now,
        **told.values(),
    )
    if not await store.insert(tx.connection, made):
        raise tandem_refusals.reference_taken()
    log.info("counterpart-recorded", counterpart_id=str(made.counterpart_id))
    return _permitted(caller, "record-counterpart", await store.counterpart(tx.connection, made.counterpart_id))


async def change(
    tx: Transaction, caller: Caller, counterpart_id: UUID, expected: int, told: ChangeCounterpart
) -> Counterpart:
    """Languages and wishes anew; the reference stays."""
    before = await _locked(tx, caller, counterpart_id, expected)
    languages, wishes = tuple(dict.fromkeys(told.languages)), tuple(dict.fromkeys(told.wishes))
    after = replace(before, version=before.version + 1, languages=languages, wishes=wishes, changed_at=tx.now)
    await store.save(tx.connection, after)
    return after


async def close(tx: Transaction, caller: Caller, counterpart_id: UUID, expected: int) -> Counterpart:
    """Nobody is looked for any more; a tandem that lives is ended first."""
    before = await _locked(tx, caller, counterpart_id, expected)
    if before.status is not CounterpartStatus.OPEN:
        raise tandem_refusals.counterpart_taken(before.status)
    after = replace(before, version=before.version + 1, status=CounterpartStatus.CLOSED, changed_at=tx.now)
    await store.save(tx.connection, after)
    return after


async def counterpart(connection: Any, caller: Caller, counterpart_id: UUID) -> Counterpart:
    """One of them, for the coordinators of its organisation and district."""
    return _permitted(caller, "read-counterparts", await store.counterpart(connection, counterpart_id))


async def counterparts(
    connection: Any,
    caller: Caller,
    organisation_id: UUID,
    asked: Asked,
    status: CounterpartStatus | None,
    language: str | None,
) -> list[Counterpart]:
    """A stretch of what an organisation has recorded for the caller's districts."""
    districts = sorted(caller.districts(Role.COORDINATOR, organisation_id=organisation_id))
    PERMISSIONS.require("list-counterparts", caller, Belongs(organisation_id), what="organisation")
    return await store.listed(connection, asked, organisation_id, districts, status, language)


async def fitting_volunteers(connection: Any, caller: Caller, counterpart_id: UUID, limit: int) -> list[Fitting]:
    """Whom a tandem could be proposed to: who holds a place there, by what both sides share. Ids and facts only."""
    other = await counterpart(connection, caller, counterpart_id)
    found = await store.fitting(connection, other.organisation_id, other.district, LOOKED_AT)
    return by_fit(found, other.languages, other.wishes)[:limit]


async def own_wishes(connection: Any, caller: Caller, volunteer_id: UUID) -> OwnWishes:
    """What a volunteer wishes to do in a tandem."""
    PERMISSIONS.require("own-tandem-wishes", caller, Belongs(person=volunteer_id), what="volunteer")
    return await tandems_store.own_wishes(connection, volunteer_id)


async def state_wishes(
    tx: Transaction, caller: Caller, volunteer_id: UUID, expected: int, wishes: Sequence[Wish]
) -> OwnWishes:
    """A volunteer says what they wish; version 1 before they ever did."""
    PERMISSIONS.require("own-tandem-wishes", caller, Belongs(person=volunteer_id), what="volunteer")
    await lock_subject(tx, volunteer_id)
    chosen = tuple(dict.fromkeys(wishes))
    if not await tandems_store.state_wishes(tx.connection, volunteer_id, expected, chosen, tx.now):
        raise version_mismatch((await tandems_store.own_wishes(tx.connection, volunteer_id)).version)
    return OwnWishes(volunteer_id, expected + 1, chosen)


async def forget_closed(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: references that were closed long ago (Art. 5(1)(e) DSGVO)."""
    before = tx.now - timedelta(days=settings.counterpart_kept_days)
    return await store.forget_closed(tx.connection, before, PRUNED_AT_ONCE)


async def _locked(tx: Transaction, caller: Caller, counterpart_id: UUID, expected: int) -> Counterpart:
    _permitted(caller, "record-counterpart", await store.counterpart(tx.connection, counterpart_id))
    found = _permitted(caller, "record-counterpart", await store.locked(tx.connection, counterpart_id))
    if found.version != expected:
        raise version_mismatch(found.version)
    if found.status is CounterpartStatus.CLOSED:
        raise tandem_refusals.counterpart_taken(found.status)
    return found


def _permitted(caller: Caller, operation: str, found: Counterpart | None) -> Counterpart:
    belongs = Belongs(found.organisation_id, found.district) if found else Belongs()
    PERMISSIONS.require(operation, caller, belongs, what="counterpart")
    if found is None:
        raise not_found("counterpart")
    if not found.organisation_verified:
        raise refusals.organisation_not_verified()
    return found
