"""Access tokens: signed JWTs of issuers named in configuration. They prove who somebody is and nothing else.

Whatever is wrong with a token, the answer is one of three codes and says nothing about why.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from shared.access.identity import LEEWAY, Identity, token_expired, token_invalid
from shared.access.key_sets import ALGORITHMS, KeySet, PublicKey
from shared.access.keys import ALGORITHM, DEVELOPMENT, SigningKey
from shared.runtime.clock import Clock
from shared.runtime.ids import new_id
from shared.runtime.settings import ConfigurationError, Issuer, IssuerKind, Mode

TOKEN_BYTES_AT_MOST = 8 * 1024
SUBJECT_AT_MOST = 255
SEEN_AT_MOST = 10_000
"""Tokens whose signature need not be computed again, each a few hundred bytes."""
TIMES = ("exp", "iat", "nbf")
VOLUNTEER_TOKEN_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class _Seen:
    """What was found out about a token: by which key, from when until when, for whom."""

    kid: str
    key: PublicKey
    times: dict[str, Any]
    identity: Identity


class TokenVerifier:
    """Checks access tokens against the trusted issuers."""

    def __init__(
        self,
        issuers: tuple[Issuer, ...],
        mode: Mode,
        clock: Clock,
        key_sets: Mapping[str, KeySet] | None = None,
    ) -> None:
        if mode is Mode.PRODUCTION and any(i.kind is IssuerKind.DEVELOPMENT for i in issuers):
            raise ConfigurationError("TANDEM_ISSUERS: a development issuer is for the local mode and tests only")
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._mode = mode
        self._clock = clock
        self._seen: dict[bytes, _Seen] = {}
        self._key_sets = key_sets or {issuer.issuer: KeySet(issuer.jwks) for issuer in issuers}

    async def identify(self, token: str) -> Identity:
        """Who the token speaks for.

        Raises
        ------
        Refusal
            `token-expired` or `token-invalid`.
        """
        digest = hashlib.sha256(token.encode()).digest()
        return await self._seen_before(digest) or await self._verify(token, digest)

    async def _seen_before(self, digest: bytes) -> Identity | None:
        """Who spoke through exactly this token before, if its issuer still publishes the key that signed it."""
        seen = self._seen.get(digest)
        if seen is None:
            return None
        if await self._key_sets[seen.identity.issuer].find(seen.kid) is not seen.key:
            self._seen.pop(digest, None)
            return None
        if not holds_now(seen.times, self._clock.now()):
            raise token_expired()
        return seen.identity

    async def _verify(self, token: str, digest: bytes) -> Identity:
        claimed = unverified_issuer(token)
        issuer = self._issuers.get(claimed or "")
        if issuer is None:
            raise token_invalid()
        kid, key, claims = await _verified(token, self._key_sets[issuer.issuer], self._mode)
        if claims.get("iss") != issuer.issuer or not names_audience(claims, issuer.audience):
            raise token_invalid()
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_AT_MOST or not subject.isprintable():
            raise token_invalid()
        if not holds_now(claims, self._clock.now()):
            raise token_expired()
        identity = Identity(issuer.issuer, subject, issuer.kind)
        while len(self._seen) >= SEEN_AT_MOST:
            del self._seen[next(iter(self._seen))]
        self._seen[digest] = _Seen(kid, key, {name: claims[name] for name in TIMES if name in claims}, identity)
        return identity


def unverified_issuer(token: str) -> str | None:
    """The issuer that a token claims, to know with whose keys to check it."""
    if len(token) > TOKEN_BYTES_AT_MOST or not token.isascii():
        return None
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


async def verified_claims(token: str, keys: KeySet, mode: Mode) -> dict[str, Any]:
    """The claims of a token whose signature holds; times, issuer and audience are the caller's to check.

    Raises
    ------
    Refusal
        `token-invalid`.
    """
    return (await _verified(token, keys, mode))[2]


async def _verified(token: str, keys: KeySet, mode: Mode) -> tuple[str, PublicKey, dict[str, Any]]:
    if len(token) > TOKEN_BYTES_AT_MOST or not token.isascii():
        raise token_invalid()
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise token_invalid() from None
    kid, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(kid, str) or not kid or not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise token_invalid()
    if mode is Mode.PRODUCTION and kid.startswith(DEVELOPMENT):
        raise token_invalid()
    public = await keys.find(kid)
    if public is None or public.algorithm != algorithm:
        raise token_invalid()
    options: Any = {
        "require": ["exp", "iat", "iss", "aud", "sub"],
        # Times are compared with this process's clock, audience and issuer by the caller.
        **dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss"), False),
    }
    try:
        claims: dict[str, Any] = jwt.decode(token, public.key, algorithms=[public.algorithm], options=options)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise token_invalid() from None
    return kid, public, claims


def names_audience(claims: dict[str, Any], audience: str) -> bool:
    """`aud` may be one text or a list (RFC 7519 § 4.1.3)."""
    named = claims.get("aud")
    return named == audience or (isinstance(named, list) and audience in named)


def holds_now(claims: dict[str, Any], now: datetime) -> bool:
    """Is it neither too early nor too late? False when it has expired.

    Raises
    ------
    Refusal
        `token-invalid` when a time is missing or malformed, or it was issued in the future.
    """
    for name in TIMES:
        value = claims.get(name, 0 if name == "nbf" else None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise token_invalid()
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if claims["iat"] > at + leeway or claims.get("nbf", 0) > at + leeway:
        raise token_invalid()
    return bool(claims["exp"] > at - leeway)


def sign(key: SigningKey, claims: dict[str, Any]) -> str:
    """A signed JWT with the key's id in its header."""
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


def mint_access_token(
    key: SigningKey,
    *,
    issuer: str,
    audience: str,
    subject_id: UUID,
    now: datetime,
    lifetime: timedelta = VOLUNTEER_TOKEN_LIFETIME,
) -> str:
    """An access token for a volunteer (only the registry mints them)."""
    return sign(
        key,
        {
            "iss": issuer,
            "aud": audience,
            "sub": str(subject_id),
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": str(new_id()),
        },
    )
