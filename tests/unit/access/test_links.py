"""A mailed link does one thing, for one service, for a while."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from shared.access.identity import LEEWAY
from shared.access.key_sets import KeySet
from shared.access.keys import SigningKey, jwks_document, new_signing_key
from shared.access.signed_links import ISSUER, LinkVerifier, mint_link
from shared.access.tokens import sign
from shared.runtime.clock import SettableClock
from shared.runtime.errors import Refusal
from shared.runtime.settings import Mode

SUBJECT, RESOURCE = uuid4(), uuid4()


class Mailer:
    """Notifications, as far as it makes links."""

    def __init__(self, folder: Path) -> None:
        self.clock = SettableClock()
        self.key: SigningKey = new_signing_key()
        self.file = folder / "notifications.jwks.json"
        self.file.write_bytes(orjson.dumps(jwks_document(self.key)))

    def verifier(self, audience: str = "registry", mode: Mode = Mode.TEST) -> LinkVerifier:
        return LinkVerifier(audience, KeySet(str(self.file)), mode, self.clock)

    def link(self, **changes: Any) -> str:
        terms: dict[str, Any] = {
            "audience": "registry",
            "purpose": "confirm",
            "subject_id": SUBJECT,
            "resource": RESOURCE,
            "lifetime": timedelta(hours=1),
            "now": self.clock.now(),
        }
        return mint_link(self.key, **(terms | changes))


@pytest.fixture
def mailer(tmp_path: Path) -> Mailer:
    return Mailer(tmp_path)


async def refused(verifier: LinkVerifier, token: str, purpose: str = "confirm") -> str:
    with pytest.raises(Refusal) as caught:
        await verifier.verify(token, purpose)
    return caught.value.code


async def test_a_link_says_what_it_is_for(mailer: Mailer) -> None:
    link = await mailer.verifier().verify(mailer.link(), "confirm")
    assert (link.purpose, link.subject_id, link.resource) == ("confirm", SUBJECT, RESOURCE)
    assert link.expires_at == mailer.clock.now() + timedelta(hours=1)
    other = await mailer.verifier().verify(mailer.link(resource=None), "confirm")
    assert other.resource is None
    assert other.jti != link.jti


async def test_another_purpose_service_or_key_is_refused(mailer: Mailer) -> None:
    assert await refused(mailer.verifier(), mailer.link(), "sign-in") == "link-invalid"
    assert await refused(mailer.verifier("training"), mailer.link()) == "link-invalid"
    forged = mailer.link()
    mailer.key = new_signing_key()
    assert await refused(mailer.verifier(), mailer.link()) == "link-invalid"
    assert await refused(mailer.verifier(), forged[:-4] + "AAAA") == "link-invalid"


async def test_an_expired_link_says_so(mailer: Mailer) -> None:
    token = mailer.link()
    mailer.clock.advance(timedelta(hours=1) + LEEWAY)
    assert await refused(mailer.verifier(), token) == "link-expired"
    assert await refused(mailer.verifier(), token, "sign-in") == "link-invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "urn:tandem:registry"},
        {"sub": "not-an-id"},
        {"jti": "not-an-id"},
        {"jti": 5},
        {"resource": 7},
        {"purpose": None},
        {"exp": 10**30},
    ],
    ids=str,
)
async def test_claims_of_another_shape_are_refused(mailer: Mailer, changes: dict[str, Any]) -> None:
    now = int(mailer.clock.now().timestamp())
    good = {
        "iss": ISSUER,
        "aud": "registry",
        "purpose": "confirm",
        "sub": str(SUBJECT),
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid4()),
    }
    await mailer.verifier().verify(sign(mailer.key, good), "confirm")
    assert await refused(mailer.verifier(), sign(mailer.key, good | changes)) == "link-invalid"


async def test_a_development_key_makes_no_links_for_production(mailer: Mailer) -> None:
    mailer.key = new_signing_key(development=True)
    mailer.file.write_bytes(orjson.dumps(jwks_document(mailer.key)))
    await mailer.verifier().verify(mailer.link(), "confirm")
    assert await refused(mailer.verifier(mode=Mode.PRODUCTION), mailer.link()) == "link-invalid"
