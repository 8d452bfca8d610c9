"""Signing volunteers in: a mailed link, then a pair of tokens that renews itself."""

from fastapi import APIRouter, Response

from services.registry.api.access import (
    LINKS_BY_CLIENT,
    MAILS_BY_ADDRESS,
    REFRESHES_BY_CLIENT,
    SIGN_INS_BY_CLIENT,
    mint_of,
    settings_of,
)
from services.registry.api.links import verified_link
from services.registry.handlers import sign_in as handlers
from services.registry.models.registrations import RegistrationAnswer
from services.registry.models.sign_in import AskToSignIn, RedeemLink, RefreshTokens, TokensAnswer
from services.registry.rules.sign_in import RefreshTokenReused
from shared.http.commands import AnonymousCommand

router = APIRouter(tags=["sign-in"])


@router.post("/sign-in", status_code=202, response_model=RegistrationAnswer)
async def ask_to_sign_in(body: AskToSignIn, command: AnonymousCommand) -> Response:
    """Have a link mailed that signs in. The answer does not say whether the address is known."""
    await command.limit(SIGN_INS_BY_CLIENT, command.client)
    await command.limit(MAILS_BY_ADDRESS, body.mail)
    settings = settings_of(command.state)
    return await command.run(lambda tx, _: handlers.ask_to_sign_in(tx, settings, body), status=202)


@router.post("/sign-in/redemption", response_model=TokensAnswer)
async def redeem_sign_in(body: RedeemLink, command: AnonymousCommand) -> Response:
    """Sign in with the secret of the mailed link."""
    await command.limit(LINKS_BY_CLIENT, command.client)
    link = await verified_link(command.state, body.token, "sign-in")
    settings, mint = settings_of(command.state), mint_of(command.state)
    return await command.run(
        lambda tx, _: handlers.redeem_sign_in(tx, settings, mint, link, command.idempotency_key),
        concerns=lambda tokens: tokens.volunteer_id,
        secret=True,
        again=lambda tx, _: handlers.redeem_sign_in(tx, settings, mint, link, command.idempotency_key),
    )


@router.post("/tokens/refresh", response_model=TokensAnswer)
async def refresh_tokens(body: RefreshTokens, command: AnonymousCommand) -> Response:
    """Renew: each refresh token is good once, and one that comes twice ends the sign-in."""
    await command.limit(REFRESHES_BY_CLIENT, command.client)
    mint = mint_of(command.state)
    try:
        return await command.run(
            lambda tx, _: handlers.refresh(tx, mint, body.refresh_token),
            concerns=lambda tokens: tokens.volunteer_id,
            secret=True,
            again=lambda tx, _: handlers.refresh_again(tx, mint, body.refresh_token),
        )
    except RefreshTokenReused as reused:
        # The refusal rolled its transaction back; the revocation has to stay.
        async with command.state.database.transaction() as tx:
            await handlers.revoke(tx, reused.family_id)
        raise
