"""`/offer-templates`: an organisation keeps what it states of an offer, and states the next one from it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.matching.api.offer_answers import NewOfferAnswer, new_offer_answer
from services.matching.api.shapes import Answer
from services.matching.handlers import offer_search
from services.matching.handlers import templates as handlers
from services.matching.models.templates import ChangeTemplate, FromTemplate, SaveTemplate
from services.matching.settings import MatchingSettings
from shared.access.callers import Caller
from shared.http.commands import Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page
from shared.postgres.transaction import Transaction

router = APIRouter(tags=["offers"])


class TemplateAnswer(Answer):
    """A template. `stated`: fields of an offer, as they are sent."""

    template_id: UUID
    version: int
    organisation_id: UUID
    name: str
    stated: dict[str, Any]
    created_at: datetime
    changed_at: datetime


TEMPLATES = Listing("offer-templates", TemplateAnswer, sorts={"template_id": None}, key="template_id")


@router.post("/offer-templates", status_code=201, response_model=TemplateAnswer)
async def save_template(body: SaveTemplate, command: Command) -> Response:
    """What an offer states is kept as a template of its organisation."""
    return await command.run(
        lambda tx, caller: handlers.save_template(tx, caller, body),
        status=201,
        shape=TemplateAnswer,
        location=lambda template: f"/offer-templates/{template.template_id}",
    )


@router.get("/offer-templates/{template_id}", response_model=TemplateAnswer)
async def get_template(template_id: UUID, query: SignedInQuery) -> Response:
    """One template of one's organisation."""
    return await query.run(
        lambda connection, caller: handlers.template(connection, caller, template_id), shape=TemplateAnswer
    )


@router.patch("/offer-templates/{template_id}", response_model=TemplateAnswer)
async def change_template(
    template_id: UUID, body: ChangeTemplate, command: Command, version: ExpectedVersion
) -> Response:
    """Another name, or what another offer states."""
    return await command.run(
        lambda tx, caller: handlers.change_template(tx, caller, template_id, version, body), shape=TemplateAnswer
    )


@router.delete("/offer-templates/{template_id}", status_code=204)
async def delete_template(template_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The template is no more; offers made from it stay."""
    return await command.run(lambda tx, caller: handlers.delete_template(tx, caller, template_id, version))


@router.post("/offer-templates/{template_id}/offers", status_code=201, response_model=NewOfferAnswer)
async def offer_from_template(template_id: UUID, body: FromTemplate, command: Command) -> Response:
    """A new offer as the template states it, with what is sent instead: a draft, unless it is to be published at once."""
    settings = command.state.resource(MatchingSettings)

    async def make(tx: Transaction, caller: Caller) -> Any:
        offer = await handlers.offer_from_template(tx, caller, template_id, body, settings)
        return offer, await offer_search.similar_offers(tx.connection, offer, settings, tx.now)

    return await command.run(
        make, status=201, shape=new_offer_answer, location=lambda made: f"/offers/{made[0].offer_id}"
    )


@router.get("/organisations/{organisation_id}/offer-templates", response_model=Page[TemplateAnswer], responses=CSV)
async def list_templates(
    organisation_id: UUID, query: SignedInQuery, listed: Annotated[Listed, Depends(TEMPLATES.asked)]
) -> Response:
    """An organisation's templates."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.templates(connection, caller, organisation_id, asked)
    )
