"""Telling volunteers of offers that now fit: once per (volunteer, offer), so many a week, in bounded steps.

A change leaves a check behind, in its own transaction; a timer works the checks off. What a volunteer is not told of
because the week is full is looked at again when the week is over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import is_public
from services.matching.handlers.suggestions import weigh_offers
from services.matching.models.offers import Offer
from services.matching.models.suggestions import Check, Scored
from services.matching.rules.distance import box_around
from services.matching.rules.requirements import unmet_requirements
from services.matching.rules.scoring import score
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import offers as offers_store
from services.matching.store import telling as store
from shared.contracts.matching import MatchSuggested, ScorePart
from shared.postgres.database import AGAIN, is_away
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation

log = structlog.get_logger()

WEEK = timedelta(days=7)
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
    if candidate is None:
        return
    ranked, _ = await weigh_offers(tx.connection, candidate, settings, tx.now)
    fits = [(volunteer_id, each.offer.offer_id, each.scored) for each in ranked if each.offer.places_free > 0]
    await _tell(tx, fits, settings)


async def _look_around_offer(tx: Transaction, check: Check, offer_id: UUID, settings: MatchingSettings) -> None:
    offer = await offers_store.offer(tx.connection, offer_id)
    if offer is None or offer.point is None or not _is_worth_telling(offer, tx.now):
        await store.delete_check(tx.connection, check.check_id)
        return
    box = box_around(offer.point, settings.radius_km_at_most)
    around = await store.volunteers_to_weigh(tx.connection, check, box, settings.volunteers_per_step)
    today = calendar_day(tx.now)
    candidates = await candidates_store.candidates(tx.connection, [volunteer for volunteer, _ in around], today)
    fits = [
        (candidate.volunteer_id, offer_id, score(candidate, offer, tx.now, settings.scale))
        for candidate in candidates
        if not unmet_requirements(candidate, offer, today, settings.language_level_at_least)
    ]
    await _tell(tx, fits, settings)
    if len(around) < settings.volunteers_per_step:
        await store.delete_check(tx.connection, check.check_id)
    else:
        await store.continue_check(tx.connection, check.check_id, around[-1])


def _is_worth_telling(offer: Offer, now: datetime) -> bool:
    return is_public(offer, calendar_day(now)) and offer.places_free > 0


async def _tell(tx: Transaction, fits: Sequence[Fit], settings: MatchingSettings) -> None:
    """Tell of what fits, best first, as far as each volunteer's week allows."""
    if not fits or not settings.asks_per_week:
        return
    settled = await store.told_or_placed(tx.connection, [(volunteer, offer) for volunteer, offer, _ in fits])
    new = [fit for fit in fits if (fit[0], fit[1]) not in settled]
    volunteers = list(dict.fromkeys(volunteer for volunteer, _, _ in new))
    tellable = await store.lock_tellable(tx.connection, volunteers, tx.now - WEEK)
    await _look_again(tx, [volunteer for volunteer in volunteers if volunteer not in tellable], tx.now)
    chosen: list[Fit] = []
    for volunteer, state in tellable.items():
        theirs = [fit for fit in new if fit[0] == volunteer]
        left = max(0, settings.asks_per_week - state.told)
        chosen += theirs[:left]
        if len(theirs) > left:
            await _look_again(tx, [volunteer], (state.first_told_at or tx.now) + WEEK)
    told = await store.remember_told(tx.connection, [(volunteer, offer) for volunteer, offer, _ in chosen], tx.now)
    # All are made before the first is published: what is published is not taken back when another one fails.
    for event in [_suggested(tx, fit, settings) for fit in chosen if (fit[0], fit[1]) in told]:
        tx.publish(event)
        log.info("match-suggested", offer_id=str(event.offer_id), volunteer_id=str(event.volunteer_id))


async def _look_again(tx: Transaction, volunteers: Sequence[UUID], due_at: datetime) -> None:
    """Somebody else works on them just now, or their week is full."""
    if volunteers:
        await store.check_volunteers(tx.connection, volunteers, due_at)


def _suggested(tx: Transaction, fit: Fit, settings: MatchingSettings) -> MatchSuggested:
    volunteer_id, offer_id, scored = fit
    return MatchSuggested(
        volunteer_id=volunteer_id,
        offer_id=offer_id,
        reasons=tuple(ScorePart(part=part.part, value=part.value, fact=part.fact) for part in scored.parts),
        expires_at=tx.now + timedelta(days=settings.suggestion_expires_days),
    )
