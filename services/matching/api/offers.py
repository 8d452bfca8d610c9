"""`/offers`: published, changed and closed by coordinators, seen by everybody."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.api.answers import OfferAnswer, offer_answer
from services.matching.handlers import offers as handlers
from services.matching.models.offers import Offer, OfferChange, OfferDraft, OfferFilter
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.contracts.vocabulary import AGS, LanguageCode, Term
from shared.http.commands import AnonymousQuery, Command, Credentials, QueryRunner, identity_of
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.paging import Page, PagingQuery
from shared.http.state import state_of

router = APIRouter(tags=["offers"])


async def _anybody(request: Request, credentials: Credentials = None) -> QueryRunner:
    return QueryRunner(request, state_of(request), await identity_of(request, credentials))


AnybodyQuery = Annotated[QueryRunner, Depends(_anybody)]
"""Public, but whoever is signed in is known."""


@router.post("/offers", status_code=201, response_model=OfferAnswer)
async def publish_offer(body: OfferDraft, command: Command) -> Response:
    """A coordinator states a need of their organisation in one of their districts."""
    return await command.run(
        lambda tx, caller: handlers.publish_offer(tx, caller, body),
        status=201,
        shape=offer_answer,
        location=lambda offer: f"/offers/{offer.offer_id}",
    )


@router.patch("/offers/{offer_id}", response_model=OfferAnswer)
async def change_offer(offer_id: UUID, body: OfferChange, command: Command, version: ExpectedVersion) -> Response:
    """Change what is sent; what is left out stays. There are never fewer places than are taken."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.change_offer(tx, caller, offer_id, version, body, settings), shape=offer_answer
    )


@router.post("/offers/{offer_id}/closure", response_model=OfferAnswer)
async def close_offer(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Nobody else can ask for it; whoever is undecided is declined, whoever is confirmed stays."""
    return await command.run(lambda tx, caller: handlers.close_offer(tx, caller, offer_id, version), shape=offer_answer)


@router.get("/offers", response_model=Page[OfferAnswer])
async def list_offers(
    query: AnonymousQuery,
    paging: PagingQuery,
    district: Annotated[AGS | None, Query(description="AGS of the district")] = None,
    topic: Annotated[Term | None, Query()] = None,
    language: Annotated[LanguageCode | None, Query(description="Required or welcome")] = None,
) -> Response:
    """Published offers of verified organisations, latest first."""
    narrowed = OfferFilter(district, topic, language)
    (after,) = paging.after(UUID) or (None,)

    async def read(connection: Any, _caller: Caller) -> Page[Any]:
        found = await handlers.published_offers(connection, narrowed, query.state.clock.now(), after, paging.rows)
        return paging.page(found, _key, offer_answer)

    return await query.run(read)


@router.get("/offers/{offer_id}", response_model=OfferAnswer)
async def get_offer(offer_id: UUID, query: AnybodyQuery) -> Response:
    """A published offer; staff in scope also see theirs when it is closed or hidden."""
    now = query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.offer(connection, caller, offer_id, now), shape=offer_answer
    )


@router.get("/organisations/{organisation_id}/offers", response_model=Page[OfferAnswer])
async def list_offers_of_organisation(organisation_id: UUID, query: SignedInQuery, paging: PagingQuery) -> Response:
    """An organisation's own offers for its staff, closed ones too, latest first."""
    (after,) = paging.after(UUID) or (None,)

    async def read(connection: Any, caller: Caller) -> Page[Any]:
        found = await handlers.offers_of_organisation(connection, caller, organisation_id, after, paging.rows)
        return paging.page(found, _key, offer_answer)

    return await query.run(read)


def _key(offer: Offer) -> tuple[str]:
    return (str(offer.offer_id),)
