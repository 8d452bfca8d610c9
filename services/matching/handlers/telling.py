"""Telling volunteers of offers that now fit: those who consent, the best first, once per (volunteer, offer), so many a week.

A change leaves a check behind, in its own transaction; a timer works the checks off in bounded steps, the most urgent first.
Whoever may be asked nothing more this week, told or invited, is looked at again when the week is over: also of what came
up meanwhile they are told then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.matching.handlers.fatigue import look_again_when_their_week_is_over
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import is_public
from services.matching.handlers.suggestions import best_offers_for, best_volunteers_for
from services.matching.models.offers import Offer
from services.matching.models.suggestions import Check, Scored
from services.matching.rules.fatigue import WEEK, asks_left
from services.matching.rules.urgency import effective_urgency
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import offers as offers_store
from services.matching.store import telling as store
from shared.contracts.matching import MatchSuggested, ScorePart
from shared.postgres.database import AGAIN, is_away
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation

log = structlog.get_logger()

WEIGHED = 50
"""So many of the best offers are looked through for one volunteer."""
AFTER_FAILURE = timedelta(hours=1)
"""When a check that failed is tried again."""

Fit = tuple[UUID, UUID, Scored]
"""A volunteer, an offer that fits, and why."""


async def tell_suggestions(tx: Transaction, settings: MatchingSettings) -> int:
    """One bounded step: one check of a volunteer, or so many volunteers around one offer. 0 when nothing is due.

    A check that fails is put off, so that it does not stand in the way of all the others.
    """
    check = await store.next_check(tx.connection, tx.now)
    if check is None:
        return 0
    with correlation.bind(check.correlation_id):
        try:
            async with tx.connection.transaction():
                await _look(tx, check, settings)
        except Exception as error:
            if is_away(error) or isinstance(error, AGAIN):
                raise
            log.exception("suggestion-check-failed", check_id=check.check_id)
            await store.put_off_check(tx.connection, check.check_id, tx.now + AFTER_FAILURE)
    return 1


async def _look(tx: Transaction, check: Check, settings: MatchingSettings) -> None:
    if check.volunteer_id is not None:
        await _look_at_volunteer(tx, check.volunteer_id, settings)
    elif check.offer_id is not None:
        await _look_around_offer(tx, check, check.offer_id, settings)


async def _look_at_volunteer(tx: Transaction, volunteer_id: UUID, settings: MatchingSettings) -> None:
    await store.delete_checks_of_volunteer(tx.connection, volunteer_id)
    candidate = await candidates_store.candidate(tx.connection, volunteer_id, calendar_day(tx.now))
    if candidate is None or not await store.may_be_told(tx.connection, volunteer_id):
        return
    settled = await store.offers_settled_with(tx.connection, volunteer_id)
    found = await best_offers_for(
        tx.connection, candidate, WEIGHED, settings, tx.now, without=settled, with_places=True
    )
    urgent_first = sorted(found, key=lambda each: -round(effective_urgency(each.offer, tx.now)))
    fits = [(volunteer_id, each.offer.offer_id, each.scored) for each in urgent_first]
    await _tell(tx, [volunteer_id], fits, settings)


async def _look_around_offer(tx: Transaction, check: Check, offer_id: UUID, settings: MatchingSettings) -> None:
    """The best of those who were not told yet; the next step goes on, until so many were told of the offer."""
    offer = await offers_store.offer(tx.connection, offer_id)
    told = set(await store.told_of(tx.connection, offer_id))
    at_most = min(settings.volunteers_per_step, settings.told_per_offer - len(told))
    if offer is None or at_most <= 0 or not await _is_worth_telling(tx, offer):
        await store.delete_check(tx.connection, check.check_id)
        return
    found = await best_volunteers_for(
        tx.connection, offer, at_most, settings, tx.now, without=told | set(check.passed_over), tellable=True
    )
    people = [each.volunteer_id for each in found]
    new = await _tell(tx, people, [(each.volunteer_id, offer_id, each.scored) for each in found], settings)
    if len(found) < at_most:
        await store.delete_check(tx.connection, check.check_id)
    else:
        passed_over = [each.volunteer_id for each in found if (each.volunteer_id, offer_id) not in new]
        await store.continue_check(tx.connection, check.check_id, passed_over)


async def _is_worth_telling(tx: Transaction, offer: Offer) -> bool:
    if not is_public(offer, calendar_day(tx.now)):
        return False
    return bool(await offers_store.with_free_places(tx.connection, [offer.offer_id], tx.now))


async def _tell(
    tx: Transaction, volunteers: Sequence[UUID], fits: Sequence[Fit], settings: MatchingSettings
) -> set[tuple[UUID, UUID]]:
    """Tell these of what fits, in this order, as far as each volunteer's week allows; the pairs that were told."""
    if not volunteers or not settings.asks_per_week:
        return set()
    tellable = await store.lock_tellable(tx.connection, volunteers, tx.now - WEEK)
    # Somebody else works on the others just now.
    await store.check_volunteers(tx.connection, [each for each in volunteers if each not in tellable], tx.now)
    settled = await store.told_or_placed(tx.connection, [(volunteer, offer) for volunteer, offer, _ in fits])
    new = [fit for fit in fits if (fit[0], fit[1]) not in settled]
    chosen: list[Fit] = []
    asked: dict[UUID, list[datetime]] = {}
    for volunteer, asked_at in tellable.items():
        theirs = [fit for fit in new if fit[0] == volunteer]
        now_told = theirs[: asks_left(asked_at, tx.now, settings.asks_per_week)]
        chosen += now_told
        asked[volunteer] = [*asked_at, *[tx.now] * len(now_told)]
    await look_again_when_their_week_is_over(tx, asked, settings)
    told = await store.remember_told(tx.connection, [(volunteer, offer) for volunteer, offer, _ in chosen], tx.now)
    # All are made before the first is published: what is published is not taken back when another one fails.
    for event in [_suggested(tx, fit, settings) for fit in chosen if (fit[0], fit[1]) in told]:
        tx.publish(event)
        log.info("match-suggested", offer_id=str(event.offer_id), volunteer_id=str(event.volunteer_id))
    return told


def _suggested(tx: Transaction, fit: Fit, settings: MatchingSettings) -> MatchSuggested:
    volunteer_id, offer_id, scored = fit
    return MatchSuggested(
        volunteer_id=volunteer_id,
        offer_id=offer_id,
        reasons=tuple(ScorePart(part=part.part, value=part.value, fact=part.fact) for part in scored.parts),
        expires_at=tx.now + timedelta(days=settings.suggestion_expires_days),
    )
