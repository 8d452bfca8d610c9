"""Volunteers: registration, confirmation, their own data, export, erasure."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.registry.api.access import (
    LINKS_BY_CLIENT,
    MAILS_BY_ADDRESS,
    REGISTRATIONS_BY_CLIENT,
    mint_of,
    settings_of,
)
from services.registry.api.links import verified_link
from services.registry.handlers import erasures
from services.registry.handlers import volunteers as handlers
from services.registry.models.erasures import ErasureAccepted, ErasureAnswer
from services.registry.models.sign_in import RedeemLink, TokensAnswer
from services.registry.models.volunteers import (
    ChangeVolunteer,
    RegisterVolunteer,
    RegistrationAnswer,
    VolunteerAnswer,
    VolunteerExport,
)
from shared.http.commands import AnonymousCommand, Command, Query
from shared.http.conditional import ExpectedVersion

router = APIRouter(tags=["volunteers"])


@router.post("/volunteers", status_code=202, response_model=RegistrationAnswer)
async def register_volunteer(body: RegisterVolunteer, command: AnonymousCommand) -> Response:
    """Register as a volunteer; a mail with a link follows. The answer does not say whether the address was known."""
    await command.limit(REGISTRATIONS_BY_CLIENT, command.client)
    await command.limit(MAILS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(lambda tx, _: handlers.register(tx, settings, body), status=202)


@router.post("/volunteers/confirmation", response_model=TokensAnswer)
async def confirm_volunteer(body: RedeemLink, command: AnonymousCommand) -> Response:
    """Confirm the address with the secret of the mailed link, and sign in."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "confirmation")
    mint = mint_of(command.state)

    return await command.run(
        lambda tx, _: handlers.confirm(tx, mint, link, command.idempotency_key),
        concerns=lambda tokens: tokens.volunteer_id,
        secret=True,
        again=lambda tx, _: handlers.confirm(tx, mint, link, command.idempotency_key),
    )


@router.get("/volunteers/me", response_model=VolunteerAnswer)
async def own_volunteer(query: Query) -> Response:
    """What I told about myself."""
    return await query.run(lambda connection, caller: handlers.volunteer(connection, caller, caller.require_person()))


@router.get("/volunteers/me/export", response_model=VolunteerExport)
async def own_export(query: Query) -> Response:
    """Everything that the registry holds of me (Art. 15, 20 DSGVO)."""
    now = query.state.clock.now()
    return await query.run(lambda connection, caller: handlers.export(connection, caller, caller.require_person(), now))


@router.get("/persons/{subject_id}/export", response_model=VolunteerExport)
async def export(subject_id: UUID, query: Query) -> Response:
    """Everything that the registry holds of a person, for that person (Art. 15, 20 DSGVO)."""
    now = query.state.clock.now()
    return await query.run(lambda connection, caller: handlers.export(connection, caller, subject_id, now))


@router.get("/volunteers/{volunteer_id}", response_model=VolunteerAnswer)
async def volunteer(volunteer_id: UUID, query: Query) -> Response:
    """What a volunteer told about themselves, for themselves."""
    return await query.run(lambda connection, caller: handlers.volunteer(connection, caller, volunteer_id))


@router.patch("/volunteers/{volunteer_id}", response_model=VolunteerAnswer)
async def change_volunteer(
    volunteer_id: UUID, body: ChangeVolunteer, command: Command, version: ExpectedVersion
) -> Response:
    """Change what is given; what is left out stays."""
    return await command.run(lambda tx, caller: handlers.change(tx, caller, volunteer_id, version, body))


@router.post("/volunteers/{volunteer_id}/erasure", status_code=202, response_model=ErasureAccepted)
async def erase_volunteer(volunteer_id: UUID, command: Command) -> Response:
    """Erase me everywhere (Art. 17 DSGVO); the receipt comes by mail and stands at /erasures/{erasure_id}."""
    async with command.state.database.reading() as connection:
        known = await erasures.own_erasure(connection, command.identity, volunteer_id)
    if known is not None:
        headers = {"Location": f"/erasures/{known.erasure_id}"}
        return Response(known.model_dump_json(), 202, headers, "application/json")
    return await command.run(
        lambda tx, caller: erasures.request_erasure(tx, caller, volunteer_id),
        status=202,
        location=lambda accepted: f"/erasures/{accepted.erasure_id}",
    )


@router.get("/erasures/{erasure_id}", response_model=ErasureAnswer)
async def erasure(erasure_id: UUID, query: Query) -> Response:
    """The receipt, as far as it has come."""
    async with query.state.database.reading() as connection:
        found = await erasures.erasure(connection, query.identity, erasure_id)
    return Response(found.model_dump_json(), media_type="application/json")
