"""Ranked lists, computed when they are read: offers for a volunteer, volunteers for an offer, and why."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from services.matching import refusals
from services.matching.handlers.missing import helpful_courses, told_to
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.ranking import Best, Weighed, best_offers, best_volunteers
from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.suggestions import (
    Explanation,
    LackingOffer,
    OffersForVolunteer,
    RankedOffer,
    RankedVolunteer,
    Requirement,
    Restrained,
    Scored,
    Unmet,
)
from services.matching.models.volunteers import Candidate, Dated, DatedShift
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.rules.bounds import Posted, hash_of
from services.matching.rules.fatigue import restraint_by_fatigue
from services.matching.rules.offer_bounds import offer_search
from services.matching.rules.offer_bounds import words_of as words_of_volunteer
from services.matching.rules.requirements import asked_for, unmet_requirements
from services.matching.rules.scoring import in_millionths, score
from services.matching.rules.volunteer_bounds import volunteer_search, words_of
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as store
from services.matching.store import offers as offers_store
from services.matching.store import postings as postings_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.access.rights import is_restricted, refuse_if_restricted
from shared.runtime.errors import not_found, not_yet_known

Thing = TypeVar("Thing")


async def offers_for_volunteer(
    connection: Any, caller: Caller, volunteer_id: UUID, limit: int, settings: MatchingSettings, now: datetime
) -> OffersForVolunteer:
    """The best offers for a volunteer, and those that lack only what can be got, each at most `limit`."""
    PERMISSIONS.require("suggest-offers", caller, Belongs(person=volunteer_id), what="volunteer")
    candidate = await store.candidate(connection, volunteer_id, calendar_day(now))
    if candidate is None:
        raise not_yet_known("volunteer")
    ranked = await best_offers_for(connection, candidate, limit, settings, now)
    lacking = await lacking_offers_for(connection, candidate, limit, settings, now)
    courses = await helpful_courses(connection, candidate, (unmet for each in lacking for unmet in each.unmet), now)
    return OffersForVolunteer(ranked, lacking, courses)


async def best_offers_for(
    connection: Any,
    candidate: Candidate,
    limit: int,
    settings: MatchingSettings,
    now: datetime,
    *,
    without: Collection[UUID] = (),
    with_places: bool = False,
) -> list[RankedOffer]:
    """The best offers for a volunteer, exactly: by score, then by id; without those that they have already.

    `with_places`: only those where a place is free, of an offer with shifts in one of them.
    """

    def weighed(offer: Offer) -> Weighed[RankedOffer] | None:
        if unmet(candidate, offer, settings, now):
            return None
        scored = score(candidate, offer, now, settings.scale)
        return Weighed(offer.offer_id, in_millionths(scored.score), RankedOffer(offer, scored))

    return await _best_offers(
        connection, candidate, limit, settings, now, weighed, without, lacking=False, with_places=with_places
    )


async def lacking_offers_for(
    connection: Any, candidate: Candidate, limit: int, settings: MatchingSettings, now: datetime
) -> list[LackingOffer]:
    """The best offers of those that lack only what the volunteer can get."""

    def weighed(offer: Offer) -> Weighed[LackingOffer] | None:
        missing = unmet(candidate, offer, settings, now)
        if not missing or not all(each.is_obtainable for each in missing):
            return None
        scored = score(candidate, offer, now, settings.scale)
        return Weighed(offer.offer_id, in_millionths(scored.score), LackingOffer(offer, scored, missing))

    return await _best_offers(connection, candidate, limit, settings, now, weighed, (), lacking=True)


async def _best_offers(
    connection: Any,
    candidate: Candidate,
    limit: int,
    settings: MatchingSettings,
    now: datetime,
    weighed: Callable[[Offer], Weighed[Thing] | None],
    without: Collection[UUID],
    *,
    lacking: bool,
    with_places: bool = False,
) -> list[Thing]:
    async def weigh(offer_ids: Sequence[UUID]) -> list[Weighed[Thing]]:
        if with_places:
            free = await offers_store.with_free_places(connection, offer_ids, now)
            offer_ids = [each for each in offer_ids if each in free]
        found = (weighed(offer) for offer in await offers_store.offers(connection, offer_ids))
        return [each for each in found if each is not None]

    posted = await _posted(connection, (), words_of_volunteer(candidate))
    search = offer_search(
        candidate,
        now,
        calendar_day(now),
        settings.scale,
        posted,
        lacking=lacking,
        lacks_undertaking=settings.undertaking_required and not candidate.undertaking_valid,
    )
    own = await store.offers_of_volunteer(connection, candidate.volunteer_id)
    radius_km = max(settings.radius_km_at_most, candidate.reach_km)
    found = await best_offers(connection, search, candidate.point, radius_km, Best(limit, weigh), [*own, *without])
    return [each.thing for each in found]


async def volunteers_for_offer(
    connection: Any, caller: Caller, offer_id: UUID, limit: int, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    """The best volunteers for an offer, at most `limit`, without those who are not to be asked for it."""
    offer = await _offer(connection, caller, offer_id)
    if offer.status is not OfferStatus.PUBLISHED:
        return []
    return await best_volunteers_for(connection, offer, limit, settings, now)


async def best_volunteers_for(
    connection: Any,
    offer: Offer,
    limit: int,
    settings: MatchingSettings,
    now: datetime,
    shift: DatedShift | None = None,
    *,
    without: Collection[UUID] = (),
    tellable: bool = False,
) -> list[RankedVolunteer]:
    """The best volunteers for an offer, or for one of its shifts, exactly: by score, then by id.

    Whoever has to do with the offer already is left out; for a shift, whoever has to do with it, or with one of the
    offer's at the same time. `tellable`: only those who consent to being told of suggestions.
    """
    if offer.point is None:
        return []

    async def weigh(volunteer_ids: Sequence[UUID]) -> list[Weighed[RankedVolunteer]]:
        candidates = await store.candidates(connection, volunteer_ids, calendar_day(now))
        return [
            Weighed(
                candidate.volunteer_id,
                in_millionths(scored.score),
                RankedVolunteer(candidate.volunteer_id, scored),
            )
            for candidate in candidates
            if (scored := weighed_for(candidate, offer, settings, now, shift)) is not None
        ]

    posted = await _posted(connection, *words_of(offer))
    search = volunteer_search(offer, now, settings.scale, settings.language_level_at_least, posted)
    settled = await store.volunteers_settled_with(connection, offer.offer_id, shift)
    found = await best_volunteers(
        connection,
        search,
        offer.point,
        settings.radius_km_at_most,
        Best(limit, weigh),
        [*settled, *without],
        tellable=tellable,
    )
    return [each.thing for each in found]


async def _posted(connection: Any, terms: Sequence[str], words: Sequence[tuple[str, str]]) -> Posted:
    shares, numbers = await postings_store.words_posted(connection, [hash_of(term) for term in terms], words)
    return Posted(numbers, shares)


def weighed_for(
    candidate: Candidate, offer: Offer, settings: MatchingSettings, now: datetime, shift: Dated | None = None
) -> Scored | None:
    """What a volunteer is worth for an offer; None: they cannot be placed, or are not to be asked at present."""
    if unmet(candidate, offer, settings, now, shift) or restraint_by_fatigue(candidate, now, settings.asks_per_week):
        return None
    return score(candidate, offer, now, settings.scale)


def unmet(
    candidate: Candidate, offer: Offer, settings: MatchingSettings, now: datetime, shift: Dated | None = None
) -> tuple[Unmet, ...]:
    """The hard requirements that are not met, with everything that the settings say about them."""
    return unmet_requirements(
        candidate, offer, calendar_day(now), settings.language_level_at_least, settings.undertaking_required, shift
    )


async def explanation(
    connection: Any, caller: Caller, offer_id: UUID, volunteer_id: UUID, settings: MatchingSettings, now: datetime
) -> Explanation:
    """Why a volunteer is suggested for an offer, or what is in the way; only of volunteers around it or placed with it.

    Whose data may only be stored (Art. 18 DSGVO) is weighed for nobody: unknown, or refused where they are known already.
    """
    offer = await _offer(connection, caller, offer_id)
    candidate = await store.candidate(connection, volunteer_id, calendar_day(now))
    if candidate is None:
        raise not_found("volunteer")
    missing = unmet(candidate, offer, settings, now)
    settled = await store.volunteers_settled_with(connection, offer_id)
    is_away = any(each.requirement is Requirement.WITHIN_REACH for each in missing)
    if is_away and volunteer_id not in settled:
        raise not_found("volunteer")
    if volunteer_id in settled:
        await refuse_if_restricted(connection, volunteer_id)
    elif await is_restricted(connection, volunteer_id):
        raise not_found("volunteer")
    names = {each.requirement for each in missing}
    met = tuple(each for each in asked_for(offer, settings.undertaking_required) if each not in names)
    if Requirement.AGE_TOLD in names:
        met = tuple(each for each in met if each is not Requirement.MINIMUM_AGE)
    restraints = restraint_by_fatigue(candidate, now, settings.asks_per_week)
    if volunteer_id in settled:
        restraints = (Restrained(settled[volunteer_id]), *restraints)
    courses = await helpful_courses(connection, candidate, missing, now)
    scored = score(candidate, offer, now, settings.scale)
    missing = await told_to(connection, offer.organisation_id, missing)
    return Explanation(volunteer_id, scored, met, missing, restraints, courses)


async def _offer(connection: Any, caller: Caller, offer_id: UUID) -> Offer:
    offer = await offers_store.offer(connection, offer_id)
    PERMISSIONS.require("suggest-volunteers", caller, offer_belongs(offer), what="offer")
    if offer is None:
        raise not_found("offer")
    if not offer.organisation_verified:
        raise refusals.organisation_not_verified()
    return offer
