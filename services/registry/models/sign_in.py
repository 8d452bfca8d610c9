"""Signing volunteers in: the mailed link, the pair of tokens, its renewal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from services.registry.models.addresses import Mail
from shared.contracts.vocabulary import Role
from shared.http.models import RequestModel

Secret = Annotated[str, StringConstraints(min_length=20, max_length=8000, pattern=r"^[\x21-\x7e]+$")]


class RedeemLink(RequestModel):
    """The secret of a mailed link."""

    token: Secret


class AskToSignIn(RequestModel):
    """A link to sign in is mailed when the address is known; the answer does not say whether it is."""

    mail: Mail


class RefreshTokens(RequestModel):
    refresh_token: Secret


class TokensAnswer(BaseModel):
    """A short-lived access token and the token that renews it once. `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    refresh_token: str
    volunteer_id: UUID
    guardian_awaited: bool = False
    """Under 16, and the guardian has yet to agree: nobody hears of the volunteer before."""


class RoleAnswer(BaseModel):
    organisation_id: UUID
    organisation: str
    role: Role
    districts: tuple[str, ...]


class MeAnswer(BaseModel):
    """Who the token speaks for, and what they may be."""

    kind: str
    subject_id: UUID | None
    roles: list[RoleAnswer]


@dataclass(frozen=True)
class StoredRefreshToken:
    """A row of `refresh_tokens` together with its family."""

    family_id: UUID
    volunteer_id: UUID
    expires_at: datetime
    used_at: datetime | None
    family_expires_at: datetime
    family_revoked_at: datetime | None
