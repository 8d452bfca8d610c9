"""Consents, characteristics, and undertakings of confidentiality."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter

from services.registry.api.volunteers import erased
from services.registry.handlers import characteristics, own_consents, undertakings
from services.registry.models.characteristics import (
    Characteristic,
    CharacteristicAnswer,
    TellAgeBand,
    TellMigrationExperience,
)
from services.registry.models.consents import ConsentsAnswer, ConsentTextAnswer, GiveConsent, Purpose, WithdrawConsent
from services.registry.models.erasures import ErasureAccepted
from services.registry.models.undertakings import SignUndertaking, UndertakingsAnswer, UndertakingText
from shared.access.callers import Caller
from shared.contracts.vocabulary import LanguageCode
from shared.http.commands import AnonymousQuery, Command, Query, RecordedQuery
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["consents"])

CHARACTERISTICS = Listing(
    "own-characteristics",
    CharacteristicAnswer,
    {"characteristic": None, "told_at": datetime},
    key="characteristic",
    key_kind=str,
)
TEXTS = Listing("consent-texts", ConsentTextAnswer, {"purpose": None}, key="purpose", key_kind=str)
Language = Annotated[LanguageCode, Parameter(description="de, en, uk, ar; German where there is no text")]


@router.get("/consent-texts", response_model=Page[ConsentTextAnswer], responses=CSV)
async def consent_texts(
    query: AnonymousQuery, listed: Annotated[Listed, Depends(TEXTS.asked)], language: Language = "de"
) -> Response:
    """The texts in force, one per purpose: what a form shows before a consent is given."""

    async def read(_: Any, __: Caller) -> list[ConsentTextAnswer]:
        return own_consents.consent_texts(language)

    return await listed.answer_few(query, read)


@router.get("/volunteers/{volunteer_id}/consents", response_model=ConsentsAnswer)
async def consents(volunteer_id: UUID, query: RecordedQuery) -> Response:
    """What I consent to, and the ledger of what I decided. Recorded when somebody else reads it."""
    return await query.run(lambda tx, caller: own_consents.own(tx, caller, volunteer_id))


@router.post("/volunteers/{volunteer_id}/consents", response_model=ConsentsAnswer)
async def give_consent(volunteer_id: UUID, body: GiveConsent, command: Command) -> Response:
    """Consent to one purpose by the text in force."""
    return await command.run(
        lambda tx, caller: own_consents.give(tx, caller, volunteer_id, body),
        concerns=lambda _: volunteer_id,
    )


@router.post(
    "/volunteers/{volunteer_id}/consents/{purpose}/withdrawal",
    response_model=ConsentsAnswer,
    responses={202: {"model": ErasureAccepted, "description": "processing: everything is erased everywhere"}},
)
async def withdraw_consent(volunteer_id: UUID, purpose: Purpose, body: WithdrawConsent, command: Command) -> Response:
    """Withdraw a consent, at any time; it holds in no service from now on."""
    if purpose is Purpose.PROCESSING:
        return await erased(volunteer_id, command, body.channel)
    return await command.run(
        lambda tx, caller: own_consents.withdraw(tx, caller, volunteer_id, purpose, body.channel),
        concerns=lambda _: volunteer_id,
    )


@router.get("/volunteers/{volunteer_id}/characteristics", response_model=Page[CharacteristicAnswer], responses=CSV)
async def own_characteristics(
    volunteer_id: UUID, query: Query, listed: Annotated[Listed, Depends(CHARACTERISTICS.asked)]
) -> Response:
    """What I told of myself; nobody else sees it."""
    return await listed.answer_few(
        query, lambda connection, caller: characteristics.characteristics(connection, caller, volunteer_id)
    )


@router.post("/volunteers/{volunteer_id}/characteristics/age_band", response_model=list[CharacteristicAnswer])
async def tell_age_band(volunteer_id: UUID, body: TellAgeBand, command: Command) -> Response:
    """Tell my age band, and consent to its being stored."""
    return await command.run(
        lambda tx, caller: characteristics.tell(tx, caller, volunteer_id, Characteristic.AGE_BAND, body)
    )


@router.post(
    "/volunteers/{volunteer_id}/characteristics/migration_experience", response_model=list[CharacteristicAnswer]
)
async def tell_migration_experience(volunteer_id: UUID, body: TellMigrationExperience, command: Command) -> Response:
    """Tell that I have migration experience of my own, and consent to its being stored."""
    return await command.run(
        lambda tx, caller: characteristics.tell(tx, caller, volunteer_id, Characteristic.MIGRATION_EXPERIENCE, body)
    )


@router.post(
    "/volunteers/{volunteer_id}/characteristics/{characteristic}/withdrawal",
    response_model=list[CharacteristicAnswer],
)
async def forget_characteristic(volunteer_id: UUID, characteristic: Characteristic, command: Command) -> Response:
    """Withdraw the consent; what I told is deleted with it."""
    return await command.run(lambda tx, caller: characteristics.forget(tx, caller, volunteer_id, characteristic))


@router.get("/undertaking-text", response_model=UndertakingText)
async def undertaking_text(query: AnonymousQuery, language: Language = "de") -> UndertakingText:
    """The undertaking of confidentiality in force."""
    return undertakings.text(language)


@router.get("/volunteers/{volunteer_id}/undertakings", response_model=UndertakingsAnswer)
async def own_undertakings(volunteer_id: UUID, query: Query) -> Response:
    """What I have signed, and whether the text in force is among it."""
    return await query.run(lambda connection, caller: undertakings.undertakings(connection, caller, volunteer_id))


@router.post("/volunteers/{volunteer_id}/undertakings", status_code=201, response_model=UndertakingsAnswer)
async def sign_undertaking(volunteer_id: UUID, body: SignUndertaking, command: Command) -> Response:
    """Sign the undertaking of confidentiality in force."""
    return await command.run(lambda tx, caller: undertakings.sign(tx, caller, volunteer_id, body), status=201)
