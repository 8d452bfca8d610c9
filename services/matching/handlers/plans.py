"""Plans as people use them: asked for, looked at, thinned out, sent as invitations.

Never an automatic placement: people decide (Art. 22 DSGVO).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.models.plans import Pairing, PairingStatus, Plan, PlanDraft, PlannedNeed, PlanStatus
from services.matching.permissions import PERMISSIONS
from services.matching.rules import plans as rules
from services.matching.settings import MatchingSettings
from services.matching.store import plans as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id
from shared.telemetry import correlation

log = structlog.get_logger()


async def make(tx: Transaction, caller: Caller, draft: PlanDraft, settings: MatchingSettings) -> Plan:
    """Ask for a plan: a coordinator for their organisation's offers, a district_admin for everybody's in their districts."""
    districts = tuple(sorted(set(draft.districts)))
    for district in districts:
        PERMISSIONS.require("make-plan", caller, Belongs(draft.organisation_id, district), what="district")
    maker = caller.require_person()
    if await store.count_unfinished(tx.connection, maker) >= settings.plans_at_once:
        raise refusals.too_many_plans(settings.plans_at_once)
    plan = Plan(
        plan_id=new_id(),
        version=1,
        organisation_id=draft.organisation_id,
        districts=districts,
        made_by=maker,
        asked_at_most=draft.asked_at_most,
        status=PlanStatus.QUEUED,
        done=0,
        in_all=0,
        summary=None,
        created_at=tx.now,
        finished_at=None,
        forgotten_at=tx.now + timedelta(days=settings.plan_kept_days),
        correlation_id=correlation.current_or_new().correlation_id,
    )
    await store.insert(tx.connection, plan)
    log.info("plan-asked-for", plan_id=str(plan.plan_id))
    return plan


async def plan(connection: Any, caller: Caller, plan_id: UUID) -> Plan:
    """One plan in figures, for whoever may see what is planned in its districts."""
    return _shown(caller, _permitted(caller, await store.one(connection, plan_id)))


async def own_plans(connection: Any, caller: Caller, asked: Asked) -> list[Plan]:
    """The plans that the caller asked for."""
    PERMISSIONS.require("list-plans", caller)
    found = await store.of_maker(connection, asked, caller.require_person())
    return [_shown(caller, each) for each in found]


async def throw_away(tx: Transaction, caller: Caller, plan_id: UUID, expected: int) -> None:
    """Forget a plan now; invitations that went out stand."""
    found = _permitted(caller, await store.lock(tx.connection, plan_id))
    if not caller.is_person(found.made_by):
        raise not_found("plan")
    if found.version != expected:
        raise version_mismatch(found.version)
    await store.delete(tx.connection, plan_id)


async def needs(
    connection: Any, caller: Caller, plan_id: UUID, asked: Asked, unfilled: bool | None, topic: str | None
) -> list[PlannedNeed]:
    """What the plan makes of every open need: how much it fills, and why not more. No persons."""
    _permitted(caller, await store.one(connection, plan_id))
    reach = set(_reach(caller))
    found = await store.needs(connection, asked, plan_id, unfilled, topic)
    return [each if (each.organisation_id, each.district) in reach else rules.as_told(each) for each in found]


async def pairings(
    connection: Any, caller: Caller, plan_id: UUID, asked: Asked, status: PairingStatus | None, offer_id: UUID | None
) -> list[Pairing]:
    """The proposals for the caller's own offers, the best first."""
    PERMISSIONS.require("list-pairings", caller)
    _permitted(caller, await store.one(connection, plan_id))
    return await store.pairings(connection, asked, plan_id, _reach(caller), status, offer_id)


async def take_out(tx: Transaction, caller: Caller, plan_id: UUID, pairing_id: UUID) -> Pairing:
    """Take one proposal out of a plan before anything is sent."""
    return await _move(tx, caller, plan_id, pairing_id, PairingStatus.TAKEN_OUT)


async def put_back(tx: Transaction, caller: Caller, plan_id: UUID, pairing_id: UUID) -> Pairing:
    """A proposal that was taken out stands again."""
    return await _move(tx, caller, plan_id, pairing_id, PairingStatus.PROPOSED)


async def _move(tx: Transaction, caller: Caller, plan_id: UUID, pairing_id: UUID, status: PairingStatus) -> Pairing:
    _permitted(caller, await store.lock(tx.connection, plan_id))
    found = await store.lock_pairing(tx.connection, plan_id, pairing_id)
    belongs = Belongs(found.organisation_id, found.district) if found else Belongs()
    PERMISSIONS.require("change-pairing", caller, belongs, what="pairing")
    if found is None:
        raise not_found("pairing")
    if found.status not in (PairingStatus.PROPOSED, PairingStatus.TAKEN_OUT):
        raise refusals.pairing_was_sent()
    if status is found.status:
        return found
    await store.move_pairing(tx.connection, pairing_id, status)
    await store.raise_version(tx.connection, plan_id)
    return replace(found, status=status)


async def send(tx: Transaction, caller: Caller, plan_id: UUID, expected: int) -> Plan:
    """Send every proposal that still stands for the caller's own offers as an invitation; the worker does it at once."""
    PERMISSIONS.require("list-pairings", caller)
    found = _permitted(caller, await store.lock(tx.connection, plan_id))
    if found.version != expected:
        raise version_mismatch(found.version)
    if found.status is not PlanStatus.READY:
        raise refusals.plan_not_ready()
    count = await store.send(tx.connection, plan_id, _reach(caller), caller.require_person())
    await store.raise_version(tx.connection, plan_id)
    log.info("plan-sent", plan_id=str(plan_id), invitations_count=count)
    return _shown(caller, _permitted(caller, await store.one(tx.connection, plan_id)))


async def forget_plans(tx: Transaction) -> int:
    """A timer's step: plans whose time is over."""
    return await store.forget(tx.connection, tx.now, 100)


def _permitted(caller: Caller, found: Plan | None) -> Plan:
    """The plan, if one of its districts is the caller's, and its organisation where it is one organisation's."""
    if found is not None:
        for district in found.districts:
            if PERMISSIONS.allows("read-plan", caller, Belongs(found.organisation_id, district)):
                return found
        if found.organisation_id is None:
            # A plan for everybody concerns each coordinator of the districts.
            for organisation_id, district in _reach(caller):
                if district in found.districts and PERMISSIONS.allows(
                    "read-plan", caller, Belongs(organisation_id, district)
                ):
                    return found
    PERMISSIONS.require("read-plan", caller, what="plan")
    raise not_found("plan")


def _shown(caller: Caller, found: Plan) -> Plan:
    """The plan with its figures; with those that tell of so few people only for the coordinator of all of it."""
    if found.summary is None:
        return found
    reach = set(_reach(caller))
    is_own = found.organisation_id is not None and all((found.organisation_id, one) in reach for one in found.districts)
    # A plan that was made before there were such figures, which are kept a week, tells others nothing of people.
    return found if is_own else replace(found, summary=found.summary.get("to_others"))


def _reach(caller: Caller) -> Sequence[tuple[UUID, str]]:
    """The (organisation, district) pairs of a coordinator."""
    return sorted(
        (organisation_id, district)
        for organisation_id in caller.organisations(Role.COORDINATOR)
        for district in caller.districts(Role.COORDINATOR, organisation_id=organisation_id)
    )
