"""Tandems: proposed by coordinators, accepted by volunteers, agreed by both. Nobody decides about themselves.

Locks are taken in one order: the person, the row of the offer, the tandem's, the other side's. The offer's row guards its
placements, so a tandem is neither made nor begun within one that ends at the same moment.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.viewing import actor_of
from services.matching.models.placements import Actor
from services.matching.models.tandems import CounterpartStatus, ProposeTandem, Tandem, TandemStep, TandemView
from services.matching.permissions import PERMISSIONS, placement_belongs, tandem_belongs
from services.matching.rules import tandem_refusals
from services.matching.rules import tandems as rules
from services.matching.rules.placements import is_over
from services.matching.settings import MatchingSettings
from services.matching.store import check_ins, counterparts, pools
from services.matching.store import placements as placements_store
from services.matching.store import tandems as store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.access.rights import refuse_if_restricted
from shared.contracts import tandems as contracts
from shared.contracts.vocabulary import Role, TandemEndReason, TandemStatus
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

TANDEMS = "matching.tandems"


def announce(tx: Transaction, tandem: Tandem, event: type[contracts.Tandem]) -> None:
    """Publish the whole state of a tandem, which says nothing of the other side; its row is locked or new."""
    tx.publish(event.model_validate(tandem, from_attributes=True))
    log.info(event.contract.type, tandem_id=str(tandem.tandem_id), tandem_version=tandem.version)


async def propose(tx: Transaction, caller: Caller, asked: ProposeTandem, settings: MatchingSettings) -> TandemView:
    """A coordinator proposes a tandem within a placement of their organisation."""
    seen = await placements_store.placement_view(tx.connection, asked.placement_id)
    PERMISSIONS.require("propose-tandem", caller, placement_belongs(seen), what="placement")
    if seen is None:
        raise not_found("placement")
    volunteer_id = seen.placement.volunteer_id
    _not_oneself(caller, volunteer_id)
    await lock_subject(tx, volunteer_id)
    await refuse_if_restricted(tx.connection, volunteer_id)
    await pools.lock_pool(tx.connection, seen.placement.offer_id, seen.placement.shift_id)
    view = await placements_store.placement_view(tx.connection, asked.placement_id)
    if view is None or view.placement.volunteer_id != volunteer_id:
        raise not_found("placement")
    if not view.organisation_verified:
        raise refusals.organisation_not_verified()
    rules.check_placement(view.placement.status)
    other = await counterparts.locked(tx.connection, asked.counterpart_id)
    belongs = Belongs(other.organisation_id, other.district) if other else Belongs()
    PERMISSIONS.require("read-counterparts", caller, belongs, what="counterpart")
    if other is None:
        raise not_found("counterpart")
    if (other.organisation_id, other.district) != (view.placement.organisation_id, view.district):
        raise tandem_refusals.other_organisation()
    if other.status is not CounterpartStatus.OPEN:
        raise tandem_refusals.counterpart_taken(other.status)
    transition = rules.transition_of(None, TandemStep.PROPOSE, Actor.COORDINATOR)
    tandem = Tandem(
        tandem_id=new_id(),
        version=1,
        counterpart_id=other.counterpart_id,
        placement_id=view.placement.placement_id,
        offer_id=view.placement.offer_id,
        organisation_id=view.placement.organisation_id,
        coordinator_id=view.placement.coordinator_id,
        volunteer_id=volunteer_id,
        status=transition.after,
        trial_days=asked.trial_days or settings.tandem_trial_days,
        check_in_days=asked.check_in_days or settings.tandem_check_in_days,
        proposed_at=tx.now,
        changed_at=tx.now,
    )
    await store.insert(tx.connection, tandem)
    await pair(tx, other.counterpart_id, CounterpartStatus.PAIRED)
    announce(tx, tandem, transition.event)
    return await _view(tx, tandem.tandem_id)


async def accept(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int) -> TandemView:
    """The volunteer accepts and the trial begins, once the placement has begun and the undertaking is signed."""
    view = await _locked(tx, caller, "answer-tandem", tandem_id, expected)
    await refuse_if_restricted(tx.connection, view.tandem.volunteer_id)
    rules.transition_of(view.tandem, TandemStep.ACCEPT, Actor.VOLUNTEER)
    rules.check_beginning(view.placement_status, view.undertaking_valid)
    moved = await _take(tx, view.tandem, TandemStep.ACCEPT, Actor.VOLUNTEER)
    due_on = rules.next_due(moved.check_in_days, calendar_day(tx.now))
    await check_ins.add(tx.connection, new_id(), tandem_id, due_on)
    return await _view(tx, tandem_id)


async def decline(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int) -> TandemView:
    """The volunteer declines a proposal; their placement stays as it is."""
    view = await _locked(tx, caller, "answer-tandem", tandem_id, expected)
    await _take(tx, view.tandem, TandemStep.DECLINE, Actor.VOLUNTEER)
    return await _view(tx, tandem_id)


async def withdraw(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int) -> TandemView:
    """The coordinator takes a proposal back."""
    view = await _locked(tx, caller, "propose-tandem", tandem_id, expected)
    await _take(tx, view.tandem, TandemStep.WITHDRAW, Actor.COORDINATOR)
    return await _view(tx, tandem_id)


async def agree(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int) -> TandemView:
    """Volunteer or coordinator agrees, each for themselves; with the second one it is agreed."""
    view = await _locked(tx, caller, "agree-tandem", tandem_id, expected)
    await refuse_if_restricted(tx.connection, view.tandem.volunteer_id)
    await _take(tx, view.tandem, TandemStep.AGREE, actor_of(caller))
    return await _view(tx, tandem_id)


async def prolong(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int, until: date) -> TandemView:
    """The coordinator prolongs the trial; what was agreed so far stays."""
    view = await _locked(tx, caller, "propose-tandem", tandem_id, expected)
    await refuse_if_restricted(tx.connection, view.tandem.volunteer_id)
    rules.transition_of(view.tandem, TandemStep.PROLONG, Actor.COORDINATOR)
    later = rules.prolonged(view.tandem, until, calendar_day(tx.now))
    await _take(tx, later, TandemStep.PROLONG, Actor.COORDINATOR)
    return await _view(tx, tandem_id)


async def end(tx: Transaction, caller: Caller, tandem_id: UUID, expected: int, reason: TandemEndReason) -> TandemView:
    """Volunteer or coordinator ends a tandem that runs; the placement stays as it is."""
    view = await _locked(tx, caller, "end-tandem", tandem_id, expected)
    await _take(tx, view.tandem, TandemStep.END, actor_of(caller), reason)
    return await _view(tx, tandem_id)


async def tandem(connection: Any, caller: Caller, tandem_id: UUID) -> TandemView:
    """One tandem: the volunteer's own, without the reference, or one in the coordinator's scope."""
    return shown_to(caller, permitted(caller, "read-tandem", await store.view(connection, tandem_id)))


async def tandems(
    connection: Any, caller: Caller, asked: Asked, status: TandemStatus | None, offer_id: UUID | None
) -> list[TandemView]:
    """A stretch of the caller's tandems: a volunteer's own, or those in a coordinator's scope."""
    PERMISSIONS.require("list-tandems", caller, Belongs(person=caller.subject_id), what="tandem")
    if caller.kind is CallerKind.VOLUNTEER:
        found = await store.of_volunteer_listed(connection, asked, caller.require_person(), status, offer_id)
    else:
        found = await store.in_scope_listed(connection, asked, scope_of(caller), status, offer_id)
    return [shown_to(caller, view) for view in found]


async def end_those_without_placement(tx: Transaction) -> int:
    """A timer's step: one tandem of one placement that is over ends, or nothing is left of it."""
    found = await store.next_placement_over(tx.connection)
    if found is None:
        return 0
    check_id, placement_id = found
    tandem_id = await store.live_of_placement(tx.connection, placement_id)
    view = None if tandem_id is None else await store.view(tx.connection, tandem_id)
    if view is None:
        await store.delete_check(tx.connection, check_id)
        return 1
    await pools.lock_pool(tx.connection, view.tandem.offer_id)
    locked = await store.locked(tx.connection, view.tandem.tandem_id)
    if locked is not None and not is_over(locked.placement_status):
        # It was taken up again meanwhile: a merge was undone.
        await store.delete_check(tx.connection, check_id)
    elif locked is not None and locked.tandem.status in rules.LIVE:
        await end_by_itself(tx, locked.tandem)
    return 1


async def end_by_itself(tx: Transaction, locked: Tandem) -> Tandem:
    """A tandem ends because its placement is over; its row is locked."""
    return await _take(tx, locked, TandemStep.END, Actor.SYSTEM, TandemEndReason.PLACEMENT_OVER)


async def erase(tx: Transaction, subject_id: UUID) -> int:
    """Erase a person's tandems (Art. 17 DSGVO): end what lives, bury every key, delete every row; how many.

    The rows of their offers are locked.
    """
    for tandem_id in await store.of_volunteers(tx.connection, subject_id):
        view = await store.locked(tx.connection, tandem_id)
        if view is not None and view.tandem.status in rules.LIVE:
            await end_by_itself(tx, view.tandem)
        tx.bury(TANDEMS, tandem_id, subject_id)
    return await store.delete_of(tx.connection, subject_id)


def scope_of(caller: Caller) -> Sequence[tuple[UUID, str]]:
    """The pairs of organisation and district in which somebody coordinates."""
    return sorted(
        {
            (membership.organisation_id, district)
            for membership in caller.memberships
            if membership.role is Role.COORDINATOR
            for district in membership.districts
        }
    )


def permitted(caller: Caller, operation: str, view: TandemView | None) -> TandemView:
    """The tandem if the caller may; a coordinator sees nobody while the organisation is not verified."""
    PERMISSIONS.require(operation, caller, tandem_belongs(view), what="tandem")
    if view is None:
        raise not_found("tandem")
    if caller.kind is CallerKind.MEMBER and not view.organisation_verified:
        raise refusals.organisation_not_verified()
    return view


def shown_to(caller: Caller, view: TandemView) -> TandemView:
    """What the caller may see: the reference is the organisation's, and of no use to the volunteer."""
    return replace(view, reference=None) if caller.kind is CallerKind.VOLUNTEER else view


async def _locked(tx: Transaction, caller: Caller, operation: str, tandem_id: UUID, expected: int) -> TandemView:
    seen = permitted(caller, operation, await store.view(tx.connection, tandem_id)).tandem
    if actor_of(caller) is Actor.COORDINATOR:
        _not_oneself(caller, seen.volunteer_id)
    await lock_subject(tx, seen.volunteer_id)
    await pools.lock_pool(tx.connection, seen.offer_id)
    view = permitted(caller, operation, await store.locked(tx.connection, tandem_id))
    if view.tandem.version != expected:
        raise version_mismatch(view.tandem.version)
    return view


async def _take(
    tx: Transaction, before: Tandem, step: TandemStep, actor: Actor, reason: TandemEndReason | None = None
) -> Tandem:
    """Move a tandem by the state machine, keep and announce it; its row is locked."""
    transition = rules.transition_of(before, step, actor)
    after = rules.moved(before, transition, actor, tx.now, reason=reason)
    await store.move(tx.connection, after)
    if after.status is TandemStatus.ENDED:
        await check_ins.skip_due_of(tx.connection, after.tandem_id, tx.now)
        await pair(tx, after.counterpart_id, CounterpartStatus.OPEN)
    announce(tx, after, transition.event)
    return after


async def pair(tx: Transaction, counterpart_id: UUID | None, status: CounterpartStatus) -> None:
    """Whether a volunteer is looked for, or found; whoever is closed stays so."""
    other = None if counterpart_id is None else await counterparts.locked(tx.connection, counterpart_id)
    if other is not None and other.status is not CounterpartStatus.CLOSED:
        await counterparts.save(tx.connection, _changed(other, tx.now, status=status))


def _changed(other: Any, now: datetime, **changes: Any) -> Any:
    return replace(other, version=other.version + 1, changed_at=now, **changes)


def _not_oneself(caller: Caller, volunteer_id: UUID) -> None:
    if caller.is_person(volunteer_id):
        raise tandem_refusals.own_tandem()


async def _view(tx: Transaction, tandem_id: UUID) -> TandemView:
    found = await store.view(tx.connection, tandem_id)
    if found is None:
        raise not_found("tandem")
    return found
