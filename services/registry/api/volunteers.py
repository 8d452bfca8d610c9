"""Volunteers: their own data, whom they are found by, how they are reached, export, erasure."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.registry.api.access import LINKS_BY_CLIENT, MAILS_BY_ADDRESS, mint_of, settings_of
from services.registry.api.links import verified_link
from services.registry.handlers import addresses, erasures, pauses
from services.registry.handlers import volunteers as handlers
from services.registry.models.consents import Channel
from services.registry.models.erasures import ErasureAccepted, ErasureAnswer
from services.registry.models.registrations import RegistrationAnswer, SetMail
from services.registry.models.sign_in import RedeemLink, TokensAnswer
from services.registry.models.volunteers import (
    ChangeVolunteer,
    ListedVolunteer,
    PauseVolunteer,
    VolunteerAnswer,
    VolunteerContactAnswer,
)
from shared.contracts.vocabulary import AGS, LanguageCode, Term
from shared.http.commands import AnonymousCommand, Command, Query, RecordedQuery
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["volunteers"])

LISTING = Listing(
    "volunteers",
    ListedVolunteer.model_validate,
    {"registered_at": datetime},
    key="volunteer_id",
    columns=tuple(ListedVolunteer.model_fields),
    value=lambda row, name: row[name],
)


@router.get("/volunteers", response_model=Page[ListedVolunteer], responses=CSV)
async def volunteers(
    query: RecordedQuery,
    listed: Annotated[Listed, Depends(LISTING.asked)],
    organisation_id: Annotated[UUID | None, Parameter(description="of this organisation only")] = None,
    district: AGS | None = None,
    language: LanguageCode | None = None,
    skill: Term | None = None,
    wish: Term | None = None,
    paused: bool | None = None,
    has_mail: bool | None = None,
) -> Response:
    """The volunteers with whom my organisation dealt in my districts, and those whom it registered. Names are recorded."""
    narrowed: dict[str, Any] = {
        "district": district,
        "language": language,
        "skill": skill,
        "wish": wish,
        "paused": paused,
        "has_mail": has_mail,
    }
    return await listed.answer(
        query,
        lambda tx, caller, asked: handlers.volunteers(tx, caller, asked, organisation_id, **narrowed),
    )


@router.get("/volunteers/me", response_model=VolunteerAnswer)
async def own_volunteer(query: Query) -> Response:
    """What I told about myself."""
    return await query.run(handlers.own_volunteer)


@router.get("/volunteers/{volunteer_id}", response_model=VolunteerAnswer)
async def volunteer(volunteer_id: UUID, query: RecordedQuery) -> Response:
    """What a volunteer told: for themselves, and for whoever registered them while they have no mail, which is recorded."""
    return await query.run(lambda tx, caller: handlers.volunteer(tx, caller, volunteer_id))


@router.patch("/volunteers/{volunteer_id}", response_model=VolunteerAnswer)
async def change_volunteer(
    volunteer_id: UUID, body: ChangeVolunteer, command: Command, version: ExpectedVersion
) -> Response:
    """Change what is given; what is left out stays."""
    return await command.run(lambda tx, caller: handlers.change(tx, caller, volunteer_id, version, body))


@router.get("/volunteers/{volunteer_id}/contact", response_model=VolunteerContactAnswer)
async def volunteer_contact(volunteer_id: UUID, query: RecordedQuery) -> Response:
    """How a volunteer is reached: for organisations that they dealt with and that they let contact them. Recorded."""
    return await query.run(lambda tx, caller: handlers.contact_of(tx, caller, volunteer_id))


@router.post("/volunteers/{volunteer_id}/pause", response_model=VolunteerAnswer)
async def pause_volunteer(
    volunteer_id: UUID, body: PauseVolunteer, command: Command, version: ExpectedVersion
) -> Response:
    """Pause, until a day or until further notice."""
    return await command.run(
        lambda tx, caller: pauses.pause(tx, caller, volunteer_id, version, body),
        concerns=lambda _: volunteer_id,
    )


@router.post("/volunteers/{volunteer_id}/return", response_model=VolunteerAnswer)
async def return_volunteer(volunteer_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """The pause is over."""
    return await command.run(
        lambda tx, caller: pauses.come_back(tx, caller, volunteer_id, version),
        concerns=lambda _: volunteer_id,
    )


@router.post("/volunteers/{volunteer_id}/leave", status_code=202, response_model=ErasureAccepted)
async def leave(volunteer_id: UUID, command: Command) -> Response:
    """Leave: the consent to processing is withdrawn, and everything is erased everywhere, with a receipt."""
    return await erased(volunteer_id, command)


@router.post("/volunteers/{volunteer_id}/erasure", status_code=202, response_model=ErasureAccepted)
async def erase_volunteer(volunteer_id: UUID, command: Command) -> Response:
    """Erase me everywhere (Art. 17 DSGVO); the receipt comes by mail and stands at /erasures/{erasure_id}."""
    return await erased(volunteer_id, command)


async def erased(volunteer_id: UUID, command: Command, channel: Channel = Channel.IN_PERSON) -> Response:
    """The erasure: the one that was asked for already, or a new one. `channel`: how a coordinator was told of it."""
    async with command.state.database.reading() as connection:
        known = await erasures.own_erasure(connection, command.identity, volunteer_id)
    if known is not None:
        headers = {"Location": f"/erasures/{known.erasure_id}"}
        return Response(known.model_dump_json(), 202, headers, "application/json")
    return await command.run(
        lambda tx, caller: erasures.request_erasure(tx, caller, volunteer_id, channel),
        status=202,
        location=lambda accepted: f"/erasures/{accepted.erasure_id}",
    )


@router.get("/erasures/{erasure_id}", response_model=ErasureAnswer)
async def erasure(erasure_id: UUID, query: Query) -> Response:
    """The receipt, as far as it has come."""
    async with query.state.database.reading() as connection:
        found = await erasures.erasure(connection, query.identity, erasure_id)
    return Response(found.model_dump_json(), media_type="application/json")


@router.post("/volunteers/{volunteer_id}/mail", status_code=202, response_model=RegistrationAnswer)
async def ask_for_address(volunteer_id: UUID, body: SetMail, command: Command) -> Response:
    """Have a link mailed to a new address; it counts when that link was used. Without mail until now: a first account."""
    await command.limit_caller(MAILS_BY_ADDRESS)
    await command.limit(MAILS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: addresses.ask_for_address(tx, settings, caller, volunteer_id, body.mail), status=202
    )


@router.post("/volunteers/address", response_model=TokensAnswer)
async def confirm_new_address(body: RedeemLink, command: AnonymousCommand) -> Response:
    """Confirm the new address with the secret of the mailed link, and sign in."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "address")
    mint = mint_of(command.state)
    return await command.run(
        lambda tx, _: addresses.confirm_new_address(tx, mint, link, command.idempotency_key),
        concerns=lambda tokens: tokens.volunteer_id,
        secret=True,
        again=lambda tx, _: addresses.confirm_new_address(tx, mint, link, command.idempotency_key),
    )
