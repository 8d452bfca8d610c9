"""The feed of changes for associations' systems: what belongs to them, deletions included, and nothing is ever skipped.

Transactions commit in another order than their sequences count, so a change gets its number only after its commit, by one
numberer at a time. Whoever has read up to a number has read everything that will ever stand before it.
"""

from typing import Any
from uuid import UUID

from services.registry.models.changes import (
    Change,
    ChangeAnswer,
    ChangesAnswer,
    Cursor,
    ExternalIdAnswer,
    StoredChange,
)
from services.registry.models.exchange import Kind
from services.registry.permissions import PERMISSIONS
from services.registry.rules.changes import cursor_of, cursor_text, cursor_too_old
from services.registry.settings import RegistrySettings
from services.registry.store import changes as store
from services.registry.store import external_ids as links_store
from services.registry.store import machines as machines_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

NUMBER_STEP, PRUNE_STEP = 5000, 5000
READERS = (Role.INTEGRATION, Role.ORGANISATION_ADMIN)


async def changes(
    connection: Any, caller: Caller, *, organisation_id: UUID | None, after: str | None, rows: int
) -> ChangesAnswer:
    """The next changes of an organisation and those under it. `after`: a cursor, `now`, or None for the oldest kept."""
    if organisation_id is None:
        PERMISSIONS.require("read-changes", caller, _own(caller), what="organisation")
        organisation_id = _own(caller).organisation_id
    PERMISSIONS.require("read-changes", caller, Belongs(organisation_id=organisation_id), what="organisation")
    if organisation_id is None:
        raise not_found("organisation")
    # One snapshot: what is pruned while this is read must not be missing unnoticed.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _read(connection, organisation_id, after, rows)


async def _read(connection: Any, organisation_id: UUID, after: str | None, rows: int) -> ChangesAnswer:
    end, pruned_through = await store.end(connection)
    if after == "now":
        return ChangesAnswer(changes=[], next=cursor_text(end), is_complete=True)
    begin = Cursor(pruned_through, 0) if after is None else await _begin(connection, after, end, pruned_through)
    reach = await machines_store.organisations_within(connection, organisation_id)
    found = await store.changes(connection, reach, after=begin.number, through=end.number, rows=rows + 1)
    shown = found[:rows]
    # Complete: go on after all that there is, not after the last own change, so that the cursor does not age.
    following = end if len(found) <= rows else Cursor(shown[-1].number, shown[-1].position)
    return ChangesAnswer(
        changes=await _shown(connection, shown, reach),
        next=cursor_text(following),
        is_complete=len(found) <= rows,
    )


def _own(caller: Caller) -> Belongs:
    """The one organisation for which the caller exchanges data; with several they have to say which."""
    organisations = sorted(caller.organisations(*READERS))
    return Belongs(organisation_id=organisations[0]) if len(organisations) == 1 else Belongs()


async def _begin(connection: Any, after: str, end: Cursor, pruned_through: int) -> Cursor:
    begin = cursor_of(after)
    if begin.number < pruned_through or begin.number > end.number:
        raise cursor_too_old()
    if begin.number > pruned_through and await store.position_of(connection, begin.number) != begin.position:
        # The number is there, but stands for something else: a backup was restored, and the numbers count anew.
        raise cursor_too_old()
    return begin


async def _shown(connection: Any, found: list[StoredChange], reach: frozenset[UUID]) -> list[ChangeAnswer]:
    states: dict[tuple[Kind, UUID], dict[str, Any]] = {}
    names: dict[tuple[Kind, UUID], list[tuple[str, str]]] = {}
    for kind in Kind:
        ids = {each.id for each in found if each.kind is kind}
        if not ids or kind is Kind.VOLUNTEERS:
            continue
        alive = {each.id for each in found if each.kind is kind and each.change is Change.CHANGED}
        for id_, state in (await store.states(connection, kind, alive)).items():
            states[kind, id_] = _within(kind, state, reach)
        for id_, told in (await links_store.ids_told(connection, kind, ids, reach)).items():
            names[kind, id_] = told
    return [_answer(each, states, names) for each in found]


def _within(kind: Kind, state: dict[str, Any], reach: frozenset[UUID]) -> dict[str, Any]:
    """A member as an association sees them: what they are elsewhere is not its business."""
    if kind is not Kind.MEMBERS:
        return state
    own = {str(organisation_id) for organisation_id in reach}
    return {**state, "memberships": [m for m in state["memberships"] if m["organisation_id"] in own]}


def _answer(
    each: StoredChange,
    states: dict[tuple[Kind, UUID], dict[str, Any]],
    names: dict[tuple[Kind, UUID], list[tuple[str, str]]],
) -> ChangeAnswer:
    told = names.get((each.kind, each.id), [])
    if each.source is not None and each.external_id is not None:
        told = [(each.source, each.external_id)]
    return ChangeAnswer(
        kind=each.kind,
        id=each.id,
        change=each.change,
        version=each.version,
        organisation_id=each.organisation_id,
        external_ids=[ExternalIdAnswer(source=source, external_id=external_id) for source, external_id in told],
        recorded_at=each.recorded_at,
        state=states.get((each.kind, each.id)) if each.change is Change.CHANGED else None,
    )


async def number(tx: Transaction) -> int:
    """A timer's step: number what was committed since."""
    return await store.number(tx.connection, NUMBER_STEP)


async def prune(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: forget changes whose time is over."""
    return await store.prune(tx.connection, tx.now - settings.changes_kept, PRUNE_STEP)
