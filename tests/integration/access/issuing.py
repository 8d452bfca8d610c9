"""Issuers of tokens for staff and for volunteers, and the maker of mailed links."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from shared.access.key_sets import KeySet
from shared.access.keys import jwks_document, new_signing_key
from shared.access.signed_links import LinkVerifier, mint_link
from shared.access.tokens import TokenVerifier, sign
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind, Mode

STAFF, VOLUNTEERS, AUDIENCE = "https://sign-in.example", "urn:tandem:registry", "tandem"


class Issuers:
    """One key signs for all of them; the document with it lies in a file."""

    def __init__(self, folder: Path, clock: SettableClock) -> None:
        self.clock = clock
        self.key = new_signing_key()
        self.file = folder / "all.jwks.json"
        self.file.write_bytes(orjson.dumps(jwks_document(self.key)))

    def verifier(self) -> TokenVerifier:
        issuers = (
            Issuer(issuer=STAFF, audience=AUDIENCE, jwks=str(self.file), kind=IssuerKind.STAFF),
            Issuer(issuer=VOLUNTEERS, audience=AUDIENCE, jwks=str(self.file), kind=IssuerKind.VOLUNTEER),
        )
        return TokenVerifier(issuers, Mode.TEST, self.clock)

    def link_verifier(self, service: str) -> LinkVerifier:
        return LinkVerifier(service, KeySet(str(self.file)), Mode.TEST, self.clock)

    def link(self, service: str, subject_id: UUID, purpose: str = "confirm") -> str:
        return mint_link(
            self.key,
            audience=service,
            purpose=purpose,
            subject_id=subject_id,
            resource=None,
            lifetime=timedelta(hours=1),
            now=self.clock.now(),
        )

    def bearer(self, subject: str | UUID, issuer: str = STAFF) -> dict[str, str]:
        now = self.clock.now()
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": str(subject),
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(days=2)).timestamp()),
        }
        return {"Authorization": f"Bearer {sign(self.key, claims)}"}
