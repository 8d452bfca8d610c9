"""`/offers`: stated, published, paused, changed and closed by coordinators, seen by everybody."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.api.offer_answers import (
    NewOfferAnswer,
    OfferAnswer,
    OfferDetailAnswer,
    new_offer_answer,
    offer_answer,
    offer_detail_answer,
)
from services.matching.handlers import offer_search, offer_steps
from services.matching.handlers import offers as handlers
from services.matching.models.drafts import OfferChange, OfferDraft
from services.matching.models.offers import OfferStatus
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.http.commands import Command, Credentials, QueryRunner, identity_of
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.state import state_of
from shared.postgres.transaction import Transaction

router = APIRouter(tags=["offers"])


async def _anybody(request: Request, credentials: Credentials = None) -> QueryRunner:
    return QueryRunner(request, state_of(request), await identity_of(request, credentials))


AnybodyQuery = Annotated[QueryRunner, Depends(_anybody)]
"""Public, but whoever is signed in is known."""


@router.post("/offers", status_code=201, response_model=NewOfferAnswer)
async def publish_offer(body: OfferDraft, command: Command) -> Response:
    """A coordinator states a need of their organisation in one of their districts: seen at once, or as a draft.

    The answer names similar offers near it, so that work is not done twice.
    """
    settings = command.state.resource(MatchingSettings)

    async def publish(tx: Transaction, caller: Caller) -> Any:
        offer = await handlers.publish_offer(tx, caller, body, settings)
        return offer, await offer_search.similar_offers(tx.connection, offer, settings, tx.now)

    return await command.run(
        publish, status=201, shape=new_offer_answer, location=lambda made: f"/offers/{made[0].offer_id}"
    )


@router.patch("/offers/{offer_id}", response_model=OfferAnswer)
async def change_offer(offer_id: UUID, body: OfferChange, command: Command, version: ExpectedVersion) -> Response:
    """Change what is sent; what is left out stays. There are never fewer places than are taken."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: handlers.change_offer(tx, caller, offer_id, version, body, settings), shape=offer_answer
    )


@router.post("/offers/{offer_id}/publication", response_model=NewOfferAnswer)
async def publish_draft(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """A draft is seen by everybody from now on. The answer names similar offers near it."""
    settings = command.state.resource(MatchingSettings)

    async def publish(tx: Transaction, caller: Caller) -> Any:
        offer = await offer_steps.publish_draft(tx, caller, offer_id, version)
        return offer, await offer_search.similar_offers(tx.connection, offer, settings, tx.now)

    return await command.run(publish, shape=new_offer_answer)


@router.post("/offers/{offer_id}/pause", response_model=OfferAnswer)
async def pause_offer(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Nobody sees it or can ask for it until it is resumed; placements and the waiting list stay as they are."""
    return await command.run(
        lambda tx, caller: offer_steps.pause_offer(tx, caller, offer_id, version), shape=offer_answer
    )


@router.post("/offers/{offer_id}/resumption", response_model=OfferAnswer)
async def resume_offer(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """It is seen again, and its waiting list moves."""
    settings = command.state.resource(MatchingSettings)
    return await command.run(
        lambda tx, caller: offer_steps.resume_offer(tx, caller, offer_id, version, settings), shape=offer_answer
    )


@router.post("/offers/{offer_id}/confirmation", response_model=OfferAnswer)
async def confirm_offer(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Everything is still right."""
    return await command.run(
        lambda tx, caller: offer_steps.confirm_offer(tx, caller, offer_id, version), shape=offer_answer
    )


@router.post("/offers/{offer_id}/closure", response_model=OfferAnswer)
async def close_offer(offer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Nobody else can ask for it; whoever is undecided is declined, whoever is confirmed stays."""
    return await command.run(lambda tx, caller: handlers.close_offer(tx, caller, offer_id, version), shape=offer_answer)


@router.get("/offers/{offer_id}", response_model=OfferDetailAnswer)
async def get_offer(offer_id: UUID, query: AnybodyQuery) -> Response:
    """A published offer with its next shifts; staff in scope also see theirs when it is a draft, hidden or closed."""
    now = query.state.clock.now()

    return await query.run(
        lambda connection, caller: handlers.offer_with_shifts(connection, caller, offer_id, now),
        shape=lambda found: offer_detail_answer(found[0], found[1], now),
    )


OWN_OFFERS = Listing(
    "offers",
    offer_answer,
    sorts={"published": None, "urgency": int},
    key="offer_id",
    descending=True,
    columns=tuple(OfferAnswer.model_fields),
)


@router.get("/organisations/{organisation_id}/offers", response_model=Page[OfferAnswer], responses=CSV)
async def list_offers_of_organisation(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(OWN_OFFERS.asked)],
    status: Annotated[OfferStatus | None, Query()] = None,
) -> Response:
    """An organisation's own offers for its staff, drafts and closed ones too, latest first."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.offers_of_organisation(
            connection, caller, organisation_id, asked, status
        ),
    )
