"""Two registrations of one person become one; for 30 days that can be undone. Never by machine.

Promises: whoever was merged is reachable under the survivor with consents, placements, support requests, groups and
clearances; every service hears of it; both are told by mail, at both addresses, so that a mistake is noticed by whom it
concerns; what is kept for the undoing is deleted when its time is over; the erasure of either id erases both. Both
subjects are locked as for an erasure, so no command about either is under way meanwhile.
"""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit, rights, volunteers
from services.registry.handlers.duplicates import permitted, reach_of
from services.registry.handlers.merge_moves import move, move_back, without_characteristics
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.models.addresses import mail_hash
from services.registry.models.duplicates import Kept, Merge, MergeAnswer
from services.registry.models.volunteers import StoredVolunteer, VolunteerStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.duplicates import survivor_not_of_pair
from services.registry.rules.merges import (
    check_coordinator,
    check_open,
    check_persons,
    check_undo,
    combined,
    guardian_withdrew,
    taken_back,
    with_ages,
    without_ages,
)
from services.registry.settings import RegistrySettings
from services.registry.store import duplicates as duplicates_store
from services.registry.store import merges as store
from services.registry.store import volunteer_contacts as contacts_store
from services.registry.store import volunteers as volunteers_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    MergeAnnounced,
    Volunteer,
    VolunteerMerged,
    VolunteerRestored,
)
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100
TOLD_WITHIN = timedelta(days=14)
UNDONE_KEPT = timedelta(days=90)
VOLUNTEERS, CONTACTS = "registry.volunteers", "registry.volunteer-contacts"


async def merge(
    tx: Transaction, caller: Caller, settings: RegistrySettings, duplicate_id: UUID, version: int, survivor_id: UUID
) -> MergeAnswer:
    """Bring the two of a pair together; `survivor_id` goes on.

    Raises
    ------
    Refusal
        `survivor-not-of-pair`, `duplicate-not-found`, `volunteer-not-found`, `processing-restricted`, `guardian-awaited`,
        `ages-contradict`, `merge-by-privacy-officer`.
    """
    seen, _ = await permitted(tx.connection, caller, duplicate_id)
    pair = (seen.first_id, seen.second_id)
    if survivor_id not in pair:
        raise survivor_not_of_pair(pair)
    await _lock(tx, *pair)
    found, organisation_id = await permitted(tx.connection, caller, duplicate_id, lock=True)
    if found.version != version:
        raise version_mismatch(found.version)
    check_open(found)
    merged_id = pair[0] if survivor_id == pair[1] else pair[1]
    survivor, merged = await _confirmed(tx, survivor_id), await _confirmed(tx, merged_id)
    check_persons(survivor, merged, tx.now.astimezone(BERLIN).date())
    if organisation_id is not None:
        described_at = await contacts_store.described_since(tx.connection, survivor_id)
        check_coordinator(found.reasons, survivor, merged, caller.organisations(Role.COORDINATOR), described_at)
    done = await _merge(tx, settings, survivor, merged, caller.require_person(), organisation_id)
    for person in pair:
        await audit.record(
            tx, caller, "merged", "volunteer", done.merge_id, concerning=person, organisation_id=organisation_id
        )
    return done


async def _merge(
    tx: Transaction,
    settings: RegistrySettings,
    survivor: StoredVolunteer,
    merged: StoredVolunteer,
    merged_by: UUID,
    organisation_id: UUID | None,
) -> MergeAnswer:
    survivor_id, merged_id = survivor.published.volunteer_id, merged.published.volunteer_id
    volunteer, contact = await store.rows_of(tx.connection, merged_id)
    merge_id, undo_until = new_id(), tx.now + settings.merge_undo
    moved, left = await move(tx, merged_id, survivor_id, merge_id, undo_until.astimezone(BERLIN).date())
    survivor, ages = with_ages(survivor, merged)
    state, added = combined(survivor.published, merged.published)
    added = replace(added, ages=ages)
    signed = None if _signed(survivor) else _signed(merged)
    await store.remove_volunteer(tx.connection, merged_id)
    await _save(tx, survivor, state, _signed(survivor) or signed)
    done = Merge(
        merge_id=merge_id,
        version=1,
        survivor_id=survivor_id,
        merged_id=merged_id,
        organisation_id=organisation_id,
        merged_by=merged_by,
        merged_at=tx.now,
        undo_until=undo_until,
        announced_version=merged.published.version + 1,
        kept=Kept(volunteer, contact, added, left, signed),
        moved=moved,
    )
    await store.add(tx.connection, done)
    tx.publish(
        VolunteerMerged(
            volunteer_id=merged_id,
            version=done.announced_version,
            survivor_id=survivor_id,
            merge_id=done.merge_id,
            merged_at=tx.now,
            undo_until=done.undo_until,
        )
    )
    await rights.renew(tx, survivor_id, merged_id)
    _tell_both(tx, done, undone=False)
    log.info("volunteer-merged", merge_id=str(done.merge_id))
    return _answer(done)


def _signed(stored: StoredVolunteer) -> str | None:
    """The version of the undertaking that holds for somebody; one person may have signed it under either registration."""
    return stored.undertaking_version if stored.published.undertaking_valid else None


async def _save(tx: Transaction, stored: StoredVolunteer, state: Volunteer, undertaking_version: str | None) -> None:
    signed = state.model_copy(update={"undertaking_valid": undertaking_version is not None})
    await volunteers.save(tx, replace(stored, published=signed, undertaking_version=undertaking_version))


async def undo(tx: Transaction, caller: Caller, merge_id: UUID, version: int) -> MergeAnswer:
    """They are two persons after all: both are there again, with what was theirs.

    Raises
    ------
    Refusal
        `merge-not-found`, those of `check_undo`, and `processing-restricted` while the survivor's data may only be stored
        (Art. 18(2) DSGVO).
    """
    seen = await _permitted(tx.connection, caller, merge_id)
    await _lock(tx, seen.survivor_id, seen.merged_id)
    found = await _permitted(tx.connection, caller, merge_id, lock=True)
    if found.version != version:
        raise version_mismatch(found.version)
    check_undo(found, await store.merged_since(tx.connection, found), tx.now)
    await refuse_if_restricted(tx.connection, found.survivor_id)
    if found.kept is not None and found.kept.contact is not None and found.kept.contact["mail"] is not None:
        await contacts_store.lock_address(tx.connection, mail_hash(found.kept.contact["mail"]))
    survivor = await volunteers_store.volunteer(tx.connection, found.survivor_id, lock=True)
    if survivor is None or found.kept is None:
        raise not_found("merge")
    await _restore(tx, found, found.kept, survivor, caller)
    await store.undo(tx.connection, merge_id, caller.require_person(), tx.now)
    await duplicates_store.dismiss(tx.connection, duplicates_store.ordered(found.survivor_id, found.merged_id), tx.now)
    for person in (found.survivor_id, found.merged_id):
        await audit.record(
            tx, caller, "unmerged", "volunteer", merge_id, concerning=person, organisation_id=found.organisation_id
        )
    _tell_both(tx, found, undone=True)
    log.info("merge-undone", merge_id=str(merge_id))
    return _answer(replace(found, version=version + 1, kept=None, undone_at=tx.now))


async def _restore(tx: Transaction, done: Merge, kept: Kept, survivor: StoredVolunteer, caller: Caller) -> None:
    if guardian_withdrew(survivor, kept.volunteer):
        kept = replace(kept, volunteer={**kept.volunteer, "guardian_awaited": True})
    through = None
    if kept.contact is not None and await store.address_is_taken(tx.connection, kept.contact):
        log.info("merged-address-taken", merge_id=str(done.merge_id))
        kept, through = await _without_address(tx, done, kept, caller)
        kept = replace(kept, left=await without_characteristics(tx, kept.left))
    await store.restore_volunteer(tx.connection, kept, done.announced_version + 1, through)
    await move_back(tx, done, kept.left)
    signed = _signed(survivor)
    survivor = without_ages(survivor, kept.added, tx.now.astimezone(BERLIN).date())
    await _save(tx, survivor, taken_back(survivor.published, kept.added), None if signed == kept.signed else signed)
    restored = await _confirmed(tx, done.merged_id)
    tx.publish(VolunteerRestored(**dict(restored.published), survivor_id=done.survivor_id, merge_id=done.merge_id))
    await rights.renew(tx, done.survivor_id, done.merged_id)
    contact = await contacts_store.contact(tx.connection, done.merged_id, lock=True)
    if contact is not None:
        await volunteers.save_contact(tx, contact)


async def _without_address(tx: Transaction, done: Merge, kept: Kept, caller: Caller) -> tuple[Kept, UUID]:
    """The merged volunteer as one whom an organisation registered without mail, and the member through whom they are
    reached: so somebody reads what they told, and can hand them over.
    """
    registered_by = await _organisation_of(tx, done, kept)
    if registered_by is None:
        return kept, caller.require_person()
    kept = replace(kept, volunteer={**kept.volunteer, "registered_by": str(registered_by)})
    if caller.has_role(Role.COORDINATOR, Role.ORGANISATION_ADMIN, organisation_id=registered_by):
        return kept, caller.require_person()
    member = await contacts_store.successor(tx.connection, registered_by, kept.volunteer["district"])
    return kept, member or caller.require_person()


async def _organisation_of(tx: Transaction, done: Merge, kept: Kept) -> UUID | None:
    """Which organisation answers for somebody without mail; None when none was ever concerned."""
    if done.organisation_id is not None:
        return done.organisation_id
    if kept.volunteer["registered_by"] is not None:
        return UUID(kept.volunteer["registered_by"])
    # The privacy officer merges for no organisation: then one that dealt with the merged volunteer.
    placements = (done.moved or {}).get("placements", [])
    return await store.organisation_of_placements(tx.connection, placements)


async def _lock(tx: Transaction, *subject_ids: UUID) -> None:
    for subject_id in sorted(subject_ids):
        if await lock_subject_for_erasure(tx, subject_id):
            raise not_found("volunteer")


async def _confirmed(tx: Transaction, volunteer_id: UUID) -> StoredVolunteer:
    stored = await volunteers_store.volunteer(tx.connection, volunteer_id, lock=True)
    if stored is None or stored.status is not VolunteerStatus.CONFIRMED:
        raise not_found("volunteer")
    await refuse_if_restricted(tx.connection, volunteer_id)
    return stored


def _tell_both(tx: Transaction, done: Merge, *, undone: bool) -> None:
    for volunteer_id in (done.survivor_id, done.merged_id):
        tx.publish(
            MergeAnnounced(
                volunteer_id=volunteer_id,
                merge_id=done.merge_id,
                undone=undone,
                undo_until=done.undo_until,
                expires_at=tx.now + TOLD_WITHIN,
            )
        )


async def _permitted(connection: Any, caller: Caller, merge_id: UUID, *, lock: bool = False) -> Merge:
    """A merge that the caller may undo: on behalf of an organisation in which they may merge, or the privacy officer."""
    found = await store.merge(connection, merge_id, lock=lock)
    belongs = Belongs() if found is None else Belongs(organisation_id=found.organisation_id)
    PERMISSIONS.require("merge-volunteers", caller, belongs, what="merge")
    if found is None:
        raise not_found("merge")
    reach = reach_of(caller)
    if reach is not None and not await store.is_in_reach(connection, found.survivor_id, found.organisation_id, reach):
        raise not_found("merge")
    return found


async def merges(connection: Any, caller: Caller, asked: Asked) -> list[MergeAnswer]:
    """The merges that the caller may undo: ids only."""
    caller.require(*PERMISSIONS.rules["merge-volunteers"])
    return await store.merges(connection, asked, reach_of(caller))


async def one_merge(connection: Any, caller: Caller, merge_id: UUID) -> MergeAnswer:
    """One merge: ids only."""
    return _answer(await _permitted(connection, caller, merge_id))


def _answer(done: Merge) -> MergeAnswer:
    shown = {name: value for name, value in asdict(done).items() if name in MergeAnswer.model_fields}
    return MergeAnswer(**shown, can_be_undone=done.kept is not None)


async def settle(tx: Transaction) -> int:
    """A timer's step: merges that can no longer be undone; what was kept for it goes, here and in the logs."""
    merged = await store.settle(tx.connection, tx.now, STEP)
    for volunteer_id in merged:
        tx.bury(VOLUNTEERS, volunteer_id, person=volunteer_id)
        tx.bury(CONTACTS, volunteer_id, person=volunteer_id)
    return len(merged) + await store.prune_undone(tx.connection, tx.now - UNDONE_KEPT, STEP)
