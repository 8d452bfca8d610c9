"""Placements: asked for by volunteers, decided by coordinators. Nobody decides about themselves.

Locks are taken in one order: the person, the row of the volunteer, the row of the offer. The offer's row guards its
placements too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import missing, waiting_list
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import is_public
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.placements import Actor, Placement, PlacementRequest, PlacementView, Step
from services.matching.models.volunteers import Candidate
from services.matching.permissions import PERMISSIONS, placement_belongs
from services.matching.rules.placements import first_status, status_after
from services.matching.rules.requirements import unmet_requirements
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import PlacementStatus, Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known, version_mismatch
from shared.runtime.ids import new_id

_ACTORS: dict[Step, Actor] = {
    Step.CONFIRM: Actor.COORDINATOR,
    Step.DECLINE: Actor.COORDINATOR,
    Step.END: Actor.COORDINATOR,
    Step.WITHDRAW: Actor.VOLUNTEER,
    Step.ACCEPT: Actor.VOLUNTEER,
}


async def request_placement(
    tx: Transaction, caller: Caller, request: PlacementRequest, settings: MatchingSettings
) -> PlacementView:
    """A volunteer asks for a placement: they hold a place when one is free, and wait in order when none is."""
    PERMISSIONS.require("request-placement", caller, Belongs(person=caller.subject_id))
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    candidate = await _locked_candidate(tx, volunteer_id)
    offer = await offers_store.lock_offer(tx.connection, request.offer_id)
    if offer is None or not offer.organisation_verified:
        raise not_found("offer")
    if not is_public(offer, calendar_day(tx.now)):
        raise refusals.offer_closed()
    if await store.live_placement(tx.connection, offer.offer_id, volunteer_id):
        raise refusals.already_requested()
    await _require_nothing_missing(tx, candidate, offer, settings)
    status = first_status(offer.places_free, offer.waiting)
    if status is PlacementStatus.WAITLISTED and offer.waiting >= settings.waiting_list_at_most:
        raise refusals.waiting_list_full()
    placement = Placement(
        placement_id=new_id(),
        version=1,
        offer_id=offer.offer_id,
        organisation_id=offer.organisation_id,
        coordinator_id=offer.coordinator_id,
        volunteer_id=volunteer_id,
        status=status,
        queue_number=offer.last_queue_number + 1,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    await store.insert_placement(tx.connection, placement)
    waiting_list.announce(tx, placement)
    counted = waiting_list.recounted(offer, None, status)
    await offers_store.count_places(tx.connection, replace(counted, last_queue_number=placement.queue_number))
    return await _view(tx, placement.placement_id)


async def confirm_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The coordinator confirms; hard requirements are looked at again, and nobody confirms themselves."""
    return await _take(tx, caller, placement_id, expected, Step.CONFIRM, settings)


async def decline_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The coordinator declines a request, or somebody who waits."""
    return await _take(tx, caller, placement_id, expected, Step.DECLINE, settings)


async def end_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The coordinator ends a confirmed placement."""
    return await _take(tx, caller, placement_id, expected, Step.END, settings)


async def withdraw_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The volunteer withdraws, whatever was decided so far."""
    return await _take(tx, caller, placement_id, expected, Step.WITHDRAW, settings)


async def accept_placement(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, settings: MatchingSettings
) -> PlacementView:
    """The volunteer takes the place that came free, within its deadline; the coordinator then decides."""
    return await _take(tx, caller, placement_id, expected, Step.ACCEPT, settings)


async def placement(connection: Any, caller: Caller, placement_id: UUID) -> PlacementView:
    """One placement: the volunteer's own, or one in the coordinator's scope."""
    return _permitted(caller, "read-placement", await store.placement_view(connection, placement_id))


async def placements(
    connection: Any, caller: Caller, asked: Asked, offer_id: UUID | None, status: PlacementStatus | None
) -> list[PlacementView]:
    """A stretch of the caller's placements: a volunteer's own, or those in a coordinator's scope."""
    PERMISSIONS.require("list-placements", caller, Belongs(person=caller.subject_id), what="placement")
    if caller.kind is CallerKind.VOLUNTEER:
        return await store.placements_of_volunteer(connection, asked, caller.require_person(), offer_id, status)
    return await store.placements_in_scope(connection, asked, _scope(caller), offer_id, status)


def _scope(caller: Caller) -> Sequence[tuple[UUID, str]]:
    return sorted(
        {
            (membership.organisation_id, district)
            for membership in caller.memberships
            if membership.role is Role.COORDINATOR
            for district in membership.districts
        }
    )


async def _take(
    tx: Transaction, caller: Caller, placement_id: UUID, expected: int, step: Step, settings: MatchingSettings
) -> PlacementView:
    operation = f"{step.value}-placement"
    seen = _permitted(caller, operation, await store.placement_view(tx.connection, placement_id)).placement
    actor = _ACTORS[step]
    if actor is Actor.COORDINATOR and caller.is_person(seen.volunteer_id):
        raise refusals.own_placement()
    await lock_subject(tx, seen.volunteer_id)
    candidate = await _locked_candidate(tx, seen.volunteer_id) if step is Step.CONFIRM else None
    offer = await offers_store.lock_offer(tx.connection, seen.offer_id)
    view = _permitted(caller, operation, await store.placement_view(tx.connection, placement_id))
    if offer is None:
        raise not_found("placement")
    current = view.placement
    if current.version != expected:
        raise version_mismatch(current.version)
    status_after(current.status, step, actor)
    _require_timely(tx, current, offer, step)
    if candidate is not None:
        await _require_nothing_missing(tx, candidate, offer, settings)
    moved, _ = await waiting_list.take_step(tx, offer, current, step, actor)
    await waiting_list.settle_places(tx, offer, moved, settings)
    return await _view(tx, placement_id)


def _require_timely(tx: Transaction, current: Placement, offer: Offer, step: Step) -> None:
    if step not in (Step.CONFIRM, Step.ACCEPT):
        return
    if not offer.organisation_verified:
        raise refusals.organisation_not_verified()
    if offer.status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    if step is Step.ACCEPT and current.offered_until is not None and current.offered_until <= tx.now:
        raise refusals.deadline_passed()


async def _require_nothing_missing(
    tx: Transaction, candidate: Candidate, offer: Offer, settings: MatchingSettings
) -> None:
    unmet = unmet_requirements(candidate, offer, calendar_day(tx.now), settings.language_level_at_least)
    if unmet:
        raise refusals.requirements_missing(await missing.described(tx.connection, candidate, unmet, tx.now))


async def _locked_candidate(tx: Transaction, volunteer_id: UUID) -> Candidate:
    candidate = await candidates_store.lock_candidate(tx.connection, volunteer_id, calendar_day(tx.now))
    if candidate is None:
        raise not_yet_known("volunteer")
    return candidate


def _permitted(caller: Caller, operation: str, view: PlacementView | None) -> PlacementView:
    """The placement if the caller may; a coordinator sees nobody while the organisation is not verified."""
    PERMISSIONS.require(operation, caller, placement_belongs(view), what="placement")
    if view is None:
        raise not_found("placement")
    if caller.kind is CallerKind.MEMBER and not view.organisation_verified:
        raise refusals.organisation_not_verified()
    return view


async def _view(tx: Transaction, placement_id: UUID) -> PlacementView:
    found = await store.placement_view(tx.connection, placement_id)
    if found is None:
        raise not_found("placement")
    return found
