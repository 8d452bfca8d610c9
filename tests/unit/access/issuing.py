"""An issuer of tokens for tests: its keys as a JWKS file, and any token, good or bad."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson

from shared.access.key_sets import KeySet
from shared.access.keys import SigningKey, jwks_document, new_signing_key
from shared.access.tokens import TokenVerifier
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind, Mode

ISSUER, AUDIENCE = "https://sign-in.example", "tandem"


class TestIssuer:
    """One trusted issuer with one key."""

    __test__ = False

    def __init__(
        self, folder: Path, clock: SettableClock, kind: IssuerKind = IssuerKind.STAFF, *, development: bool = False
    ) -> None:
        self.clock = clock
        self.kind = kind
        self.key: SigningKey = new_signing_key(development=development)
        self.file = folder / "issuer.jwks.json"
        self.file.write_bytes(orjson.dumps(jwks_document(self.key)))

    def verifier(self, mode: Mode = Mode.TEST) -> TokenVerifier:
        issuer = Issuer(issuer=ISSUER, audience=AUDIENCE, jwks=str(self.file), kind=self.kind)
        return TokenVerifier((issuer,), mode, self.clock, {ISSUER: KeySet(str(self.file))})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims, changed: None leaves a claim out."""
        now = self.clock.now()
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "coordinator-1",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        """A signed token; `headers` replace the key id."""
        return jwt.encode(
            self.claims(**changes),
            self.key.private,
            algorithm="ES256",
            headers=headers if headers is not None else {"kid": self.key.kid},
        )
