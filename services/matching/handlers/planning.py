"""The job behind a plan: gather who fits where, solve in a process of its own, keep the proposals. It never places anybody.

A worker holds a plan by a time that it extends with every step; when it dies, the next one begins anew under a new attempt,
and whatever the old one may still write is refused. Reading happens in many short steps, so nothing is locked meanwhile.
"""

import asyncio
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import structlog

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.suggestions import best_volunteers_for
from services.matching.models.offers import Offer
from services.matching.models.plans import Funnel, OpenNeed, Pairing, Plan, PlannedNeed, PlanStatus, WhyOpen
from services.matching.models.volunteers import DatedShift
from services.matching.rules import plans as rules
from services.matching.rules.assignment import MICRO, Problem, Solution
from services.matching.rules.distance import KM_PER_DEGREE, box_around, shrink_of_longitude
from services.matching.rules.plans import benefit, told_stages, why_open
from services.matching.rules.scoring import score
from services.matching.rules.urgency import effective_urgency
from services.matching.settings import MatchingSettings
from services.matching.solving import solve_aside
from services.matching.store import candidates as candidates_store
from services.matching.store import offers as offers_store
from services.matching.store import plans as store
from shared.postgres.database import Database, is_away
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id
from shared.telemetry import correlation

log = structlog.get_logger()

HELD_FOR = timedelta(seconds=60)
PAUSE_SECONDS = 1.0
ATTEMPTS = 3
NEEDS_PER_STEP = 25
PAIRINGS_PER_STEP = 200
LOOKED_AT = 20_000
"""So many volunteers around an offer are looked at to say what is missing."""


class Overtaken(Exception):
    """Somebody else computes the plan now, or it was thrown away."""


@dataclass
class Gathered:
    """Who fits where: flat arrays for the solver, and what the proposals will say of their reasons."""

    needs: list[OpenNeed]
    offers: dict[UUID, Offer]
    people: list[UUID] = field(default_factory=list)
    index: dict[UUID, int] = field(default_factory=dict)
    volunteers: "array[int]" = field(default_factory=lambda: array("i"))
    pools: "array[int]" = field(default_factory=lambda: array("i"))
    benefits: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, pool: int, volunteer_id: UUID, worth: int) -> None:
        """One pairing that may be proposed."""
        if volunteer_id not in self.index:
            self.index[volunteer_id] = len(self.people)
            self.people.append(volunteer_id)
        self.volunteers.append(self.index[volunteer_id])
        self.pools.append(pool)
        self.benefits.append(worth)


async def plan_for_ever(database: Database, settings: MatchingSettings) -> None:
    """Compute one plan after the other until cancelled."""
    while True:
        try:
            if await plan_next(database, settings):
                continue
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database-away", part="plans", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def plan_next(database: Database, settings: MatchingSettings) -> bool:
    """Compute the plan that waits longest; False when none does."""
    async with database.transaction() as tx:
        plan = await store.claim(tx.connection, tx.now, tx.now + HELD_FOR)
    if plan is None:
        return False
    with correlation.bind(plan.correlation_id):
        try:
            await _compute(database, plan, settings)
        except Overtaken:
            log.info("plan-overtaken", plan_id=str(plan.plan_id))
        except asyncio.CancelledError:
            with suppress(Exception):
                async with database.transaction() as tx:
                    await store.let_go(tx.connection, plan)
            raise
        except Exception as error:
            if is_away(error):
                raise
            log.exception("plan-attempt-failed", plan_id=str(plan.plan_id), attempt=plan.attempts)
            await _give_up_or_let_go(database, plan)
    return True


async def _give_up_or_let_go(database: Database, plan: Plan) -> None:
    async with database.transaction() as tx:
        if plan.attempts >= ATTEMPTS:
            await store.finish(tx.connection, plan, PlanStatus.FAILED, None, tx.now)
        else:
            await store.let_go(tx.connection, plan)


async def _compute(database: Database, plan: Plan, settings: MatchingSettings) -> None:
    gathered = await _gather(database, plan, settings)
    await _tell(database, plan, PlanStatus.SOLVING, len(gathered.needs), len(gathered.needs))
    problem = Problem(
        places=array("i", [need.places_open for need in gathered.needs]),
        volunteers=gathered.volunteers,
        offers=gathered.pools,
        benefits=gathered.benefits,
        asked_at_most=plan.asked_at_most,
        price_of_repetition=round(settings.plan_price_of_repetition * MICRO),
        overlapping=await asyncio.to_thread(_overlapping, gathered) if plan.asked_at_most > 1 else (),
    )
    solving = asyncio.create_task(solve_aside(problem))
    while not (await asyncio.wait({solving}, timeout=HELD_FOR.total_seconds() / 4))[0]:
        await _tell(database, plan, PlanStatus.SOLVING, len(gathered.needs), len(gathered.needs))
    best, alone = solving.result()
    await _keep(database, plan, gathered, best, alone, settings)
    log.info("plan-ready", plan_id=str(plan.plan_id), needs_count=len(gathered.needs), pairings_count=len(best.taken))


async def _tell(database: Database, plan: Plan, status: PlanStatus, done: int, in_all: int) -> None:
    async with database.transaction() as tx:
        if not await store.progress(tx.connection, plan, status, done, in_all, tx.now + HELD_FOR):
            raise Overtaken


async def _gather(database: Database, plan: Plan, settings: MatchingSettings) -> Gathered:
    async with database.transaction() as tx:
        now, today = tx.now, calendar_day(tx.now)
        until = now + timedelta(days=settings.plan_shifts_days)
        needs = await store.open_needs(tx.connection, plan, now, today, until, settings.plan_needs_at_most)
    gathered = Gathered(needs, {})
    steps = iter(enumerate(needs))
    done = 0
    while step := list(islice(steps, NEEDS_PER_STEP)):
        await _tell(database, plan, PlanStatus.GATHERING, done, len(needs))
        async with database.transaction() as tx:
            await _gather_step(tx.connection, gathered, step, settings, tx.now)
        done += len(step)
    return gathered


async def _gather_step(
    connection: Any, gathered: Gathered, step: Sequence[tuple[int, OpenNeed]], settings: MatchingSettings, now: datetime
) -> None:
    offer_ids = sorted({need.offer_id for _, need in step})
    offers = {offer.offer_id: offer for offer in await offers_store.offers(connection, offer_ids)}
    asked = await store.asked_already(connection, offer_ids)
    gathered.offers.update(offers)
    for pool, need in step:
        offer = offers[need.offer_id]
        urgency = effective_urgency(offer, now)
        shift = None
        if need.shift_id and need.starts_at and need.ends_at:
            shift = DatedShift(need.starts_at, need.ends_at, need.shift_id)
        ranked = await best_volunteers_for(connection, offer, settings.plan_candidates_per_need, settings, now, shift)
        for each in ranked:
            if (need.pool_id, each.volunteer_id) not in asked:
                worth = benefit(each.scored.score, urgency, settings.plan_weight_of_filling)
                gathered.add(pool, each.volunteer_id, worth)


def _overlapping(gathered: Gathered) -> list[tuple[int, int]]:
    """Pairs of needs that one person cannot take together."""
    return rules.overlapping([(need, gathered.offers[need.offer_id]) for need in gathered.needs])


async def _keep(
    database: Database, plan: Plan, gathered: Gathered, best: Solution, alone: Solution, settings: MatchingSettings
) -> None:
    filled = Counter(gathered.pools[pairing] for pairing in best.taken)
    filled_alone = Counter(gathered.pools[pairing] for pairing in alone.taken)
    fitting = Counter(gathered.pools)
    planned: list[PlannedNeed] = []
    for first in range(0, len(gathered.needs), NEEDS_PER_STEP):
        await _tell(database, plan, PlanStatus.SOLVING, first, len(gathered.needs))
        async with database.transaction() as tx:
            for pool in range(first, min(first + NEEDS_PER_STEP, len(gathered.needs))):
                planned.append(
                    await _planned(tx, gathered, pool, filled[pool], filled_alone[pool], fitting[pool], settings)
                )
    async with database.transaction() as tx:
        await _still_mine(tx, plan)
        await store.forget_results(tx.connection, plan.plan_id)
        await store.insert_needs(tx.connection, plan.plan_id, planned)
    taken = list(best.taken)
    for first in range(0, len(taken), PAIRINGS_PER_STEP):
        async with database.transaction() as tx:
            await _keep_pairings(tx, plan, gathered, taken[first : first + PAIRINGS_PER_STEP], settings)
    people = len({gathered.volunteers[pairing] for pairing in taken})
    figures = rules.summary(planned, people, best.objective / MICRO, alone.objective / MICRO)
    async with database.transaction() as tx:
        if not await store.finish(tx.connection, plan, PlanStatus.READY, figures, tx.now):
            raise Overtaken


async def _still_mine(tx: Transaction, plan: Plan) -> None:
    """Lock the plan's row, so that nobody takes it over before this transaction is done."""
    held = await store.lock(tx.connection, plan.plan_id)
    if held is None or held.attempts != plan.attempts:
        raise Overtaken


async def _keep_pairings(
    tx: Transaction, plan: Plan, gathered: Gathered, taken: Sequence[int], settings: MatchingSettings
) -> None:
    """Keep proposals with their reasons. Whoever is erased meanwhile waits for us, or is known here no more."""
    people = {gathered.people[gathered.volunteers[pairing]] for pairing in taken}
    await lock_subjects(tx, people)
    await _still_mine(tx, plan)
    found = await candidates_store.candidates(tx.connection, sorted(people), calendar_day(tx.now))
    candidates = {candidate.volunteer_id: candidate for candidate in found}
    kept = []
    for pairing in taken:
        need = gathered.needs[gathered.pools[pairing]]
        candidate = candidates.get(gathered.people[gathered.volunteers[pairing]])
        if candidate is not None:
            scored = score(candidate, gathered.offers[need.offer_id], tx.now, settings.scale)
            kept.append(Pairing(new_id(), need.pool_id, candidate.volunteer_id, scored.score, scored.parts))
    await store.insert_pairings(tx.connection, plan.plan_id, kept)


async def _planned(
    tx: Transaction, gathered: Gathered, pool: int, filled: int, alone: int, fitting: int, settings: MatchingSettings
) -> PlannedNeed:
    need = gathered.needs[pool]
    offer = gathered.offers[need.offer_id]
    reason: WhyOpen | None = None
    facts: Mapping[str, int | None] = {}
    if filled < need.places_open:
        funnel = await _funnel(tx, offer, fitting, settings)
        reason = why_open(funnel, filled)
        stages = {
            "near": funnel.near,
            "speaking": funnel.speaking,
            "cleared": funnel.cleared,
            "qualified": funnel.qualified,
            "of_age": funnel.of_age,
            "fitting": funnel.fitting,
        }
        # Where more live than were looked at, the stages are counts of some of them, and no facts.
        facts = told_stages(stages) if funnel.near < LOOKED_AT else dict.fromkeys(stages)
    return PlannedNeed(
        pool_id=need.pool_id,
        offer_id=need.offer_id,
        shift_id=need.shift_id,
        organisation_id=offer.organisation_id,
        district=offer.district,
        topic=offer.topic,
        urgency=effective_urgency(offer, tx.now),
        places_open=need.places_open,
        filled=filled,
        best_alone=alone,
        reason=reason,
        facts=facts,
    )


async def _funnel(tx: Transaction, offer: Offer, fitting: int, settings: MatchingSettings) -> Funnel:
    if offer.point is None:
        return Funnel(0, 0, 0, 0, 0, fitting)
    return await store.funnel(
        tx.connection,
        offer,
        offer.point,
        box_around(offer.point, settings.radius_km_at_most),
        shrink=shrink_of_longitude(offer.point),
        km_per_degree=KM_PER_DEGREE,
        today=calendar_day(tx.now),
        fitting=fitting,
        at_most=LOOKED_AT,
    )
