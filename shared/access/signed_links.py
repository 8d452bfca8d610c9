"""The signature of mailed links: notifications makes it, whoever acts on a link checks it.

Apart from `links`, so that a worker, which meets no signed link, does without cryptography.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.access.key_sets import KeySet
from shared.access.keys import SigningKey
from shared.access.links import Link, link_expired, link_invalid
from shared.access.tokens import holds_now, names_audience, sign, verified_claims
from shared.runtime.clock import Clock
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id
from shared.runtime.settings import Mode

ISSUER = "urn:tandem:notifications"


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
