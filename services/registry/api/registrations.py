"""Becoming a volunteer: by oneself, or registered by a coordinator; the vocabularies that the forms need."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.registry.api.access import (
    FOR_SOMEBODY_BY_CALLER,
    LINKS_BY_CLIENT,
    MAILS_BY_ADDRESS,
    REGISTRATIONS_BY_CLIENT,
    mint_of,
    settings_of,
)
from services.registry.api.links import verified_link
from services.registry.handlers import own_consents
from services.registry.handlers import registrations as handlers
from services.registry.handlers.vocabularies import terms
from services.registry.models.consents import WithdrawConsent
from services.registry.models.registrations import (
    RecordedConsent,
    RegisteredForSomebody,
    RegisterForSomebody,
    RegisterVolunteer,
    RegistrationAnswer,
)
from services.registry.models.sign_in import RedeemLink, TokensAnswer
from services.registry.models.vocabularies import TermAnswer, VocabularyName, plain
from shared.access.callers import Caller, caller_of
from shared.contracts.vocabulary import LanguageCode
from shared.http.commands import AnonymousCommand, AnonymousQuery, Command
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["registration"])


TERMS = Listing(
    "terms",
    TermAnswer,
    {"name": str, "term": None},
    key="term",
    key_kind=str,
    value=lambda row, name: plain(row.name) if name == "name" else row.term,
)


@router.get("/vocabularies/{name}", response_model=Page[TermAnswer], responses=CSV)
async def vocabulary(
    name: VocabularyName,
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(TERMS.asked)],
    language: Annotated[LanguageCode, Parameter()] = "de",
) -> Response:
    """The skills, or the wishes, that one can choose from, by name in a language (de, en, uk, ar)."""

    async def read(_: Any, __: Caller) -> list[TermAnswer]:
        return terms(name, language)

    return await listed.answer_few(query, read)


@router.post("/volunteers", status_code=202, response_model=RegistrationAnswer)
async def register_volunteer(body: RegisterVolunteer, command: AnonymousCommand) -> Response:
    """Register as a volunteer; a mail with a link follows. The answer does not say whether the address was known."""
    await command.limit(REGISTRATIONS_BY_CLIENT, command.client)
    # What is refused leads to no mail, whosever the address is: it counts by the client only.
    async with command.state.database.transaction() as tx:
        await handlers.check(tx, body)
    await command.limit(MAILS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(lambda tx, _: handlers.register(tx, settings, body), status=202)


@router.post("/volunteers/confirmation", response_model=TokensAnswer)
async def confirm_volunteer(body: RedeemLink, command: AnonymousCommand) -> Response:
    """Confirm the address with the secret of the mailed link, and sign in."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "confirmation")
    mint, settings = mint_of(command.state), settings_of(command.state)
    return await command.run(
        lambda tx, _: handlers.confirm(tx, settings, mint, link, command.idempotency_key),
        concerns=lambda tokens: tokens.volunteer_id,
        secret=True,
        again=lambda tx, _: handlers.confirm(tx, settings, mint, link, command.idempotency_key),
    )


@router.post("/organisations/{organisation_id}/volunteers", status_code=201, response_model=RegisteredForSomebody)
async def register_for_somebody(organisation_id: UUID, body: RegisterForSomebody, command: Command) -> Response:
    """A coordinator registers somebody who agreed to it; without mail they are reached through the coordinator."""
    await command.limit_caller(FOR_SOMEBODY_BY_CALLER)
    if body.mail is not None:
        async with command.state.database.transaction() as tx:
            caller = await caller_of(tx.connection, command.identity)
            await handlers.check_for_somebody(tx, caller, organisation_id, body)
        await command.limit(MAILS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.register_for_somebody(tx, settings, caller, organisation_id, body),
        status=201,
        location=lambda registered: f"/volunteers/{registered.volunteer_id}",
        concerns=lambda registered: registered.volunteer_id,
    )


@router.post("/volunteers/{volunteer_id}/guardian-consent", status_code=204, response_class=Response)
async def record_guardian_consent(volunteer_id: UUID, body: RecordedConsent, command: Command) -> Response:
    """A coordinator of the district writes down that the guardian of somebody under 16 agreed; then they are announced."""
    return await command.run(
        lambda tx, caller: handlers.record_guardian_consent(tx, caller, volunteer_id, body), shape=lambda _: None
    )


@router.post("/volunteers/{volunteer_id}/guardian-consent/withdrawal", status_code=204, response_class=Response)
async def withdraw_guardian_consent(volunteer_id: UUID, body: WithdrawConsent, command: Command) -> Response:
    """A coordinator of the district writes down that the guardian no longer agrees."""
    return await command.run(
        lambda tx, caller: own_consents.withdraw_of_guardian(tx, caller, volunteer_id, body.channel)
    )
