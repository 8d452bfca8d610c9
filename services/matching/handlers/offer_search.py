"""Searching offers without an account, what is similar near one, and what a district has of each topic."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offers import offer as readable_offer
from services.matching.models.offers import Offer
from services.matching.models.searches import FoundOffer, Near, OfferFilter, SimilarOffer, TopicCoverage
from services.matching.permissions import PERMISSIONS
from services.matching.rules.distance import kilometres_on_plane, on_plane
from services.matching.rules.searches import telling_words
from services.matching.settings import MatchingSettings
from services.matching.store import offer_search as store
from services.matching.store import offers as offers_store
from services.matching.store.nearest import DISTANCE
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked


def check_order(asked: Asked, around: Near | None) -> None:
    """What is public is found nearest, newest or most urgent first.

    Raises
    ------
    Refusal
        `postal-code-missing`, `nearest-first-only`; `newest-first-only`: the other way round what nobody has confirmed for
        long would come first.
    """
    if asked.sort != DISTANCE:
        if not asked.descending:
            raise refusals.newest_first_only()
        return
    if around is None:
        raise refusals.postal_code_missing()
    if asked.descending:
        raise refusals.nearest_first_only()


async def near(connection: Any, postal_code: str | None, within_km: float | None, usual_km: float) -> Near | None:
    """Around a postal code, as it is asked for.

    Raises
    ------
    Refusal
        `postal-code-unknown`; `postal-code-missing` when there is a distance, but not from where.
    """
    if postal_code is None:
        if within_km is not None:
            raise refusals.postal_code_missing()
        return None
    place = await offers_store.place(connection, postal_code)
    if place is None:
        raise refusals.postal_code_unknown()
    return Near(on_plane(place.point), usual_km if within_km is None else within_km)


async def published_offers(
    connection: Any,
    asked: Asked,
    narrowed: OfferFilter,
    postal_code: str | None,
    within_km: float | None,
    settings: MatchingSettings,
    now: datetime,
) -> list[FoundOffer]:
    """A stretch of the public list: what nobody has confirmed for long comes after all others.

    Raises
    ------
    Refusal
        `postal-code-unknown`, `postal-code-missing`, `nearest-first-only` or `newest-first-only`.
    """
    around = await near(connection, postal_code, within_km, settings.search_within_km)
    check_order(asked, around)
    found = await store.published_offers(connection, asked, replace(narrowed, near=around), calendar_day(now))
    return found if around is None else [_with_distance(each, around) for each in found]


def _with_distance(found: FoundOffer, around: Near) -> FoundOffer:
    point = found.offer.point
    return found if point is None else replace(found, distance_km=kilometres_on_plane(around.here, on_plane(point)))


async def similar_offers(connection: Any, to: Offer, settings: MatchingSettings, now: datetime) -> list[SimilarOffer]:
    """Open offers near this one of the same topic or with the same words: so that work is not done twice."""
    if to.point is None:
        return []
    around = Near(on_plane(to.point), settings.similar_within_km)
    return await store.similar_offers(
        connection, to, around, telling_words(to.title), calendar_day(now), settings.similar_at_most
    )


async def similar_to(
    connection: Any, caller: Caller, offer_id: UUID, settings: MatchingSettings, now: datetime
) -> list[SimilarOffer]:
    """The same for an offer that the caller may see."""
    return await similar_offers(connection, await readable_offer(connection, caller, offer_id, now), settings, now)


async def coverage(
    connection: Any, caller: Caller, district: str, settings: MatchingSettings, now: datetime
) -> list[TopicCoverage]:
    """What a district has of each topic: what is not covered, and what several bodies do close to each other."""
    reached = caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN)
    belongs = [Belongs(organisation_id, district) for organisation_id in sorted(reached)]
    if not any(PERMISSIONS.allows("read-coverage", caller, each) for each in belongs):
        PERMISSIONS.require("read-coverage", caller, Belongs(district=district), what="district")
    return await store.coverage(connection, district, now, calendar_day(now), settings.doubled_within_km)
