"""Ranked lists that explain themselves, computed when they are read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.matching.api import answers
from services.matching.handlers import suggestions as handlers
from services.matching.settings import MatchingSettings
from shared.http.commands import Query as SignedInQuery

router = APIRouter(tags=["suggestions"])

Limit = Annotated[int, Query(ge=1, le=50, description="How many at most, the best first")]


@router.get("/volunteers/{volunteer_id}/suggestions", response_model=answers.OfferSuggestions)
async def suggest_offers(volunteer_id: UUID, query: SignedInQuery, request: Request, limit: Limit = 20) -> Response:
    """Offers that fit the signed-in volunteer, and those that lack only what can be got, with how to get it."""
    language = answers.reader_language(request)
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.offers_for_volunteer(
            connection, caller, volunteer_id, limit, settings, now
        ),
        shape=lambda found: answers.offer_suggestions(found, language),
        headers={"Content-Language": language},
    )


@router.get("/offers/{offer_id}/suggestions", response_model=answers.VolunteerSuggestions)
async def suggest_volunteers(offer_id: UUID, query: SignedInQuery, request: Request, limit: Limit = 20) -> Response:
    """Volunteers who fit an offer of the coordinator's scope: ids and facts, nothing that says who it is."""
    language = answers.reader_language(request)
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.volunteers_for_offer(connection, caller, offer_id, limit, settings, now),
        shape=lambda found: answers.volunteer_suggestions(found, language),
        headers={"Content-Language": language},
    )


@router.get("/offers/{offer_id}/suggestions/{volunteer_id}", response_model=answers.ExplanationAnswer)
async def explain_suggestion(offer_id: UUID, volunteer_id: UUID, query: SignedInQuery, request: Request) -> Response:
    """Why a volunteer is suggested for an offer, or what is in the way."""
    language = answers.reader_language(request)
    settings, now = query.state.resource(MatchingSettings), query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.explanation(connection, caller, offer_id, volunteer_id, settings, now),
        shape=lambda found: answers.explanation_answer(found, language),
        headers={"Content-Language": language},
    )
