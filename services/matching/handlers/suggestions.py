"""Ranked lists, computed when they are read: offers for a volunteer, volunteers for an offer, and why."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.handlers.missing import helpful_courses
from services.matching.handlers.offer_states import calendar_day
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.suggestions import (
    Explanation,
    LackingOffer,
    OffersForVolunteer,
    RankedOffer,
    RankedVolunteer,
    Requirement,
)
from services.matching.models.volunteers import Candidate
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules.distance import KM_PER_DEGREE, box_around, shrink_of_longitude
from services.matching.rules.requirements import unmet_requirements
from services.matching.rules.scoring import score
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as store
from services.matching.store import offers as offers_store
from services.matching.store import placements as placements_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.runtime.errors import not_found, not_yet_known


async def offers_for_volunteer(
    connection: Any, caller: Caller, volunteer_id: UUID, limit: int, settings: MatchingSettings, now: datetime
) -> OffersForVolunteer:
    """The best offers for a volunteer, and those that lack only what can be got, each at most `limit`."""
    PERMISSIONS.require("suggest-offers", caller, Belongs(person=volunteer_id), what="volunteer")
    candidate = await store.candidate(connection, volunteer_id, calendar_day(now))
    if candidate is None:
        raise not_yet_known("volunteer")
    ranked, lacking = await weigh_offers(connection, candidate, settings, now)
    shown = lacking[:limit]
    courses = await helpful_courses(connection, candidate, (unmet for each in shown for unmet in each.unmet), now)
    return OffersForVolunteer(ranked[:limit], shown, courses)


async def weigh_offers(
    connection: Any, candidate: Candidate, settings: MatchingSettings, now: datetime
) -> tuple[list[RankedOffer], list[LackingOffer]]:
    """The offers around a volunteer that meet every hard requirement, and those that lack what can be got; best first."""
    today = calendar_day(now)
    box = box_around(candidate.point, candidate.reach_km) if candidate.point else None
    shrink = shrink_of_longitude(candidate.point) if candidate.point else 1.0
    around = await store.offers_around(connection, candidate, box, shrink, today, settings.candidates_at_most)
    ranked: list[RankedOffer] = []
    lacking: list[LackingOffer] = []
    for offer in around:
        unmet = unmet_requirements(candidate, offer, today, settings.language_level_at_least)
        if not all(each.is_obtainable for each in unmet):
            continue
        scored = score(candidate, offer, now, settings.scale)
        if unmet:
            lacking.append(LackingOffer(offer, scored, unmet))
        else:
            ranked.append(RankedOffer(offer, scored))
    ranked.sort(key=lambda each: (-each.scored.score, each.offer.offer_id))
    lacking.sort(key=lambda each: (len(each.unmet), -each.scored.score, each.offer.offer_id))
    return ranked, lacking


async def volunteers_for_offer(
    connection: Any, caller: Caller, offer_id: UUID, limit: int, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    """The best volunteers for an offer, at most `limit`, without those who have a placement with it."""
    offer = await _offer(connection, caller, offer_id)
    return await best_volunteers(connection, offer, limit, settings, now)


async def best_volunteers(
    connection: Any, offer: Offer, limit: int, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    """The same when nobody asks: for what the system proposes by itself."""
    if offer.point is None or offer.status is not OfferStatus.PUBLISHED:
        return []
    today = calendar_day(now)
    candidates = await store.candidates_around(
        connection,
        offer,
        box_around(offer.point, settings.radius_km_at_most),
        shrink_of_longitude(offer.point),
        KM_PER_DEGREE,
        today,
        settings.candidates_at_most,
    )
    return _ranked(candidates, offer, settings, now)[:limit]


def _ranked(
    candidates: Iterable[Candidate], offer: Offer, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    today = calendar_day(now)
    ranked = [
        RankedVolunteer(candidate.volunteer_id, score(candidate, offer, now, settings.scale))
        for candidate in candidates
        if not unmet_requirements(candidate, offer, today, settings.language_level_at_least)
    ]
    return sorted(ranked, key=lambda each: (-each.scored.score, each.volunteer_id))


async def explanation(
    connection: Any, caller: Caller, offer_id: UUID, volunteer_id: UUID, settings: MatchingSettings, now: datetime
) -> Explanation:
    """Why a volunteer is suggested for an offer, or what is in the way; only of volunteers around it or placed with it."""
    offer = await _offer(connection, caller, offer_id)
    today = calendar_day(now)
    candidate = await store.candidate(connection, volunteer_id, today)
    if candidate is None:
        raise not_found("volunteer")
    unmet = unmet_requirements(candidate, offer, today, settings.language_level_at_least)
    is_away = any(each.requirement is Requirement.WITHIN_REACH for each in unmet)
    if is_away and not await placements_store.live_placement(connection, offer_id, volunteer_id):
        raise not_found("volunteer")
    return Explanation(volunteer_id, score(candidate, offer, now, settings.scale), unmet)


async def _offer(connection: Any, caller: Caller, offer_id: UUID) -> Offer:
    offer = await offers_store.offer(connection, offer_id)
    PERMISSIONS.require("suggest-volunteers", caller, offer_belongs(offer), what="offer")
    if offer is None:
        raise not_found("offer")
    if not offer.organisation_verified:
        raise refusals.organisation_not_verified()
    return offer
