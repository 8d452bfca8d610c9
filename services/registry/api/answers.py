"""What volunteers answer to associations that told of them: by the link of a mail, or signed in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.api.access import LINKS_BY_CLIENT
from services.registry.api.links import verified_link
from services.registry.handlers import links as handlers
from services.registry.models.exchange import AnswerLink, VolunteerLink
from shared.http.commands import AnonymousCommand, Command, Query
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["exchange"])

LISTING = Listing(
    "own-links",
    VolunteerLink,
    {"link_id": None, "organisation": str, "source": str, "imported_at": datetime},
    key="link_id",
)
LINK_ANSWER = "link-answer"
"""The purpose of the mailed link."""


@router.post("/volunteers/links/answer", status_code=204)
async def answer_link(body: AnswerLink, command: AnonymousCommand) -> Response:
    """An association told of me: I agree, or I object and no import brings me back."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, LINK_ANSWER)
    return await command.run(
        lambda tx, _: handlers.answer_by_mail(tx, link, command.idempotency_key, agrees=body.answer == "agree"),
        concerns=lambda _: link.subject_id,
    )


@router.get("/volunteers/me/links", response_model=Page[VolunteerLink], responses=CSV)
async def links(query: Query, listed: Annotated[Listed, Depends(LISTING.asked)]) -> Response:
    """Which associations know me by ids of their own, and what they say of my consent."""
    return await listed.answer_few(
        query, lambda connection, caller: handlers.links(connection, caller, caller.require_person())
    )


@router.post("/volunteers/me/links/{link_id}/agreement", response_model=VolunteerLink)
async def agree_to_link(link_id: UUID, command: Command) -> Response:
    """Let an association hear what changes here."""
    return await command.run(lambda tx, caller: handlers.agree(tx, caller, link_id))


@router.delete("/volunteers/me/links/{link_id}", status_code=204)
async def object_to_link(link_id: UUID, command: Command) -> Response:
    """End the exchange with an association for good."""
    return await command.run(lambda tx, caller: handlers.object_(tx, caller, link_id))
