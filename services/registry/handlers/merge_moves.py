"""What belongs to one of two merged volunteers goes on under the other's id, and back when that is undone.

Consents follow the ledger: it is one person's, so the last decision for each purpose holds. Of two clearances for one
purpose the one that was inspected last counts, as when the same organisation inspects again; the other may be another
person's after all, so it is set aside until the merge can no longer be undone, or its own time is over (§ 72a(5) SGB VIII),
whichever comes first. When each is to go is worked out anew, because placements have come to the person or left them.

Optional characteristics (Art. 9 DSGVO among them), what was agreed to about them and calls that tell of them stay behind,
whoever merges: they were told under one sign-in, which whoever holds the other one may not be behind. The survivor can
tell them again; with the time for the undoing they are gone. So they are when who comes back has lost their sign-in.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.handlers import clearance_periods, consents
from services.registry.handlers import clearances as clearances_handlers
from services.registry.handlers.groups import announce, without_member
from services.registry.models.clearances import DeletionReason, StoredClearance
from services.registry.models.duplicates import Merge
from services.registry.models.groups import Group
from services.registry.store import clearances as clearances_store
from services.registry.store import groups as groups_store
from services.registry.store import imported_volunteers
from services.registry.store import merges as store
from shared.contracts.registry import ClearanceRecorded
from shared.postgres.transaction import Transaction

CONSENTS = "registry.consents"
GROUPS, CLEARANCES, CALLS = "group_members", "clearances", "campaign_calls"
BY_IMPORT = "links_by_import"

Moved = dict[str, list[Any]]
LeftBehind = dict[str, list[dict[str, Any]]]


async def move(
    tx: Transaction, from_id: UUID, to_id: UUID, merge_id: UUID, undo_until: date
) -> tuple[Moved, LeftBehind]:
    """Everything that can moves; by table the keys of what did, and the rows that had to stay behind."""
    has_own_profile = bool(await imported_volunteers.own_profiles(tx.connection, [to_id]))
    moved: Moved = {each.table: await store.move(tx.connection, each, from_id, to_id) for each in store.THEIRS}
    links = moved[store.LINKS.table] if has_own_profile else []
    moved[BY_IMPORT] = await store.ask_about_links(tx.connection, links)
    moved[store.LEDGER.table] = await store.move(tx.connection, store.LEDGER, from_id, to_id)
    await store.follow_ledger(tx.connection, to_id)
    moved[CLEARANCES] = await _move_clearances(tx, from_id, to_id, merge_id, undo_until)
    moved[GROUPS] = []
    left: LeftBehind = {GROUPS: []}
    for group in await groups_store.lock_groups_of(tx.connection, from_id):
        if group.has(to_id):
            left[GROUPS].append(_membership(group, from_id))
            await without_member(tx, group, from_id)
        else:
            moved[GROUPS].append(str(group.group_id))
            await _rename(tx, group, from_id, to_id)
    for theirs in (*store.THEIRS, store.LEDGER, store.CHARACTERISTICS):
        left[theirs.table] = await store.left(tx.connection, theirs, from_id)
        if theirs not in (store.LINKS, store.LEDGER):
            await store.remove_left(tx.connection, theirs, from_id)
    # Links and consents that stay behind go with the row of the volunteer; until they are restored, the links are kept out
    # of imports.
    left["consent_proofs"] = await store.proofs_of(tx.connection, left[store.LINKS.table])
    await consents.announce(tx, to_id)
    tx.bury(CONSENTS, from_id, person=from_id)
    return moved, left


async def without_characteristics(tx: Transaction, left: LeftBehind) -> LeftBehind:
    """What comes back of somebody for whom others speak from now on: they could read what was told under a sign-in."""
    calls = left.get(CALLS, [])
    chosen = await store.chosen_by_characteristics(tx.connection, {call["campaign_id"] for call in calls})
    agreed = left.get(store.LEDGER.table, [])
    return {
        **left,
        store.CHARACTERISTICS.table: [],
        store.LEDGER.table: [each for each in agreed if each["purpose"] not in store.PURPOSES_OF_CHARACTERISTICS],
        CALLS: [call for call in calls if call["campaign_id"] not in chosen],
    }


async def move_back(tx: Transaction, merge: Merge, left: LeftBehind) -> None:
    """What moved goes back, as far as it is still there; what stayed behind is there again."""
    survivor, merged = merge.survivor_id, merge.merged_id
    moved = merge.moved or {}
    for theirs in (*store.THEIRS, store.LEDGER):
        await store.move_back(tx.connection, theirs, survivor, merged, moved.get(theirs.table, []))
    await store.import_links_again(tx.connection, merged, moved.get(BY_IMPORT, []))
    # In this order, because a characteristic cannot be without its consent.
    await store.restore(tx.connection, store.LEDGER.table, left.get(store.LEDGER.table, []))
    await store.follow_ledger(tx.connection, merged)
    await store.follow_ledger(tx.connection, survivor)
    links = left.get(store.LINKS.table, [])
    await store.bring_links_back(tx.connection, links)
    for table, rows in left.items():
        if rows and table not in (GROUPS, store.LEDGER.table):
            await store.restore(tx.connection, table, rows)
    await _move_clearances_back(tx, merge, moved.get(CLEARANCES, []))
    await _rejoin(tx, merge, moved.get(GROUPS, []), left.get(GROUPS, []))
    await consents.announce(tx, merged)
    await consents.announce(tx, survivor)


async def _rename(tx: Transaction, group: Group, from_id: UUID, to_id: UUID) -> None:
    await groups_store.move_member(tx.connection, group.group_id, from_id, to_id)
    members = tuple(
        replace(each, volunteer_id=to_id) if each.volunteer_id == from_id else each for each in group.members
    )
    await announce(tx, replace(group, version=group.version + 1, members=members))


def _membership(group: Group, volunteer_id: UUID) -> dict[str, Any]:
    member = next(each for each in group.members if each.volunteer_id == volunteer_id)
    spoke = group.speaker_id == volunteer_id
    return {"group_id": str(group.group_id), "joined_at": member.joined_at.isoformat(), "is_speaker": spoke}


async def _rejoin(tx: Transaction, merge: Merge, moved: list[Any], left: list[dict[str, Any]]) -> None:
    """Into groups the merged volunteer comes back by the seat that moved, or beside the survivor who was there, too."""
    for group in await groups_store.lock_groups_of(tx.connection, merge.survivor_id):
        if str(group.group_id) in moved and not group.has(merge.merged_id):
            await _rename(tx, group, merge.survivor_id, merge.merged_id)
    for membership in left:
        found = await groups_store.group(tx.connection, UUID(membership["group_id"]), lock=True)
        if found is None or found.has(merge.merged_id):
            continue
        joined_at = datetime.fromisoformat(membership["joined_at"])
        await groups_store.add_member(tx.connection, found.group_id, merge.merged_id, joined_at)
        if membership.get("is_speaker") and found.speaker_id == merge.survivor_id:
            await groups_store.set_speaker(tx.connection, found.group_id, merge.merged_id)
        again = await groups_store.group(tx.connection, found.group_id, lock=True)
        if again is not None:
            await announce(tx, replace(again, version=again.version + 1))


async def _move_clearances(tx: Transaction, from_id: UUID, to_id: UUID, merge_id: UUID, undo_until: date) -> list[str]:
    for volunteer_id in sorted((from_id, to_id)):
        await clearances_store.hold(tx.connection, volunteer_id)
    theirs = {_purpose(each): each for each in await store.clearances_of(tx.connection, to_id)}
    moved = []
    for clearance in await store.clearances_of(tx.connection, from_id):
        other = theirs.get(_purpose(clearance))
        if other is not None:
            older = min(clearance, other, key=lambda each: (each.inspected_on, each.recorded_at))
            if older.delete_on is None or older.delete_on > undo_until:
                await clearances_store.set_aside(tx.connection, older.clearance_id, merge_id)
            await clearances_handlers.remove(tx, None, older, DeletionReason.REPLACED)
            if older is clearance:
                continue
        await _move_clearance(tx, clearance, to_id)
        moved.append(str(clearance.clearance_id))
    await _settle_clearances(tx, from_id, to_id)
    return moved


async def _settle_clearances(tx: Transaction, *volunteer_ids: UUID) -> None:
    """Work out anew when their clearances, which are held and whose placements have moved, are to go."""
    for volunteer_id in sorted(volunteer_ids):
        known = await store.clearances_of(tx.connection, volunteer_id)
        for organisation_id in sorted({each.organisation_id for each in known}):
            await clearance_periods.settle(tx, volunteer_id, organisation_id)


async def _move_clearances_back(tx: Transaction, merge: Merge, which: list[Any]) -> None:
    from_id, to_id = merge.survivor_id, merge.merged_id
    for volunteer_id in sorted((from_id, to_id)):
        await clearances_store.hold(tx.connection, volunteer_id)
    for clearance in await store.clearances_of(tx.connection, from_id, which):
        await _move_clearance(tx, clearance, to_id)
    for clearance in await clearances_store.take_set_aside(tx.connection, merge.merge_id):
        await clearances_handlers.bring_back(tx, clearance)
    await _settle_clearances(tx, from_id, to_id)


def _purpose(clearance: StoredClearance) -> tuple[Any, ...]:
    return (
        clearance.organisation_id,
        clearance.legal_basis,
        clearance.stated_basis,
        clearance.kind_of_activity,
    )


async def _move_clearance(tx: Transaction, clearance: StoredClearance, to_id: UUID) -> None:
    await store.move_clearance(tx.connection, clearance.clearance_id, to_id)
    if clearance.published_id is None or clearance.published_version is None:
        return
    tx.publish(
        ClearanceRecorded(
            clearance_id=clearance.published_id,
            version=clearance.published_version + 1,
            volunteer_id=to_id,
            organisation_id=clearance.organisation_id,
            legal_basis=clearance.legal_basis,
            kind_of_activity=clearance.kind_of_activity,
            valid_until=clearance.valid_until,
        )
    )
