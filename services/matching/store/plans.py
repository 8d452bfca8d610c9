"""Plans, their needs and their pairings."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.models.offers import Offer
from services.matching.models.places import Box, Point
from services.matching.models.plans import (
    Funnel,
    OpenNeed,
    Pairing,
    PairingStatus,
    Plan,
    PlannedNeed,
    PlanStatus,
    ToInvite,
    WhyOpen,
)
from services.matching.models.suggestions import Part
from shared.contracts.vocabulary import Level
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "plans.sql")

Pairs = Sequence[tuple[UUID, str]]
"""(organisation, district): a coordinator's reach."""

OWN = ListQuery(__file__, "plans.sql", "plans_of_maker_listed", sorts={"created": None}, key="p.plan_id")
PAIRINGS = ListQuery(__file__, "plans.sql", "pairings_listed", sorts={"score": "pp.score"}, key="pp.pairing_id")
NEEDS = ListQuery(__file__, "plans.sql", "needs_listed", sorts={"urgency": "n.urgency"}, key="n.pool_id")


async def insert(connection: Any, plan: Plan) -> None:
    """A plan that waits to be computed."""
    await queries.insert_plan(
        connection,
        plan_id=plan.plan_id,
        organisation_id=plan.organisation_id,
        districts=list(plan.districts),
        made_by=plan.made_by,
        asked_at_most=plan.asked_at_most,
        now=plan.created_at,
        forgotten_at=plan.forgotten_at,
        correlation_id=plan.correlation_id,
    )


async def count_unfinished(connection: Any, made_by: UUID) -> int:
    """How many of somebody's plans are under way."""
    return int(await queries.count_unfinished(connection, made_by=made_by))


async def one(connection: Any, plan_id: UUID) -> Plan | None:
    """One plan, None when there is none (any more)."""
    row = await queries.plan_by_id(connection, plan_id=plan_id)
    return _plan(row) if row else None


async def lock(connection: Any, plan_id: UUID) -> Plan | None:
    """The same, locked until commit."""
    await queries.lock_plan(connection, plan_id=plan_id)
    return await one(connection, plan_id)


async def of_maker(connection: Any, asked: Asked, made_by: UUID) -> list[Plan]:
    """A stretch of somebody's own plans."""
    return [_plan(row) for row in await OWN.fetch(connection, asked, made_by=made_by)]


async def raise_version(connection: Any, plan_id: UUID) -> None:
    """What is shown of the plan has changed."""
    await queries.raise_version(connection, plan_id=plan_id)


async def delete(connection: Any, plan_id: UUID) -> None:
    """With its needs and pairings."""
    await queries.delete_plan(connection, plan_id=plan_id)


async def claim(connection: Any, now: datetime, held_until: datetime) -> Plan | None:
    """The next plan to compute, held by the caller; None when there is nothing to do."""
    row = await queries.claim_plan(connection, now=now, held_until=held_until)
    return _plan(row) if row else None


async def progress(
    connection: Any, plan: Plan, status: PlanStatus, done: int, in_all: int, held_until: datetime
) -> bool:
    """Tell how far it is and hold it on; False when somebody else computes it now, or it was thrown away."""
    held = await queries.progress(
        connection,
        plan_id=plan.plan_id,
        attempt=plan.attempts,
        status=status.value,
        done=done,
        in_all=in_all,
        held_until=held_until,
    )
    return held is not None


async def let_go(connection: Any, plan: Plan) -> None:
    """Whoever computed it stops; the next one goes on at once."""
    await queries.let_go(connection, plan_id=plan.plan_id, attempt=plan.attempts)


async def finish(
    connection: Any, plan: Plan, status: PlanStatus, summary: dict[str, Any] | None, now: datetime
) -> bool:
    """Ready or failed; False when somebody else computes it now."""
    finished = await queries.finish(
        connection, plan_id=plan.plan_id, attempt=plan.attempts, status=status.value, summary=summary, now=now
    )
    return finished is not None


async def forget_results(connection: Any, plan_id: UUID) -> None:
    """What an attempt before this one has left."""
    await queries.forget_needs(connection, plan_id=plan_id)


async def open_needs(
    connection: Any, plan: Plan, now: datetime, today: date, until: datetime, at_most: int
) -> list[OpenNeed]:
    """Offers and shifts (before `until`) with places that nobody holds and nobody waits for, the most urgent first."""
    rows = await queries.open_needs(
        connection,
        districts=list(plan.districts),
        organisation_id=plan.organisation_id,
        now=now,
        today=today,
        until=until,
        at_most=at_most,
    )
    return [
        OpenNeed(row["offer_id"], row["shift_id"], row["starts_at"], row["ends_at"], row["places_open"]) for row in rows
    ]


async def asked_already(connection: Any, offer_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(offer or shift, volunteer): who has or had a placement with one of these offers, whatever became of it."""
    rows = await queries.asked_already(connection, offer_ids=list(offer_ids))
    return {(row["pool_id"], row["volunteer_id"]) for row in rows}


async def insert_needs(connection: Any, plan_id: UUID, needs: Sequence[PlannedNeed]) -> None:
    """What the plan makes of every open need."""
    await queries.insert_needs(connection, plan_id=plan_id, needs=[_plain(asdict(need)) for need in needs])


async def insert_pairings(connection: Any, plan_id: UUID, pairings: Sequence[Pairing]) -> None:
    """Proposals; people who are not known here any more are left out."""
    rows = [
        _plain(
            {
                "pairing_id": pairing.pairing_id,
                "pool_id": pairing.pool_id,
                "volunteer_id": pairing.volunteer_id,
                "score": pairing.score,
                "parts": [asdict(part) for part in pairing.parts],
            }
        )
        for pairing in pairings
    ]
    await queries.insert_pairings(connection, plan_id=plan_id, pairings=rows)


async def pairings(
    connection: Any, asked: Asked, plan_id: UUID, scope: Pairs, status: PairingStatus | None, offer_id: UUID | None
) -> list[Pairing]:
    """A stretch of the proposals for the offers in a coordinator's reach."""
    rows = await PAIRINGS.fetch(
        connection,
        asked,
        plan_id=plan_id,
        **_scope(scope),
        status=status.value if status else None,
        offer_id=offer_id,
    )
    return [_pairing(row) for row in rows]


async def lock_pairing(connection: Any, plan_id: UUID, pairing_id: UUID) -> Pairing | None:
    """One proposal, locked until commit."""
    row = await queries.lock_pairing(connection, plan_id=plan_id, pairing_id=pairing_id)
    return _pairing(row) if row else None


async def move_pairing(
    connection: Any,
    pairing_id: UUID,
    status: PairingStatus,
    *,
    refusal: str | None = None,
    placement_id: UUID | None = None,
) -> None:
    """What became of a proposal."""
    await queries.move_pairing(
        connection, pairing_id=pairing_id, status=status.value, refusal=refusal, placement_id=placement_id
    )


async def send(connection: Any, plan_id: UUID, scope: Pairs, invited_for: UUID) -> int:
    """Every proposal that still stands in this reach is to be sent in this coordinator's name; how many."""
    return len(await queries.send_pairings(connection, plan_id=plan_id, **_scope(scope), invited_for=invited_for))


async def next_to_invite(connection: Any, at_most: int) -> list[ToInvite]:
    """What is to go out for one offer or shift, of one coordinator."""
    return [ToInvite(**row) for row in await queries.next_to_invite(connection, at_most=at_most)]


async def lock_to_invite(connection: Any, pairing_ids: Sequence[UUID]) -> list[ToInvite]:
    """Those of them that are still to go out, locked until commit."""
    return [ToInvite(**row) for row in await queries.lock_to_invite(connection, pairing_ids=list(pairing_ids))]


async def needs(
    connection: Any, asked: Asked, plan_id: UUID, unfilled: bool | None, topic: str | None
) -> list[PlannedNeed]:
    """A stretch of what a plan makes of the open needs."""
    rows = await NEEDS.fetch(connection, asked, plan_id=plan_id, unfilled=unfilled or None, topic=topic)
    return [PlannedNeed(**{**dict(row), "reason": WhyOpen(row["reason"]) if row["reason"] else None}) for row in rows]


async def funnel(
    connection: Any,
    offer: Offer,
    point: Point,
    box: Box,
    *,
    shrink: float,
    km_per_degree: float,
    today: date,
    fitting: int,
    at_most: int,
) -> Funnel:
    """How many volunteers around an offer are left after each condition; `fitting` is known already."""
    row = await queries.funnel(
        connection,
        district=offer.district,
        organisation_id=offer.organisation_id,
        latitude=point.latitude,
        longitude=point.longitude,
        south=box.south,
        north=box.north,
        west=box.west,
        east=box.east,
        shrink=shrink,
        km_per_degree=km_per_degree,
        languages=list(offer.languages_required),
        levels=[level.value for level in offer.language_levels],
        all_levels=[level.value for level in Level],
        clearance_basis=offer.clearance_basis.value if offer.clearance_basis else None,
        clearance_activity=offer.clearance_activity,
        qualifications=list(offer.qualifications),
        minimum_age=offer.minimum_age,
        today=today,
        at_most=at_most,
    )
    return Funnel(**dict(row), fitting=fitting)


async def forget(connection: Any, now: datetime, at_most: int) -> int:
    """Plans whose time is over; how many."""
    return len(await queries.forget_plans(connection, now=now, at_most=at_most))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """As JSON can say it."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}


def _scope(pairs: Pairs) -> dict[str, list[Any]]:
    return {"organisation_ids": [pair[0] for pair in pairs], "districts": [pair[1] for pair in pairs]}


def _plan(row: Any) -> Plan:
    return Plan(**{**dict(row), "districts": tuple(row["districts"]), "status": PlanStatus(row["status"])})


def _pairing(row: Any) -> Pairing:
    return Pairing(
        **{**dict(row), "parts": [Part(**part) for part in row["parts"]], "status": PairingStatus(row["status"])}
    )
