"""Mailed links: a signed secret that lets whoever holds the mail do one thing, once.

Notifications makes the secret when it sends the mail, so no event carries one. The owning service checks it with
notifications' public keys and burns it in the transaction that acts on it. GET shows a button, POST acts: scanners of
mail fetch links ahead of people.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.access.key_sets import KeySet
from shared.access.keys import SigningKey
from shared.access.tokens import holds_now, names_audience, sign, verified_claims
from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction
from shared.runtime.clock import Clock
from shared.runtime.errors import Reason, Refusal
from shared.runtime.ids import new_id
from shared.runtime.settings import Mode

ISSUER = "urn:tandem:notifications"
SAME_REQUEST = timedelta(minutes=10)
"""So long may the same Idempotency-Key use a burned link again: the retry of a POST whose answer was lost."""

queries: Any = load_queries(__file__)


@dataclass(frozen=True)
class Link:
    """What a mailed link says. `resource` is the id of what it acts on, or None."""

    jti: UUID
    purpose: str
    subject_id: UUID
    resource: UUID | None
    expires_at: datetime


def mint_link(
    key: SigningKey,
    *,
    audience: str,
    purpose: str,
    subject_id: UUID,
    resource: UUID | None,
    lifetime: timedelta,
    now: datetime,
    jti: UUID | None = None,
) -> str:
    """The secret part of a link. `audience` is the name of the service that acts on it.

    `jti`: what makes it one link, however often it is made; another one each time when left out.
    """
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "purpose": purpose,
        "sub": str(subject_id),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": str(jti or new_id()),
    }
    if resource is not None:
        claims["resource"] = str(resource)
    return sign(key, claims)


class LinkVerifier:
    """Checks mailed links for the service that acts on them (`audience` is its name)."""

    def __init__(self, audience: str, keys: KeySet, mode: Mode, clock: Clock) -> None:
        self._audience = audience
        self._keys = keys
        self._mode = mode
        self._clock = clock

    async def verify(self, token: str, purpose: str) -> Link:
        """What the link says; it is not burned yet.

        Raises
        ------
        Refusal
            `link-expired`, or `link-invalid` for everything else.
        """
        try:
            claims = await verified_claims(token, self._keys, self._mode)
            in_time = holds_now(claims, self._clock.now())
        except Refusal:
            raise link_invalid() from None
        if (
            claims.get("iss") != ISSUER
            or not names_audience(claims, self._audience)
            or claims.get("purpose") != purpose
        ):
            raise link_invalid()
        try:
            resource = claims.get("resource")
            link = Link(
                jti=UUID(claims["jti"]),
                purpose=purpose,
                subject_id=UUID(claims["sub"]),
                resource=None if resource is None else UUID(resource),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise link_invalid() from None
        if not in_time:
            raise link_expired()
        return link


async def burn(tx: Transaction, link: Link, idempotency_key: str | None) -> None:
    """Use the link up, in the transaction that acts on it. The first use wins.

    Raises
    ------
    Refusal
        `link-used`, unless the same Idempotency-Key comes again within ten minutes.
    """
    key_hash = None if idempotency_key is None else hashlib.sha256(idempotency_key.encode()).digest()
    burned = await queries.burn_link(
        tx.connection,
        jti=link.jti,
        now=tx.now,
        expires_at=link.expires_at,
        idempotency_key_hash=key_hash,
        again_since=tx.now - SAME_REQUEST,
    )
    if burned is None:
        raise link_used()


def link_invalid() -> Refusal:
    """Forged, malformed, for another purpose or service."""
    return Refusal(
        Reason.INVALID,
        "link-invalid",
        de="Dieser Link ist ungültig. Bitte fordern Sie einen neuen an.",
        en="This link is not valid. Please ask for a new one.",
    )


def link_expired() -> Refusal:
    """It was good once."""
    return Refusal(
        Reason.INVALID,
        "link-expired",
        de="Dieser Link ist abgelaufen. Bitte fordern Sie einen neuen an.",
        en="This link has expired. Please ask for a new one.",
    )


def link_used() -> Refusal:
    """Somebody used it before."""
    return Refusal(
        Reason.CONFLICT,
        "link-used",
        de="Dieser Link wurde schon benutzt. Bitte fordern Sie einen neuen an.",
        en="This link has been used already. Please ask for a new one.",
    )
