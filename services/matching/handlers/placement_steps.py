"""What every step of a placement does besides, and when it may be taken at all. The rows are locked."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import replacements, waiting_list
from services.matching.handlers.offer_states import calendar_day
from services.matching.models.offers import OfferStatus
from services.matching.models.placements import SECURED, Actor, Details, Placement, Step
from services.matching.models.pools import Pool, midnight
from services.matching.rules import placement_refusals
from services.matching.rules.placements import INVITED, OFFERED
from services.matching.settings import MatchingSettings
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.transaction import Transaction

_GIVEN_UP = (PlacementStatus.WITHDRAWN, PlacementStatus.ENDED)


async def move(
    tx: Transaction,
    pool: Pool,
    together: Sequence[Placement],
    step: Step,
    actor: Actor,
    settings: MatchingSettings,
    details: Details,
    overridden: Collection[UUID] = (),
) -> Placement:
    """Move all of them, let free places go on, and look for others when somebody who was to come does not.

    `overridden`: whose overlap the reason is about; with the others it is not kept.
    """
    plain = replace(details, override_reason=None, override_by=None)
    after, last = pool, together[0]
    for placement in together:
        told = details if placement.volunteer_id in overridden else plain
        after, last = await waiting_list.take_step(tx, after, placement, step, actor, told)
    settled = await waiting_list.settle_places(tx, pool, after, settings)
    dropped_out = [each for each in together if each.status in SECURED and last.status in _GIVEN_UP]
    if dropped_out and settled.places_free > 0 and settled.gives_places(tx.now):
        await replacements.look_for(tx, dropped_out)
    return last


def _require_begun(tx: Transaction, pool: Pool, step: Step) -> None:
    """What takes place later begins on its day at the earliest, and is complete after its beginning."""
    if pool.starts_at is None or step not in (Step.START, Step.COMPLETE):
        return
    possible_from = midnight(calendar_day(pool.starts_at)) if step is Step.START else pool.starts_at
    if tx.now < possible_from:
        raise placement_refusals.not_begun(step, possible_from)


def require_timely(tx: Transaction, current: Placement, pool: Pool, step: Step) -> None:
    """Refuse a step before its time, or after it.

    Raises
    ------
    Refusal
        `placement-not-begun`, `organisation-not-verified`, `offer-closed`, `shift-not-open`, `deadline-passed`.
    """
    _require_begun(tx, pool, step)
    if step not in (Step.CONFIRM, Step.ACCEPT):
        return
    if not pool.offer.organisation_verified:
        raise refusals.organisation_not_verified()
    if pool.offer.status is OfferStatus.CLOSED:
        raise refusals.offer_closed()
    shift = pool.shift
    if shift is not None:
        # A coordinator may still confirm who came; nobody takes a place of what has begun.
        is_late = tx.now >= (shift.starts_at if step is Step.ACCEPT else shift.ends_at)
        if shift.is_cancelled or is_late:
            raise placement_refusals.shift_not_open()
    is_open_still = current.offered_until is None or tx.now < current.offered_until
    if step is Step.ACCEPT and current.status in (OFFERED, INVITED) and not is_open_still:
        raise placement_refusals.deadline_passed()
