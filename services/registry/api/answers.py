"""What volunteers answer to associations that told of them: by the link of a mail, or signed in."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.registry.api.access import LINKS_BY_CLIENT
from services.registry.api.links import verified_link
from services.registry.handlers import links as handlers
from services.registry.models.exchange import VolunteerLink
from services.registry.models.sign_in import RedeemLink
from shared.http.commands import AnonymousCommand, Command, Query

router = APIRouter(tags=["exchange"])


@router.post("/volunteers/links/objection", status_code=204)
async def object_by_mail(body: RedeemLink, command: AnonymousCommand) -> Response:
    """An association told of me, and I do not want it: I am erased, and no import brings me back."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "objection")
    return await command.run(
        lambda tx, _: handlers.object_by_mail(tx, link, command.idempotency_key), concerns=lambda _: link.subject_id
    )


@router.post("/volunteers/links/agreement", status_code=204)
async def agree_by_mail(body: RedeemLink, command: AnonymousCommand) -> Response:
    """An association told of me, who was here before: it may hear what changes here."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "agreement")
    return await command.run(
        lambda tx, _: handlers.agree_by_mail(tx, link, command.idempotency_key), concerns=lambda _: link.subject_id
    )


@router.get("/volunteers/me/links", response_model=list[VolunteerLink])
async def links(query: Query) -> Response:
    """Which associations know me by ids of their own, and what they say of my consent."""
    return await query.run(lambda connection, caller: handlers.links(connection, caller, caller.require_person()))


@router.post("/volunteers/me/links/{link_id}/agreement", response_model=VolunteerLink)
async def agree_to_link(link_id: UUID, command: Command) -> Response:
    """Let an association hear what changes here."""
    return await command.run(lambda tx, caller: handlers.agree(tx, caller, link_id))


@router.delete("/volunteers/me/links/{link_id}", status_code=204)
async def object_to_link(link_id: UUID, command: Command) -> Response:
    """End the exchange with an association for good."""
    return await command.run(lambda tx, caller: handlers.object_(tx, caller, link_id))
