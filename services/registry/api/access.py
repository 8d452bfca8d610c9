"""Reading with or without a token: public things of which a member sees more."""

from typing import Annotated

from fastapi import Depends, Request

from services.registry.handlers.sign_in import TokenMint
from services.registry.settings import RegistrySettings
from shared.access.callers import Caller
from shared.http.commands import Credentials, QueryRunner, identity_of
from shared.http.rate_limits import Limit
from shared.http.state import ApiState, state_of
from shared.postgres.transaction import Transaction

REGISTRATIONS_BY_CLIENT = Limit("registrations-by-client", 30, 3600)
MAILS_BY_ADDRESS = Limit("mails-by-address", 5, 3600)
FOR_SOMEBODY_BY_CALLER = Limit("registrations-for-somebody", 100, 3600)
SIGN_INS_BY_CLIENT = Limit("sign-ins-by-client", 30, 3600)
LINKS_BY_CLIENT = Limit("links-by-client", 60, 3600)
REFRESHES_BY_CLIENT = Limit("refreshes-by-client", 600, 3600)
ORGANISATIONS_BY_CLIENT = Limit("organisations-by-client", 20, 3600)
INVITATIONS_BY_INVITER = Limit("invitations-by-inviter", 100, 3600)
UPSERTS_BY_CALLER = Limit("upserts-by-caller", 7200, 3600)
IMPORTS_BY_CALLER = Limit("imports-by-caller", 60, 3600)
CODES_BY_CLIENT = Limit("codes-by-client", 30, 3600)
INVITATIONS_BY_ADDRESS = Limit("invitations-by-address", 5, 3600)
RENEWALS_BY_INVITATION = Limit("renewals-by-invitation", 3, 24 * 3600)


async def _optional_query(request: Request, credentials: Credentials = None) -> QueryRunner:
    return QueryRunner(request, state_of(request), await identity_of(request, credentials))


OptionalQuery = Annotated[QueryRunner, Depends(_optional_query)]
"""Public; a token, when given, is checked and may show more."""


def settings_of(state: ApiState) -> RegistrySettings:
    """The registry's settings."""
    if not isinstance(state.settings, RegistrySettings):
        raise TypeError("the registry runs with other settings")
    return state.settings


def mint_of(state: ApiState) -> TokenMint:
    """What makes volunteers' tokens."""
    return state.resource(TokenMint)


async def still_somebody(tx: Transaction, caller: Caller) -> None:
    """Asked again of a command that made somebody of the caller: have they lost since what it gave them?"""
    caller.require_person()
