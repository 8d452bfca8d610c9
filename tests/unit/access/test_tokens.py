"""A token counts only when everything about it is right; what is wrong with it is not told."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from shared.access.identity import LEEWAY
from shared.access.key_sets import KEPT_SECONDS, KeySet
from shared.access.keys import jwks_document, new_signing_key
from shared.access.tokens import TOKEN_BYTES_AT_MOST, TokenVerifier, mint_access_token
from shared.runtime.clock import SettableClock
from shared.runtime.errors import Refusal
from shared.runtime.settings import ConfigurationError, Issuer, IssuerKind, Mode
from tests.unit.access.issuing import AUDIENCE, ISSUER, TestIssuer


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def issuer(tmp_path: Path, clock: SettableClock) -> TestIssuer:
    return TestIssuer(tmp_path, clock)


async def refused(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(Refusal) as caught:
        await verifier.identify(token)
    return caught.value.code


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_good_token_names_issuer_subject_and_kind(issuer: TestIssuer) -> None:
    identity = await issuer.verifier().identify(issuer.token())
    assert (identity.issuer, identity.subject, identity.kind) == (ISSUER, "coordinator-1", IssuerKind.STAFF)


async def test_the_audience_may_stand_in_a_list(issuer: TestIssuer) -> None:
    assert (await issuer.verifier().identify(issuer.token(aud=["portal", AUDIENCE]))).subject == "coordinator-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-platform"},
        {"aud": ["another-platform"]},
        {"aud": None},
        {"aud": {"tandem": 1}},
        {"iss": "https://another.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
        {"exp": None},
        {"iat": None},
        {"exp": "tomorrow"},
        {"iat": True},
    ],
    ids=str,
)
async def test_a_wrong_or_missing_claim_is_refused(issuer: TestIssuer, changes: dict[str, Any]) -> None:
    assert await refused(issuer.verifier(), _raw(issuer, changes)) == "token-invalid"


def _raw(issuer: TestIssuer, changes: dict[str, Any]) -> str:
    """Signed without the library's own checks of the claims."""
    payload = json.dumps(issuer.claims(**changes)).encode()
    return jwt.api_jws.encode(payload, issuer.key.private, algorithm="ES256", headers={"kid": issuer.key.kid})


async def test_an_expired_token_says_so(issuer: TestIssuer, clock: SettableClock) -> None:
    token = issuer.token()
    clock.advance(timedelta(minutes=10) + LEEWAY - timedelta(seconds=1))
    await issuer.verifier().identify(token)
    clock.advance(timedelta(seconds=1))
    assert await refused(issuer.verifier(), token) == "token-expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_from_the_future_is_refused(issuer: TestIssuer, clock: SettableClock, claim: str) -> None:
    now = int(clock.now().timestamp())
    changes: dict[str, Any] = {claim: now + 29}
    await issuer.verifier().identify(issuer.token(**changes))
    changes = {claim: now + 31}
    assert await refused(issuer.verifier(), issuer.token(**changes)) == "token-invalid"


async def test_a_forged_signature_is_refused(issuer: TestIssuer) -> None:
    other = new_signing_key()
    token = jwt.encode(issuer.claims(), other.private, algorithm="ES256", headers={"kid": issuer.key.kid})
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_changed_claims_are_refused(issuer: TestIssuer) -> None:
    header, _, signature = issuer.token().split(".")
    claims = base64.urlsafe_b64encode(json.dumps(issuer.claims(sub="state-admin")).encode()).rstrip(b"=").decode()
    assert await refused(issuer.verifier(), f"{header}.{claims}.{signature}") == "token-invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", ["ES256"], {"ES256": 1}, 256, None], ids=str)
async def test_alg_none_is_refused_and_what_is_no_name(issuer: TestIssuer, algorithm: object) -> None:
    header = {"alg": algorithm, "typ": "JWT", "kid": issuer.key.kid}
    assert await refused(issuer.verifier(), unsigned(header, issuer.claims())) == "token-invalid"


@pytest.mark.parametrize("form", ["pem", "jwk"])
async def test_hs256_with_the_public_key_as_secret_is_refused(issuer: TestIssuer, form: str) -> None:
    public = issuer.key.private.public_key()
    secret = (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if form == "pem"
        else orjson.dumps(issuer.key.public_jwk())
    )
    import hashlib
    import hmac

    signed = unsigned({"alg": "HS256", "typ": "JWT", "kid": issuer.key.kid}, issuer.claims()).rpartition(".")[0]
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256)
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_the_algorithm_follows_from_the_key(issuer: TestIssuer) -> None:
    """An RSA signature under the id of an EC key."""
    private = rsa.generate_private_key(65537, 2048)
    token = jwt.encode(issuer.claims(), private, algorithm="RS256", headers={"kid": issuer.key.kid})
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_rs256_and_eddsa_are_understood_but_no_short_rsa_key(issuer: TestIssuer) -> None:
    long, short = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)
    edwards = ed25519.Ed25519PrivateKey.generate()
    issuer.file.write_bytes(
        orjson.dumps(
            {
                "keys": [
                    {**RSAAlgorithm.to_jwk(long.public_key(), as_dict=True), "kid": "long"},
                    {**RSAAlgorithm.to_jwk(short.public_key(), as_dict=True), "kid": "short"},
                    {**OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True), "kid": "edwards"},
                ]
            }
        )
    )
    verifier = issuer.verifier()
    for private, algorithm, kid in ((long, "RS256", "long"), (edwards, "EdDSA", "edwards")):
        token = jwt.encode(issuer.claims(), private, algorithm=algorithm, headers={"kid": kid})
        assert (await verifier.identify(token)).subject == "coordinator-1"
    for algorithm, kid in (("RS256", "short"), ("RS512", "long"), ("PS256", "long")):
        signing = jwt.PyJWT(options={"enforce_minimum_key_length": False})
        with pytest.warns() if kid == "short" else _nothing():
            token = signing.encode(
                issuer.claims(), short if kid == "short" else long, algorithm=algorithm, headers={"kid": kid}
            )
        assert await refused(verifier, token) == "token-invalid"


def _nothing() -> Any:
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize("headers", [{}, {"kid": ""}, {"kid": "unknown"}], ids=["none", "empty", "unknown"])
async def test_a_token_without_a_known_key_id_is_refused(issuer: TestIssuer, headers: dict[str, Any]) -> None:
    assert await refused(issuer.verifier(), issuer.token(headers=headers)) == "token-invalid"


async def test_a_key_that_the_token_brings_along_is_not_looked_at(issuer: TestIssuer) -> None:
    own = new_signing_key()
    headers = {"kid": own.kid, "jwk": own.public_jwk(), "jku": "http://127.0.0.1:1/jwks", "x5u": "http://127.0.0.1:1/x"}
    token = jwt.encode(issuer.claims(), own.private, algorithm="ES256", headers=headers)
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_an_unknown_critical_header_is_refused(issuer: TestIssuer) -> None:
    headers = {"kid": issuer.key.kid, "crit": ["tenant"], "tenant": "x"}
    assert await refused(issuer.verifier(), issuer.token(headers=headers)) == "token-invalid"


async def test_an_over_long_token_is_refused_unread(issuer: TestIssuer) -> None:
    token = issuer.token(padding="x" * TOKEN_BYTES_AT_MOST)
    assert await refused(issuer.verifier(), token) == "token-invalid"


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "ä.ö.ü", "e30.e30.", "null", "[" * 5000])
async def test_what_is_no_token_is_refused(issuer: TestIssuer, token: str) -> None:
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_claims_that_are_no_object_are_refused(issuer: TestIssuer) -> None:
    token = jwt.api_jws.encode(b"[1]", issuer.key.private, algorithm="ES256", headers={"kid": issuer.key.kid})
    assert await refused(issuer.verifier(), token) == "token-invalid"


async def test_the_issuer_of_one_key_cannot_speak_for_another(tmp_path: Path, clock: SettableClock) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    staff, volunteers = TestIssuer(tmp_path / "a", clock), TestIssuer(tmp_path / "b", clock)
    other = "urn:tandem:registry"
    issuers = (
        Issuer(issuer=ISSUER, audience=AUDIENCE, jwks=str(staff.file), kind=IssuerKind.STAFF),
        Issuer(issuer=other, audience=AUDIENCE, jwks=str(volunteers.file), kind=IssuerKind.VOLUNTEER),
    )
    verifier = TokenVerifier(issuers, Mode.TEST, clock)
    assert (await verifier.identify(volunteers.token(iss=other))).kind is IssuerKind.VOLUNTEER
    assert await refused(verifier, staff.token(iss=other)) == "token-invalid"


def test_a_development_issuer_is_refused_in_production(tmp_path: Path, clock: SettableClock) -> None:
    issuer = TestIssuer(tmp_path, clock, IssuerKind.DEVELOPMENT)
    issuer.verifier(Mode.LOCAL)
    with pytest.raises(ConfigurationError, match="TANDEM_ISSUERS"):
        issuer.verifier(Mode.PRODUCTION)


async def test_a_development_key_is_refused_in_production_whoever_publishes_it(
    tmp_path: Path, clock: SettableClock
) -> None:
    issuer = TestIssuer(tmp_path, clock, IssuerKind.STAFF, development=True)
    await issuer.verifier(Mode.TEST).identify(issuer.token())
    assert await refused(issuer.verifier(Mode.PRODUCTION), issuer.token()) == "token-invalid"


async def test_a_minted_token_of_a_volunteer_lasts_ten_minutes(issuer: TestIssuer, clock: SettableClock) -> None:
    subject = uuid4()
    token = mint_access_token(issuer.key, issuer=ISSUER, audience=AUDIENCE, subject_id=subject, now=clock.now())
    assert (await issuer.verifier().identify(token)).subject == str(subject)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert datetime.fromtimestamp(claims["exp"], UTC) - clock.now() == timedelta(minutes=10)


async def test_without_any_keys_nobody_says_that_a_token_is_wrong(tmp_path: Path, clock: SettableClock) -> None:
    """The issuer has never answered yet: try again, not sign in again."""
    issuer = TestIssuer(tmp_path, clock)
    issuer.file.unlink()
    with pytest.raises(ConnectionError):
        await issuer.verifier().identify(issuer.token())


async def test_a_key_of_another_curve_is_not_used(issuer: TestIssuer) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    jwk = {**jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": "p384"}
    issuer.file.write_bytes(orjson.dumps({"keys": [jwk]}))
    assert await KeySet(str(issuer.file)).find("p384") is None


async def test_a_token_that_was_good_expires_all_the_same(issuer: TestIssuer, clock: SettableClock) -> None:
    verifier, token = issuer.verifier(), issuer.token()
    assert await verifier.identify(token) == await verifier.identify(token)
    clock.advance(timedelta(days=1))
    assert await refused(verifier, token) == "token-expired"


async def test_a_token_that_was_good_is_none_once_its_key_is_withdrawn(
    issuer: TestIssuer, clock: SettableClock
) -> None:
    seconds = 0.0
    keys = KeySet(str(issuer.file), monotonic=lambda: seconds)
    trusted = Issuer(issuer=ISSUER, audience=AUDIENCE, jwks=str(issuer.file), kind=IssuerKind.STAFF)
    verifier, token = TokenVerifier((trusted,), Mode.TEST, clock, {ISSUER: keys}), issuer.token()
    await verifier.identify(token)
    issuer.file.write_bytes(orjson.dumps(jwks_document(new_signing_key())))
    await verifier.identify(token)
    seconds = KEPT_SECONDS + 1
    assert await refused(verifier, token) == "token-invalid"


async def test_a_token_that_was_good_is_none_with_another_signature(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token()
    await verifier.identify(token)
    body, _, signature = token.rpartition(".")
    assert await refused(verifier, f"{body}.{signature[:-8]}AAAAAAAA") == "token-invalid"
