"""A volunteer asks for a placement, or the speaker of a group for its members: together or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import waiting_list
from services.matching.handlers.eligibility import locked_candidates, require_nothing_missing
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import is_public
from services.matching.handlers.viewing import shown_to
from services.matching.models.placement_requests import PlacementRequest
from services.matching.models.placements import Actor, Circumstance, Placement, PlacementView, Step
from services.matching.models.pools import Pool
from services.matching.permissions import PERMISSIONS
from services.matching.rules import placement_refusals
from services.matching.rules.placements import NEW, due_at, has_place, transition_of
from services.matching.settings import MatchingSettings
from services.matching.store import placements as store
from services.matching.store import pools
from services.matching.store import shifts as shifts_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.subjects import lock_subject, lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, not_yet_known
from shared.runtime.ids import new_id


async def request_placement(
    tx: Transaction, caller: Caller, request: PlacementRequest, settings: MatchingSettings
) -> PlacementView:
    """A volunteer asks: they hold a place when one is free, and wait in order when none is. A group gets all or none."""
    PERMISSIONS.require("request-placement", caller, Belongs(person=caller.subject_id))
    speaker_id = caller.require_person()
    await lock_subject(tx, speaker_id)
    volunteer_ids = await _who(tx, speaker_id, request)
    if await lock_subjects(tx, volunteer_ids):
        raise not_found("person")
    candidates = await locked_candidates(tx, volunteer_ids)
    if len(candidates) < len(volunteer_ids):
        raise not_yet_known("volunteer")
    pool = await locked_open_pool(tx, request.offer_id, request.shift_id)
    await _require_none_there(tx, pool, volunteer_ids)
    await require_nothing_missing(tx, candidates.values(), pool, settings)
    if len(volunteer_ids) > pool.places:
        raise placement_refusals.group_too_large(pool.places)
    made = _made(tx, pool, volunteer_ids, request.group_id)
    if made[0].status is PlacementStatus.WAITLISTED and pool.waiting + len(made) > settings.waiting_list_at_most:
        raise refusals.waiting_list_full()
    await _keep(tx, pool, made)
    own = next((each for each in made if each.volunteer_id == speaker_id), made[0])
    view = await store.placement_view(tx.connection, own.placement_id)
    if view is None:
        raise not_found("placement")
    return shown_to(caller, view)


async def locked_open_pool(tx: Transaction, offer_id: UUID, shift_id: UUID | None) -> Pool:
    """The places of an offer that everybody sees, or of one of its shifts, locked.

    Raises
    ------
    Refusal
        `offer-not-found`, `offer-closed`, `shift-needed`, `shift-not-found`, `shift-not-open`.
    """
    pool = await pools.lock_pool(tx.connection, offer_id, shift_id)
    if pool is None:
        # Which of the two is missing is said; the lock that is held until the refusal does no harm.
        raise not_found("offer" if await pools.lock_pool(tx.connection, offer_id) is None else "shift")
    if not pool.offer.organisation_verified:
        raise not_found("offer")
    if not is_public(pool.offer, calendar_day(tx.now)):
        raise refusals.offer_closed()
    if pool.shift is None and await shifts_store.has_shifts(tx.connection, offer_id):
        raise placement_refusals.shift_needed()
    if not pool.gives_places(tx.now):
        raise placement_refusals.shift_not_open()
    return pool


async def _who(tx: Transaction, speaker_id: UUID, request: PlacementRequest) -> tuple[UUID, ...]:
    """For whom is asked: the volunteer, or the members of the group for which they speak."""
    if request.group_id is None:
        if set(request.volunteer_ids) - {speaker_id}:
            raise placement_refusals.not_in_group(sorted(set(request.volunteer_ids) - {speaker_id}))
        return (speaker_id,)
    group = await store.group(tx.connection, request.group_id)
    if group is None or speaker_id not in group.member_ids:
        raise not_found("group")
    if group.speaker_id != speaker_id:
        raise placement_refusals.group_speaker_only()
    if strangers := set(request.volunteer_ids) - set(group.member_ids):
        raise placement_refusals.not_in_group(sorted(strangers))
    return tuple(dict.fromkeys(request.volunteer_ids)) or group.member_ids


async def _require_none_there(tx: Transaction, pool: Pool, volunteer_ids: Sequence[UUID]) -> None:
    there = await store.live_in_pool(tx.connection, pool.pool_id, volunteer_ids)
    if there and len(volunteer_ids) > 1:
        raise placement_refusals.group_members_there(sorted(there))
    if there:
        raise refusals.already_requested()


def _made(tx: Transaction, pool: Pool, volunteer_ids: Sequence[UUID], group_id: UUID | None) -> list[Placement]:
    free = has_place(pool, len(volunteer_ids))
    given = (Circumstance.PLACE_FREE if free else Circumstance.NONE_FREE,)
    status = transition_of(NEW, Step.REQUEST, Actor.VOLUNTEER, given).after
    joint_id = None if group_id is None else new_id()
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
            shift_id=pool.shift.shift_id if pool.shift else None,
            group_id=group_id,
            joint_id=joint_id,
            due_at=due_at(status, pool, None),
        )
        for number, volunteer_id in enumerate(volunteer_ids, start=1)
    ]


async def _keep(tx: Transaction, pool: Pool, made: Sequence[Placement]) -> None:
    await store.insert_placements(tx.connection, made)
    counted = pool
    for placement in made:
        waiting_list.announce_new(tx, placement)
        counted = waiting_list.recounted(counted, None, placement.status)
    waits = counted.waiting > pool.waiting
    # Those before them may be passed over: a timer looks at whom the free places go to.
    together = len(made) if waits and (pool.waiting == 0 or pool.places_free > 0) else None
    await pools.count_places(
        tx.connection, replace(counted, last_queue_number=made[-1].queue_number, next_together=together)
    )
