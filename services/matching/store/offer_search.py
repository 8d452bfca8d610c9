"""The public search for offers, what is similar near an offer, and what a district has of each topic."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.models.offers import Offer
from services.matching.models.searches import FoundOffer, Near, OfferFilter, SimilarOffer, TopicCoverage
from services.matching.store.nearest import DISTANCE, nearest
from services.matching.store.offers import offers
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "offer_search.sql")

PUBLICATION, URGENCY = "published", "urgency"
PUBLISHED = ListQuery(
    __file__,
    "offer_search.sql",
    "published_offers_listed",
    sorts={
        PUBLICATION: "(NOT o.is_stale)",
        URGENCY: "(o.effective_urgency - CASE WHEN o.is_stale THEN 10 ELSE 0 END)",
    },
    key="o.offer_id",
)
NEAR = ListQuery(
    __file__, "offer_search.sql", "offers_near_listed", sorts={DISTANCE: "o.location <-> asked.here"}, key="o.offer_id"
)


async def published_offers(connection: Any, asked: Asked, narrowed: OfferFilter, today: date) -> list[FoundOffer]:
    """A stretch of the public list. By distance: upwards only, and only around a place."""
    parameters = _parameters(narrowed, today)
    if asked.sort == DISTANCE and narrowed.near is not None:
        return await _found(
            connection, await nearest(connection, NEAR, asked, parameters, narrowed.near.within_km, "offer_id")
        )
    rows = await PUBLISHED.fetch(connection, asked, **parameters)
    positions = {row["offer_id"]: row["urgency"] if asked.sort == URGENCY else not row["is_stale"] for row in rows}
    return await _found(connection, positions)


def _parameters(narrowed: OfferFilter, today: date) -> dict[str, Any]:
    near = narrowed.near
    return {
        "today": today,
        "district": narrowed.district,
        "topic": narrowed.topic,
        "organisation_id": narrowed.organisation_id,
        "language": narrowed.language,
        "day": narrowed.day and narrowed.day.value,
        "words": narrowed.words,
        "here": near and asyncpg.Point(*near.here),
        "within_km": near and near.within_km,
    }


async def _found(connection: Any, positions: dict[UUID, float | bool]) -> list[FoundOffer]:
    return [FoundOffer(offer, positions[offer.offer_id]) for offer in await offers(connection, list(positions))]


async def similar_offers(
    connection: Any, to: Offer, near: Near, words: Sequence[str], today: date, at_most: int
) -> list[SimilarOffer]:
    """Open offers around another one of the same topic or with one of the words, the nearest first."""
    rows = await queries.similar_offers(
        connection,
        offer_id=to.offer_id,
        topic=to.topic,
        words=" | ".join(f"'{word}'" for word in words),
        here=asyncpg.Point(*near.here),
        within_km=near.within_km,
        today=today,
        at_most=at_most,
    )
    by_id = {row["offer_id"]: row for row in rows}
    return [
        SimilarOffer(
            offer,
            by_id[offer.offer_id]["distance_km"],
            by_id[offer.offer_id]["same_topic"],
            offer.organisation_id == to.organisation_id,
        )
        for offer in await offers(connection, list(by_id))
    ]


async def coverage(connection: Any, district: str, now: datetime, today: date, within_km: float) -> list[TopicCoverage]:
    """Every topic of which a district has something, in order."""
    doubled = await queries.doubled_in_district(connection, district=district, today=today, within_km=within_km)
    doubled_by = {row["topic"]: tuple(row["organisation_ids"]) for row in doubled}
    rows = await queries.coverage_of_district(connection, district=district, now=now, today=today)
    return [TopicCoverage(**row, doubled_by=doubled_by.get(row["topic"], ())) for row in rows]
