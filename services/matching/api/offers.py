"""`/offers`: published, changed and closed by coordinators, seen by everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.api.answers import OfferAnswer, offer_answer
from services.matching.handlers import offers as handlers
from services.matching.models.drafts import OfferChange, OfferDraft
from services.matching.models.offers import OfferFilter, OfferStatus
from services.matching.settings import MatchingSettings
from shared.contracts.vocabulary import AGS, LanguageCode, Term
from shared.http.commands import AnonymousQuery, Command, Credentials, QueryRunner, identity_of
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.state import state_of

router = APIRouter(tags=["offers"])


async def _anybody(request: Request, credentials: Credentials = None) -> QueryRunner:
    return QueryRunner(request, state_of(request), await identity_of(request, credentials))


AnybodyQuery = Annotated[QueryRunner, Depends(_anybody)]
"""Public, but whoever is signed in is known."""


@router.post("/offers", status_code=201, response_model=OfferAnswer)
async def publish_offer(body: OfferDraft, command: Command) -> Response:
    """A coordinator states a need of their organisation in one of their districts."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.publish_offer(tx, caller, body, settings),
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


OFFERS = Listing(
    "offers",
    offer_answer,
    sorts={"published": None, "urgency": int},
    key="offer_id",
    descending=True,
    columns=tuple(OfferAnswer.model_fields),
)


@router.get("/offers", response_model=Page[OfferAnswer], responses=CSV)
async def list_offers(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(OFFERS.asked)],
    district: Annotated[AGS | None, Query(description="AGS of the district")] = None,
    topic: Annotated[Term | None, Query()] = None,
    language: Annotated[LanguageCode | None, Query(description="Required or welcome")] = None,
    organisation_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Published offers of verified organisations, latest first."""
    narrowed, now = OfferFilter(district, topic, language, organisation_id), query.state.clock.now()
    return await listed.answer(
        query, lambda connection, _, asked: handlers.published_offers(connection, asked, narrowed, now)
    )


@router.get("/offers/{offer_id}", response_model=OfferAnswer)
async def get_offer(offer_id: UUID, query: AnybodyQuery) -> Response:
    """A published offer; staff in scope also see theirs when it is closed or hidden."""
    now = query.state.clock.now()
    return await query.run(
        lambda connection, caller: handlers.offer(connection, caller, offer_id, now), shape=offer_answer
    )


@router.get("/organisations/{organisation_id}/offers", response_model=Page[OfferAnswer], responses=CSV)
async def list_offers_of_organisation(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(OFFERS.asked)],
    status: Annotated[OfferStatus | None, Query()] = None,
) -> Response:
    """An organisation's own offers for its staff, closed ones too, latest first."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.offers_of_organisation(
            connection, caller, organisation_id, asked, status
        ),
    )
