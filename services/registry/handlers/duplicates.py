"""Likely duplicates: found when a name or an address is written, shown to whoever may see both, decided on by a person.

Who decides: a coordinator of an organisation that has dealt with both (or registered them) in their district, because
they see both anyway and know the people; and the privacy officer, because the rights of a person reach over all
organisations. The list holds no personal data; the two side by side do, and each look at them is recorded.
"""

from functools import cache
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.models.duplicates import (
    Duplicate,
    DuplicateAnswer,
    DuplicateStatus,
    LikelyBecause,
    StateDuplicate,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules.duplicates import keys_of, likely_because, one_volunteer, plain_name
from services.registry.rules.merges import check_persons
from services.registry.store import duplicates as store
from services.registry.store import volunteers as volunteers_store
from shared.access.callers import Caller
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch

log = structlog.get_logger()

STEP = 500
SHARED_AT_MOST = 20
"""So many others are looked at for one key."""


async def find(tx: Transaction) -> int:
    """A timer's step: compare those whose name or address was written with whoever shares a key with them."""
    checked = await store.take_checks(tx.connection, STEP)
    if not checked:
        return 0
    mine = await store.compared(tx.connection, checked)
    parts_of = cache(plain_name)  # of this step: nobody's name stays behind
    keys = {each: keys_of(volunteer, parts_of) for each, volunteer in mine.items()}
    await store.save_keys(tx.connection, keys, checked)
    pairs = await store.sharing(tx.connection, list(mine), SHARED_AT_MOST)
    others = {each for pair in pairs for each in pair} - mine.keys()
    known = {**mine, **await store.compared(tx.connection, others)}
    found = {
        (first, second): reasons
        for (first, second), shared in pairs.items()
        if first in known
        and second in known
        and (reasons := likely_because(known[first], known[second], shared, parts_of))
    }
    await store.save_found(tx.connection, found, checked, tx.now)
    if found:
        log.info("duplicates-found", pairs_count=len(found))
    return len(checked)


def reach_of(caller: Caller) -> store.Reach | None:
    """The organisations and districts in which the caller may merge; None: everywhere."""
    if caller.has_role(Role.PRIVACY_OFFICER):
        return None
    return sorted(
        (organisation_id, district)
        for organisation_id in caller.organisations(Role.COORDINATOR)
        for district in caller.districts(Role.COORDINATOR, organisation_id=organisation_id)
    )


async def duplicates(
    connection: Any, caller: Caller, asked: Asked, *, status: DuplicateStatus, reason: LikelyBecause | None
) -> list[Duplicate]:
    """A stretch of the pairs that the caller may decide on; ids and reasons only."""
    caller.require(*PERMISSIONS.rules["merge-volunteers"])
    return await store.duplicates(connection, asked, reach_of(caller), status, reason)


async def duplicate(tx: Transaction, caller: Caller, duplicate_id: UUID) -> DuplicateAnswer:
    """Both side by side; recorded for each of them."""
    found, organisation_id = await permitted(tx.connection, caller, duplicate_id)
    pair = (found.first_id, found.second_id)
    things = [(duplicate_id, person) for person in pair]
    await audit.record_each(tx, caller, "read", "duplicate", things, organisation_id=organisation_id)
    return await _answer(tx, found, organisation_id)


async def _answer(tx: Transaction, found: Duplicate, organisation_id: UUID | None) -> DuplicateAnswer:
    pair = (found.first_id, found.second_id)
    return DuplicateAnswer(
        duplicate_id=found.duplicate_id,
        version=found.version,
        first_id=found.first_id,
        second_id=found.second_id,
        reasons=found.reasons,
        status=found.status,
        found_at=found.found_at,
        volunteers=await store.side_by_side(tx.connection, pair, organisation_id),
    )


async def permitted(
    connection: Any, caller: Caller, duplicate_id: UUID, *, lock: bool = False
) -> tuple[Duplicate, UUID | None]:
    """A pair that the caller may decide on, and on whose behalf (None: as the privacy officer)."""
    caller.require(*PERMISSIONS.rules["merge-volunteers"])
    found = await store.duplicate(connection, duplicate_id, lock=lock)
    if found is None:
        raise not_found("duplicate")
    pair = (found.first_id, found.second_id)
    organisation_id = await organisation_for(connection, caller, pair)
    for each in pair:
        await refuse_if_restricted(connection, each)
    return found, organisation_id


async def organisation_for(connection: Any, caller: Caller, pair: store.Pair) -> UUID | None:
    """On whose behalf the caller sees both; None for the privacy officer. 404 for everybody else."""
    reach = reach_of(caller)
    if reach is None:
        return None
    organisation_id = await store.organisation_of_both(connection, pair, reach)
    if organisation_id is None:
        raise not_found("duplicate")
    return organisation_id


async def state(tx: Transaction, caller: Caller, told: StateDuplicate) -> DuplicateAnswer:
    """Say that two volunteers are one person although nothing shows it (a name that has changed).

    Raises
    ------
    Refusal
        `one-volunteer`, `volunteer-not-found`, `guardian-awaited`, `ages-contradict`.
    """
    caller.require(*PERMISSIONS.rules["merge-volunteers"])
    if told.first_id == told.second_id:
        raise one_volunteer()
    pair = store.ordered(told.first_id, told.second_id)
    organisation_id = await organisation_for(tx.connection, caller, pair)
    for subject_id in pair:
        await lock_subject(tx, subject_id)
        await refuse_if_restricted(tx.connection, subject_id)
    if len(await store.compared(tx.connection, pair)) < len(pair):
        raise not_found("volunteer")
    first, second = [await volunteers_store.volunteer(tx.connection, each) for each in pair]
    if first is None or second is None:
        raise not_found("volunteer")
    check_persons(first, second, tx.now.astimezone(BERLIN).date())
    found = await store.state(tx.connection, pair, tx.now)
    things = [(found.duplicate_id, person) for person in pair]
    await audit.record_each(tx, caller, "stated", "duplicate", things, organisation_id=organisation_id)
    return await _answer(tx, found, organisation_id)


async def stated(tx: Transaction, caller: Caller, told: StateDuplicate) -> DuplicateAnswer:
    """What was said before, as the caller may see it now: nothing of the two is kept for a repetition."""
    found = await store.duplicate_of(tx.connection, store.ordered(told.first_id, told.second_id))
    if found is None:
        raise not_found("duplicate")
    return await duplicate(tx, caller, found.duplicate_id)


async def dismiss(tx: Transaction, caller: Caller, duplicate_id: UUID, version: int) -> None:
    """They are two persons; the pair is not found again."""
    found, organisation_id = await permitted(tx.connection, caller, duplicate_id, lock=True)
    if found.version != version:
        raise version_mismatch(found.version)
    pair = (found.first_id, found.second_id)
    await store.dismiss(tx.connection, pair, tx.now)
    things = [(duplicate_id, person) for person in pair]
    await audit.record_each(tx, caller, "dismissed", "duplicate", things, organisation_id=organisation_id)
