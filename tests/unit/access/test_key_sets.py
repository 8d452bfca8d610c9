"""Keys are fetched rarely, rotated ones are found, and an issuer that is away stops nobody."""

import asyncio
from pathlib import Path

import httpx
import orjson
import pytest

from shared.access.key_sets import DOCUMENT_BYTES_AT_MOST, KEPT_SECONDS, SECONDS_BETWEEN_FETCHES, KeySet
from shared.access.keys import SigningKey, jwks_document, new_signing_key


class Issuer:
    """Answers with its keys, counts how often, and can be away or answer otherwise."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.fetches = 0
        self.away = False
        self.answer: httpx.Response | None = None
        self.seconds = 1000.0
        self.set = KeySet(
            "https://sign-in.example/jwks", transport=httpx.MockTransport(self.respond), monotonic=lambda: self.seconds
        )

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.fetches += 1
        if self.away:
            raise httpx.ConnectError("away", request=request)
        return self.answer or httpx.Response(200, content=orjson.dumps(jwks_document(*self.keys)))


async def test_keys_are_kept_for_five_minutes() -> None:
    key = new_signing_key()
    issuer = Issuer(key)
    for _ in range(3):
        assert await issuer.set.find(key.kid) is not None
    assert issuer.fetches == 1
    issuer.seconds += KEPT_SECONDS + 1
    await issuer.set.find(key.kid)
    assert issuer.fetches == 2


async def test_many_at_once_fetch_once() -> None:
    key = new_signing_key()
    issuer = Issuer(key)
    found = await asyncio.gather(*(issuer.set.find(key.kid) for _ in range(50)))
    assert all(found)
    assert issuer.fetches == 1


async def test_a_new_key_is_found_but_unknown_ids_do_not_hammer_the_issuer() -> None:
    old, new = new_signing_key(), new_signing_key()
    issuer = Issuer(old)
    await issuer.set.find(old.kid)
    issuer.keys.append(new)
    issuer.seconds += SECONDS_BETWEEN_FETCHES + 1
    assert await issuer.set.find(new.kid) is not None
    for number in range(100):
        assert await issuer.set.find(f"unknown-{number}") is None
    assert issuer.fetches == 2


async def test_a_withdrawn_key_is_gone_after_five_minutes() -> None:
    old, new = new_signing_key(), new_signing_key()
    issuer = Issuer(old)
    await issuer.set.find(old.kid)
    issuer.keys = [new]
    issuer.seconds += KEPT_SECONDS + 1
    assert await issuer.set.find(old.kid) is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        httpx.Response(500),
        httpx.Response(302, headers={"location": "https://elsewhere.example/jwks"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b" " * (DOCUMENT_BYTES_AT_MOST + 1)),
    ],
    ids=["away", "error", "redirect", "no json", "no document", "too large"],
)
async def test_known_keys_are_used_while_the_issuer_is_away(answer: httpx.Response | None) -> None:
    key = new_signing_key()
    issuer = Issuer(key)
    await issuer.set.find(key.kid)
    issuer.away, issuer.answer = answer is None, answer
    issuer.seconds += KEPT_SECONDS + 1
    assert await issuer.set.find(key.kid) is not None
    assert issuer.fetches == 2


async def test_an_issuer_that_was_away_from_the_start_is_asked_again_soon() -> None:
    key = new_signing_key()
    issuer = Issuer(key)
    issuer.away = True
    with pytest.raises(ConnectionError):
        await issuer.set.find(key.kid)
    issuer.away = False
    issuer.seconds += 1.1
    assert await issuer.set.find(key.kid) is not None


async def test_keys_for_encryption_and_other_kinds_are_left_out(tmp_path: Path) -> None:
    key, encrypting = new_signing_key(), new_signing_key()
    file = tmp_path / "jwks.json"
    file.write_bytes(
        orjson.dumps(
            {
                "keys": [
                    "nonsense",
                    {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
                    {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "!", "y": "!"},
                    {**encrypting.public_jwk(), "use": "enc"},
                    {**encrypting.public_jwk(), "kid": "wrong-alg", "alg": "HS256"},
                    {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
                    key.public_jwk(),
                ]
            }
        )
    )
    keys = KeySet(str(file))
    assert await keys.find(key.kid) is not None
    for kid in ("secret", "broken", encrypting.kid, "wrong-alg"):
        assert await keys.find(kid) is None
