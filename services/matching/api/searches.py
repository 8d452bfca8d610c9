"""`GET /offers`: the public search; what is similar near an offer; what a district has of each topic."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from services.matching.api.offer_answers import (
    CoverageAnswer,
    FoundOfferAnswer,
    SimilarOfferAnswer,
    coverage_answer,
    found_offer_answer,
    similar_offer_answer,
)
from services.matching.api.offers import AnybodyQuery
from services.matching.handlers import offer_search as handlers
from services.matching.models.searches import FoundOffer, OfferFilter
from services.matching.settings import MatchingSettings
from shared.contracts.vocabulary import AGS, PostalCode, Term, Weekday
from shared.http.commands import AnonymousQuery
from shared.http.commands import Query as SignedInQuery
from shared.http.languages import Language
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["offers"])


def _value(found: FoundOffer, name: str) -> Any:
    return found.offer.offer_id if name == "offer_id" else found.position


OFFERS = Listing(
    "offers",
    found_offer_answer,
    sorts={"published": bool, "urgency": float, "distance": float},
    key="offer_id",
    descending=True,
    columns=tuple(FoundOfferAnswer.model_fields),
    value=_value,
)
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
PostalCodeNear = Annotated[PostalCode | None, Query(description="Around this place")]
WithinKm = Annotated[float | None, Query(gt=0, le=200, description="Kilometres around the postal code")]
OnDay = Annotated[Weekday | None, Query(description="Takes place on this day of the week")]
Text = Annotated[Words | None, Query(description='German words; "in this order", -without, or')]


@router.get("/offers", response_model=Page[FoundOfferAnswer], responses=CSV)
async def list_offers(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(OFFERS.asked)],
    postal_code: PostalCodeNear = None,
    distance_km: WithinKm = None,
    district: Annotated[AGS | None, Query(description="AGS of the district")] = None,
    topic: Annotated[Term | None, Query()] = None,
    language: Annotated[Language | None, Query(description="Required or welcome")] = None,
    day: OnDay = None,
    text: Text = None,
    organisation_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Published offers of verified organisations: the latest, the most urgent or the nearest (`sort=distance`) first.

    What nobody has confirmed for months comes after all others and says so (`is_stale`).
    """
    narrowed = OfferFilter(district, topic, language, organisation_id, day, text)
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, _, asked: handlers.published_offers(
            connection, asked, narrowed, postal_code, distance_km, settings, now
        ),
    )


@router.get("/offers/{offer_id}/similar", response_model=list[SimilarOfferAnswer])
async def list_similar_offers(offer_id: UUID, query: AnybodyQuery) -> Response:
    """Open offers near this one, of the same topic or with the same words, the nearest first."""
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.similar_to(connection, caller, offer_id, settings, now),
        shape=lambda found: [similar_offer_answer(each) for each in found],
    )


@router.get("/districts/{district}/coverage", response_model=CoverageAnswer)
async def get_coverage(district: AGS, query: SignedInQuery) -> Response:
    """By topic: needs that are not covered, most urgent first, and what several organisations do close to each other."""
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.coverage(connection, caller, district, settings, now),
        shape=lambda found: coverage_answer(district, found),
    )
