"""Public keys of an issuer: from a URL or a file, kept five minutes, fetched again when a key id is unknown.

An issuer that is away stops nobody who holds a token: keys once seen are used until it answers again. A token's own
`jku`, `x5u` or `jwk` are never looked at.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from shared.telemetry.logging import get_logger

if TYPE_CHECKING:
    import httpx

KEPT_SECONDS = 300.0
SECONDS_BETWEEN_FETCHES = 10.0
SECONDS_UNTIL_FIRST_FETCHED = 1.0
FETCH_SECONDS_AT_MOST = 3.0
DOCUMENT_BYTES_AT_MOST = 256 * 1024
RSA_BITS_AT_LEAST = 2048

ALGORITHMS = frozenset(("ES256", "RS256", "EdDSA"))
"""Asymmetric only: no shared secret, and no `none`."""

log = get_logger()


@dataclass(frozen=True)
class PublicKey:
    """A key and the one algorithm it is good for."""

    algorithm: str
    key: Any


class KeySet:
    """The keys behind one `jwks` setting. `monotonic` counts seconds (tests set it)."""

    def __init__(
        self,
        source: str,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._transport = transport
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> PublicKey | None:
        """The key with this id, or None when the issuer does not publish it.

        Raises
        ------
        ConnectionError
            The issuer's keys could never be read yet: nobody can tell whether a token is good.
        """
        known = kid in self._keys
        if not known or (self._is_stale() and not self._fetching.locked()):
            await self._refresh(kid)
        if self._fetched_at is None:
            raise ConnectionError("the issuer's keys are not known yet")
        return self._keys.get(kid)

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at > KEPT_SECONDS

    async def _refresh(self, kid: str) -> None:
        async with self._fetching:
            if kid in self._keys and not self._is_stale():
                return
            pause = SECONDS_BETWEEN_FETCHES if self._fetched_at is not None else SECONDS_UNTIL_FIRST_FETCHED
            if self._tried_at is not None and self._monotonic() - self._tried_at < pause:
                return
            self._tried_at = self._monotonic()
            try:
                self._keys = _usable_keys(await self._read())
                self._fetched_at = self._monotonic()
            except (OSError, ValueError) as error:
                log.warning("issuer-keys-not-read", error=error, known_keys=len(self._keys))

    async def _read(self) -> bytes:
        if not self._source.startswith(("https://", "http://")):
            return await asyncio.to_thread(Path(self._source).read_bytes)
        return await self._fetched()

    async def _fetched(self) -> bytes:
        # Here, because a process that reads its keys from files has no use for a client.
        import httpx  # noqa: PLC0415

        document = bytearray()
        client = httpx.AsyncClient(
            transport=self._transport, timeout=FETCH_SECONDS_AT_MOST, follow_redirects=False, trust_env=False
        )
        try:
            async with client, client.stream("GET", self._source) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise ValueError("the issuer answered without keys")
                async for part in answer.aiter_bytes():
                    document += part
                    if len(document) > DOCUMENT_BYTES_AT_MOST:
                        raise ValueError("the key document is too large")
        except httpx.HTTPError as error:
            raise ConnectionError(type(error).__name__) from error
        return bytes(document)


def _usable_keys(document: bytes) -> dict[str, PublicKey]:
    """The signature keys of a JWKS document; others, and those we cannot use, are left out."""
    parsed = orjson.loads(document)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("keys"), list):
        raise ValueError("no JWKS document")
    usable = {}
    for jwk in parsed["keys"]:
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if not isinstance(kid, str) or jwk.get("use", "sig") != "sig":
            continue
        key = _usable_key(jwk)
        if key is not None:
            usable[kid] = key
    return usable


def _usable_key(jwk: dict[str, Any]) -> PublicKey | None:
    algorithm = _algorithm(jwk)
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        return None
    try:
        key = PyJWK({name: value for name, value in jwk.items() if name != "d"}, algorithm=algorithm).key
    except (PyJWTError, ValueError, TypeError):
        return None
    if algorithm == "RS256" and key.key_size < RSA_BITS_AT_LEAST:
        return None
    return PublicKey(algorithm, key)


def _algorithm(jwk: dict[str, Any]) -> str | None:
    """The one algorithm that a kind of key is good for, decided by the key and never by a token."""
    kinds = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
    if jwk.get("kty") == "RSA":
        return "RS256"
    return kinds.get((str(jwk.get("kty")), str(jwk.get("crv"))))
