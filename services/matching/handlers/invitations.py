"""Invitations: a coordinator asks volunteers whether they want to help. An invitation holds no place."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import lacking, locked_candidates, overlapping
from services.matching.handlers.fatigue import look_again_when_their_week_is_over
from services.matching.handlers.placement_requests import locked_open_pool
from services.matching.handlers.viewing import shown_to
from services.matching.models.placements import (
    Actor,
    Invitations,
    LeftOut,
    LeftOutBecause,
    Placement,
    Step,
)
from services.matching.models.pools import Pool
from services.matching.models.suggestions import Requirement
from services.matching.models.volunteers import Candidate
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules import placement_refusals
from services.matching.rules.fatigue import asks_left
from services.matching.rules.placements import NEW, due_at, transition_of
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from services.matching.store import pools
from shared.access.callers import Caller
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id


async def invite(
    tx: Transaction,
    caller: Caller,
    offer_id: UUID,
    volunteer_ids: Sequence[UUID],
    settings: MatchingSettings,
    shift_id: UUID | None = None,
    until: datetime | None = None,
    overlap_reason: str | None = None,
) -> Invitations:
    """Invite volunteers who meet every hard requirement and were not asked too often; of the others it says why not.

    `until`: the deadline, as the settings say when it is None. `overlap_reason`: why they are asked even where the times
    overlap with a confirmed placement; those read it for whom that is so now, and it covers nothing that is confirmed later.
    """
    seen = await offers_store.offer(tx.connection, offer_id)
    PERMISSIONS.require("invite-volunteers", caller, offer_belongs(seen), what="offer")
    if seen is not None and not seen.organisation_verified:
        raise refusals.organisation_not_verified()
    wanted = list(dict.fromkeys(volunteer_ids))
    erased = await lock_subjects(tx, wanted)
    candidates = await locked_candidates(tx, [each for each in wanted if each not in erased])
    pool = await locked_open_pool(tx, offer_id, shift_id)
    deadline = _deadline(tx.now, until, pool, settings)
    reasons = await _why_not(tx, caller, candidates, pool, settings, despite_overlap=overlap_reason is not None)
    left_out = [
        LeftOut(each, reasons.get(each, LeftOutBecause.UNKNOWN))
        for each in wanted
        if each in reasons or each not in candidates
    ]
    invited = [each for each in wanted if each in candidates and each not in reasons]
    at_that_time = overlapping([candidates[each] for each in invited], pool, tx.now, settings)
    made = _made(tx, caller, pool, invited, deadline, overlap_reason, at_that_time)
    if made:
        for with_reason in (False, True):
            alike = [each for each in made if (each.override_reason is not None) is with_reason]
            if alike:
                await store.insert_placements(tx.connection, alike)
        for placement in made:
            waiting_list.announce_new(tx, placement)
        await pools.count_places(tx.connection, waiting_list.numbered(pool, made))
        await store.remember_invited(tx.connection, offer_id, invited, tx.now)
        asked = {each: (*candidates[each].asked_at, tx.now) for each in invited}
        await look_again_when_their_week_is_over(tx, asked, settings)
    views = await store.placement_views(tx.connection, [each.placement_id for each in made])
    return Invitations(tuple(shown_to(caller, view) for view in views), tuple(left_out))


def _deadline(now: datetime, until: datetime | None, pool: Pool, settings: MatchingSettings) -> datetime:
    latest = waiting_list.deadline(now, timedelta(days=settings.invitation_days_at_most), pool)
    if until is None:
        return waiting_list.deadline(now, timedelta(hours=settings.invitation_hours), pool)
    if not now < until <= latest:
        raise placement_refusals.deadline_impossible(latest)
    return until


async def _why_not(
    tx: Transaction,
    caller: Caller,
    candidates: dict[UUID, Candidate],
    pool: Pool,
    settings: MatchingSettings,
    *,
    despite_overlap: bool,
) -> dict[UUID, LeftOutBecause]:
    """Who is left out, and why; the first reason counts, and whoever is far away is as unknown as in the suggestions."""
    ids = list(candidates)
    there = await store.live_in_pool(tx.connection, pool.pool_id, ids)
    declined = await store.turned_down_by(tx.connection, pool, ids, tx.now - timedelta(days=settings.declined_days))
    reasons: dict[UUID, LeftOutBecause] = {}
    for volunteer_id, candidate in candidates.items():
        unmet = lacking(candidate, pool, tx.now, settings, despite_overlap=despite_overlap)
        because = _because(
            {each.requirement for each in unmet},
            is_there=volunteer_id in there,
            has_declined=volunteer_id in declined,
            asked_enough=asks_left(candidate.asked_at, tx.now, settings.asks_per_week) <= 0,
        )
        if caller.is_person(volunteer_id):
            because = LeftOutBecause.ONESELF
        if because is not None:
            reasons[volunteer_id] = because
    return reasons


def _because(
    unmet: Iterable[Requirement], *, is_there: bool, has_declined: bool, asked_enough: bool
) -> LeftOutBecause | None:
    lacked = set(unmet)
    if is_there:
        return LeftOutBecause.ALREADY_THERE
    if Requirement.WITHIN_REACH in lacked:
        return LeftOutBecause.UNKNOWN
    if Requirement.NOT_PAUSED in lacked:
        return LeftOutBecause.PAUSED
    if lacked:
        return LeftOutBecause.REQUIREMENTS_MISSING
    if has_declined:
        return LeftOutBecause.DECLINED
    return LeftOutBecause.ASKED_OFTEN if asked_enough else None


def _made(
    tx: Transaction,
    caller: Caller,
    pool: Pool,
    volunteer_ids: Sequence[UUID],
    until: datetime,
    overlap_reason: str | None,
    overlapping_ids: Collection[UUID],
) -> list[Placement]:
    """The invitations; the reason is only kept where it is about an overlap."""
    member_id = caller.require_person()
    status = transition_of(NEW, Step.INVITE, Actor.COORDINATOR, ()).after
    return [
        Placement(
            placement_id=new_id(),
            version=1,
            offer_id=pool.offer.offer_id,
            organisation_id=pool.offer.organisation_id,
            coordinator_id=pool.offer.coordinator_id,
            volunteer_id=volunteer_id,
            status=status,
            queue_number=pool.last_queue_number + number,
            requested_at=tx.now,
            changed_at=tx.now,
            offered_until=until,
            shift_id=pool.shift.shift_id if pool.shift else None,
            invited_by=member_id,
            volunteer_acted=False,
            override_reason=overlap_reason if volunteer_id in overlapping_ids else None,
            override_by=member_id if overlap_reason and volunteer_id in overlapping_ids else None,
            override_at=tx.now if overlap_reason and volunteer_id in overlapping_ids else None,
            due_at=due_at(status, pool, until),
        )
        for number, volunteer_id in enumerate(volunteer_ids, start=1)
    ]
