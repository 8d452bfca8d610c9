"""How long a clearance is kept, and when another inspection is due: decided by what becomes of the volunteer's placements.

Matching tells in which state a placement is; whether it was ever taken up and until when it was exercised is remembered
here, because a later state does not say it.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.clearances import KIND, TOPIC, remove, today_of
from services.registry.models.clearances import DeletionReason, StoredClearance
from services.registry.rules import clearances as rules
from services.registry.store import clearances as store
from shared.contracts.envelope import Envelope
from shared.contracts.matching import Placement
from shared.contracts.registry import ClearanceExpiring
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN

log = structlog.get_logger()

STEP = 100
CLOSED_KEPT = timedelta(days=240)
"""Longer than any clearance can depend on a placement that is over."""


async def placement_changed(tx: Transaction, placement: Placement, envelope: Envelope) -> None:
    """A placement came into another state: clearances of the volunteer may have to go, at once or on a day."""
    await store.hold(tx.connection, placement.volunteer_id)
    before = await store.noted(tx.connection, placement.placement_id)
    if placement.version <= before.version:
        return
    # Not when it was told: a merge tells again what was over long ago.
    happened_at = placement.changed_at or envelope.time
    await store.note(
        tx.connection,
        placement,
        rules.is_taken_up(placement, before.taken_up),
        rules.last_exercised_on(placement, happened_at.astimezone(BERLIN).date(), before),
        happened_at if placement.status in rules.CLOSED else None,
    )
    placements = await store.placements(tx.connection, placement.volunteer_id, placement.organisation_id)
    await _settle(tx, placement.volunteer_id, placement.organisation_id, placements)
    if not placements.is_known(placement.placement_id):
        await store.leave_unsettled(tx.connection, placement.placement_id)


async def settle(tx: Transaction, volunteer_id: UUID, organisation_id: UUID) -> int:
    """Work out anew when the clearances of a volunteer, whose clearances are held, in an organisation are to go.

    What is due goes at once; how many did.
    """
    placements = await store.placements(tx.connection, volunteer_id, organisation_id)
    return await _settle(tx, volunteer_id, organisation_id, placements)


async def _settle(tx: Transaction, volunteer_id: UUID, organisation_id: UUID, placements: store.Placements) -> int:
    removed = 0
    known = await store.to_settle(tx.connection, volunteer_id, organisation_id)
    if known:
        terms = await store.terms(tx.connection, organisation_id)
        for clearance in known:
            fate = rules.fate(clearance, placements.practices(clearance.kind_of_activity), terms)
            if fate.delete_on is not None and fate.delete_on <= today_of(tx):
                assert fate.reason is not None
                await remove(tx, None, clearance, fate.reason)
                removed += 1
            elif fate.delete_on != clearance.delete_on:
                changed = replace(
                    clearance, version=clearance.version + 1, delete_on=fate.delete_on, delete_reason=fate.reason
                )
                await store.save(tx.connection, changed)
    return removed


async def settle_late(tx: Transaction) -> int:
    """A timer's step: placements that were heard of before their offers."""
    late = await store.unsettled(tx.connection, STEP)
    # Always in the same order, so that two of us never wait for each other.
    for volunteer_id, organisation_id in sorted({(volunteer, organisation) for _, volunteer, organisation in late}):
        await store.hold(tx.connection, volunteer_id)
        await settle(tx, volunteer_id, organisation_id)
    await store.settled(tx.connection, [placement_id for placement_id, _, _ in late])
    return len(late)


async def delete_due(tx: Transaction) -> int:
    """A timer's step: delete clearances whose day has come (§ 72a(5) SGB VIII), if that is still what follows."""
    removed = 0
    # Always in the same order, so that two of us never wait for each other.
    for volunteer_id, organisation_id in sorted(await store.to_delete(tx.connection, today_of(tx), STEP)):
        await store.hold(tx.connection, volunteer_id)
        removed += await settle(tx, volunteer_id, organisation_id)
    return removed


async def forget_closed(tx: Transaction) -> int:
    """A timer's step: placements that were over long ago are of no use here (Art. 5(1)(e) DSGVO)."""
    return await store.forget_closed_placements(tx.connection, tx.now - CLOSED_KEPT, STEP)


async def give_notices(tx: Transaction) -> int:
    """A timer's step: volunteer and organisation are told, once each, that another inspection is due."""
    today = today_of(tx)
    due = await store.to_notice(tx.connection, today, STEP)
    for clearance in due:
        reached, to_come = rules.passed(clearance.notices_due, today)
        await store.save(tx.connection, replace(clearance, notices_due=to_come))
        if reached is not None and clearance.valid_until > today:
            await _tell(tx, clearance, (clearance.valid_until - reached).days)
    return len(due)


async def _tell(tx: Transaction, clearance: StoredClearance, days_before: int) -> None:
    placements = await store.placements(tx.connection, clearance.volunteer_id, clearance.organisation_id)
    coordinators = placements.coordinators(clearance.kind_of_activity)
    tx.publish(
        ClearanceExpiring(
            volunteer_id=clearance.volunteer_id,
            organisation_id=clearance.organisation_id,
            kind_of_activity=clearance.kind_of_activity,
            valid_until=clearance.valid_until,
            days_before=days_before,
            member_ids=await store.to_tell(tx.connection, clearance.organisation_id, coordinators),
        )
    )
    log.info("clearance-expiring", clearance_id=str(clearance.clearance_id), days_before=days_before)


async def erase(tx: Transaction, volunteer_id: UUID) -> int:
    """Forget the clearances of a volunteer; how many rows went."""
    gone, placements = await store.remove_of_volunteer(tx.connection, volunteer_id)
    for clearance in gone:
        if clearance.published_id is not None:
            tx.bury(TOPIC, clearance.published_id, person=volunteer_id)
    things = [(each.clearance_id, volunteer_id) for each in gone]
    await audit.record_each(tx, None, "deleted", KIND, things, why=DeletionReason.ERASURE.value)
    return len(gone) + placements
