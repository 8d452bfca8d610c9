"""Refresh tokens: each is good once; whoever uses one again has stolen it, or was stolen from."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.registry.models.sign_in import StoredRefreshToken
from shared.runtime.errors import Reason, Refusal

REFRESH_LIFETIME = timedelta(days=30)
"""So long a device may be silent."""
FAMILY_LIFETIME = timedelta(days=180)
"""So long a sign-in can be renewed at all."""
GRACE = timedelta(minutes=10)
"""So long the same request may come again because its answer was lost."""


class Use(StrEnum):
    """What presenting a refresh token means."""

    GOOD = "good"
    REUSED = "reused"
    """Used before: its whole family is revoked."""
    OVER = "over"
    """Expired or revoked."""


def refresh_token_hash(token: str) -> bytes:
    """What is stored of a refresh token: SHA-256 (the token has 256 random bits, so no salt is needed)."""
    return hashlib.sha256(token.encode()).digest()


def use_of(token: StoredRefreshToken, now: datetime) -> Use:
    """What presenting this token now means."""
    if token.family_revoked_at is not None or token.family_expires_at <= now:
        return Use.OVER
    if token.used_at is not None:
        return Use.REUSED
    return Use.GOOD if token.expires_at > now else Use.OVER


def repeats_the_request(token: StoredRefreshToken, now: datetime) -> bool:
    """Whether the same request may still be answered again."""
    return (
        token.family_revoked_at is None
        and token.family_expires_at > now
        and token.used_at is not None
        and token.used_at + GRACE > now
    )


class RefreshTokenReused(Refusal):
    """Somebody used a token a second time: `family_id` is to be revoked, whatever else is rolled back."""

    def __init__(self, family_id: UUID) -> None:
        refused = refresh_refused()
        super().__init__(refused.reason, refused.code, de=refused.de, en=refused.en)
        self.family_id = family_id


def refresh_refused() -> Refusal:
    """Unknown, expired, used or revoked: all the same to whoever asks."""
    return Refusal(
        Reason.UNAUTHENTICATED,
        "refresh-token-invalid",
        de="Ihre Anmeldung gilt nicht mehr. Bitte melden Sie sich mit einem neuen Link an.",
        en="Your sign-in is no longer valid. Please sign in with a new link.",
    )
