"""Bad input over HTTP: a problem with a stable code, in German and in English, and nothing stored."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from deploy.local.credentials import public_jwk, read_key
from deploy.local.environment import AUDIENCE, DEVELOPMENT_ISSUER, REGISTRY_ISSUER
from deploy.local.journey.waiting import attempts
from deploy.local.journey.walk import Walk
from shared.access.keys import new_signing_key
from shared.access.tokens import sign
from shared.contracts.topics import SERVICES
from tests.support.taken_in import all_taken_in
from tests.system.people import confirmed_volunteers, staffed_organisation
from tests.system.platform import RunningPlatform

COUNTED_BY_DESIGN = ("rate_limits", "rate_limit_salts")
"""A refused attempt counts as an attempt."""
WORKED_OFF = (".outbox", "_checks")
"""What fills such a table is worked off by a relay or a timer, which writes elsewhere meanwhile."""
MARK = "Unverwechselbar"
"""Stands in everything that is entered wrongly, and must come back in no answer."""
OTHER_DISTRICT = "03241"
SIGNED_IN_PATH = {
    "registry": "/me",
    "matching": "/placements",
    "training": "/enrolments",
    "notifications": "/messages",
}


@dataclass
class Case:
    """One request that must be refused, and how."""

    name: str
    service: str
    method: str
    path: str
    status: int
    code: str
    body: Any = None
    content: bytes | None = None
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """Who and what there is to refer to."""

    staff: Walk
    volunteer_id: str
    volunteer_token: str

    @property
    def coordinator(self) -> str:
        """The token of a coordinator of one district."""
        return str(self.staff.people.coordinator.token)

    @property
    def trainer(self) -> str:
        """The token of a trainer of one district."""
        return str(self.staff.people.trainer.token)


@pytest.fixture(scope="module")
def known(whole_platform: RunningPlatform) -> Known:
    """An organisation in Celle with its people, and a volunteer."""
    whole_platform.start_all(whole_platform.processes.values())
    volunteer = confirmed_volunteers(whole_platform, 1)[0]
    return Known(staffed_organisation(whole_platform), str(volunteer.subject_id), str(volunteer.token))


def _registration(**changed: Any) -> dict[str, Any]:
    return {
        "name": f"{MARK} (Demo)",
        "mail": f"{MARK.lower()}@example.org",
        "postal_code": "29221",
        "consent": True,
        "consent_text_version": "2026-01",
        **changed,
    }


def _offer(known: Known, **changed: Any) -> dict[str, Any]:
    return {
        "organisation_id": known.staff.organisation_id,
        "title": f"{MARK} (Demo)",
        "topic": "homework",
        "district": "03351",
        "postal_code": "29221",
        "places": 3,
        **changed,
    }


def _course(known: Known, **changed: Any) -> dict[str, Any]:
    begin = datetime.now(UTC) + timedelta(days=3)
    return {
        "organisation_id": known.staff.organisation_id,
        "title": f"{MARK} (Demo)",
        "district": "03351",
        "postal_code": "29221",
        "places": 3,
        "sessions": [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=1)).isoformat()}],
        **changed,
    }


def _malformed(known: Known) -> Iterator[Case]:
    people = {"registry": None, "matching": known.coordinator, "training": known.trainer}
    paths = {"registry": "/volunteers", "matching": "/offers", "training": "/courses"}
    bodies = {"registry": _registration(), "matching": _offer(known), "training": _course(known)}
    for service, path in paths.items():
        at = (service, "POST", path)
        token = people[service]
        whole = json.dumps(bodies[service]).encode()
        yield Case("malformed JSON", *at, 400, "malformed-json", content=whole[:-2], token=token)
        yield Case("no JSON number", *at, 400, "malformed-json", content=b'{"places": NaN}', token=token)
        yield Case("not an object", *at, 422, "invalid-input", body=[bodies[service]], token=token)
        yield Case("unknown field", *at, 422, "invalid-input", body=bodies[service] | {"shoe_size": MARK}, token=token)
        too_long = {"registry": "name"}.get(service, "title")
        yield Case(
            "over-long string", *at, 422, "invalid-input", body=bodies[service] | {too_long: MARK * 100}, token=token
        )
        yield Case(
            "wrong type", *at, 422, "invalid-input", body=bodies[service] | {too_long: {MARK: MARK}}, token=token
        )
        yield Case(
            "a null character", *at, 422, "invalid-input", body=bodies[service] | {too_long: "a\0b"}, token=token
        )
        yield Case("two mebibytes", *at, 413, "body-too-large", content=b" " * 2 * 1024 * 1024 + whole, token=token)
        yield Case(
            "another kind of content",
            *at,
            415,
            "unsupported-content-type",
            content=whole,
            token=token,
            headers={"Content-Type": "text/plain"},
        )
        yield Case(
            "no Idempotency-Key",
            *at,
            400,
            "idempotency-key-missing",
            body=bodies[service],
            token=token,
            headers={"Idempotency-Key": ""},
        )


def _wrong(known: Known) -> Iterator[Case]:
    register = ("registry", "POST", "/volunteers")
    yield Case("no such postal code", *register, 422, "postal-code-unknown", body=_registration(postal_code="00000"))
    yield Case("no consent", *register, 422, "invalid-input", body=_registration(consent=False))
    yield Case("no mail address", *register, 422, "invalid-input", body=_registration(mail=MARK))
    publish = ("matching", "POST", "/offers")
    unknown = _offer(known, postal_code="00000")
    yield Case("no such postal code", *publish, 422, "postal-code-unknown", body=unknown, token=known.coordinator)
    offer = f"/offers/{known.staff.offer['offer_id']}"
    change = {"title": f"{MARK} (Demo)"}
    yield Case("no If-Match", "matching", "PATCH", offer, 428, "version-required", body=change, token=known.coordinator)
    yield Case(
        "a version that is over",
        *("matching", "PATCH", offer, 412, "version-mismatch"),
        body=change,
        token=known.coordinator,
        headers={"If-Match": '"1"'},
    )
    yield Case("no id", "matching", "GET", f"/offers/{MARK}", 422, "invalid-input")
    yield Case("no cursor", "matching", "GET", f"/offers?cursor={MARK}", 400, "cursor-malformed")
    yield Case("no such address", "registry", "GET", f"/{MARK}", 404, "route-not-found")
    yield Case("no such method", "registry", "DELETE", "/districts", 405, "method-not-allowed")


def _outside(known: Known) -> Iterator[Case]:
    """What belongs to other districts, organisations and people looks as if it were not there."""
    elsewhere = {"district": OTHER_DISTRICT, "postal_code": "30159"}
    yield Case(
        "an offer in another district",
        *("matching", "POST", "/offers", 404, "organisation-not-found"),
        body=_offer(known, **elsewhere),
        token=known.coordinator,
    )
    yield Case(
        "a course in another district",
        *("training", "POST", "/courses", 404, "organisation-not-found"),
        body=_course(known, **elsewhere),
        token=known.trainer,
    )
    yield Case(
        "an offer of another organisation",
        *("matching", "POST", "/offers", 404, "organisation-not-found"),
        body=_offer(known, organisation_id=str(uuid4())),
        token=known.coordinator,
    )
    other = f"/volunteers/{uuid4()}"
    yield Case("another volunteer", "registry", "GET", other, 404, "volunteer-not-found", token=known.volunteer_token)
    yield Case(
        "a volunteer, as coordinator",
        *("registry", "GET", f"/volunteers/{known.volunteer_id}", 404, "volunteer-not-found"),
        token=known.coordinator,
    )
    yield Case(
        "what is suggested to somebody else",
        *("matching", "GET", f"{other}/suggestions", 404, "volunteer-not-found"),
        token=known.volunteer_token,
    )
    yield Case(
        "an offer, as volunteer",
        *("matching", "POST", "/offers", 403, "forbidden"),
        body=_offer(known),
        token=known.volunteer_token,
    )


def _tokens(platform: RunningPlatform, known: Known) -> Iterator[tuple[str, str, str]]:
    """Tokens that must open nothing: name, token, code."""
    key_file = platform.credentials.issuer_key
    key, kid = read_key(key_file), public_jwk(key_file)["kid"]
    now = int(datetime.now(UTC).timestamp())
    good = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": AUDIENCE,
        "sub": known.staff.people.coordinator.subject,
        "iat": now,
        "exp": now + 600,
    }

    def signed(**changed: Any) -> str:
        return jwt.encode({**good, **changed}, key, algorithm="ES256", headers={"kid": kid})

    yield "expired", signed(iat=now - 7200, exp=now - 3600), "token-expired"
    yield "for another audience", signed(aud="somebody-else"), "token-invalid"
    yield "of an unknown issuer", signed(iss="urn:somebody"), "token-invalid"
    yield "of the registry's issuer, signed by another", signed(iss=REGISTRY_ISSUER), "token-invalid"
    yield "without subject", signed(sub=""), "token-invalid"
    forged = jwt.encode(good, new_signing_key().private, algorithm="ES256", headers={"kid": kid})
    yield "forged", forged, "token-invalid"
    yield "signed by nobody", _unsigned(good, kid, "none") + ".", "token-invalid"
    public = platform.credentials.issuer_jwks.read_bytes()
    yield "signed with the public key as secret", _with_hs256(good, kid, public), "token-invalid"
    head, body, signature = signed().split(".")
    yield "with the signature cut", f"{head}.{body}.{signature[:-4]}", "token-invalid"
    yield "no token at all", MARK, "token-invalid"
    yield "over-long", signed() + "A" * 10_000, "token-invalid"
    yield "of an unknown key", sign(new_signing_key(), good), "token-invalid"


def _with_hs256(claims: dict[str, Any], kid: str, secret: bytes) -> str:
    """PyJWT refuses to do this, an attacker does not."""
    message = _unsigned(claims, kid, "HS256")
    return f"{message}.{_base64url(hmac.digest(secret, message.encode(), hashlib.sha256))}"


def _unsigned(claims: dict[str, Any], kid: str, algorithm: str) -> str:
    head = {"alg": algorithm, "kid": kid, "typ": "JWT"}
    return ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _refused(platform: RunningPlatform, case: Case) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json", **case.headers}
    if not headers["Idempotency-Key"]:
        del headers["Idempotency-Key"]
    if case.token is not None:
        headers["Authorization"] = f"Bearer {case.token}"
    content = case.content if case.body is None else json.dumps(case.body).encode()
    answer = httpx.request(
        case.method, platform.api(case.service).url + case.path, content=content, headers=headers, timeout=20
    )
    what = f"{case.name}: {case.method} {case.path} of {case.service}: {answer.status_code} {answer.text[:500]}"
    assert (answer.status_code, answer.json()["code"]) == (case.status, case.code), what
    _is_problem(answer)


def _is_problem(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:tandem:problem:{problem['code']}"
    assert problem["status"] == answer.status_code
    assert problem["detail_de"] and problem["detail_en"] and problem["detail_de"] != problem["detail_en"]
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]
    assert MARK.casefold() not in answer.text.casefold()
    for fault in problem.get("errors", []):
        assert fault["de"] and fault["en"] and fault["code"]


def _at_rest(platform: RunningPlatform) -> dict[str, int]:
    """How many rows every table has, once nothing moves any more."""
    before: dict[str, int] = {}
    for _ in attempts(60):
        taken_in = all_taken_in(platform.kafka.confluent_settings())
        now = _row_counts(platform)
        waiting = [rows for table, rows in now.items() if table.endswith(WORKED_OFF)]
        unsent = platform.rows("SELECT 1 FROM notifications.deliveries WHERE settled_at IS NULL LIMIT 1")
        if now == before and not any(waiting) and not unsent and taken_in:
            return now
        before = now
    raise AssertionError("the platform does not come to rest")


def _row_counts(platform: RunningPlatform) -> dict[str, int]:
    tables = platform.rows(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
        " WHERE table_schema = ANY(%s) AND NOT table_name = ANY(%s)",
        list(SERVICES),
        list(COUNTED_BY_DESIGN),
    )
    counts = " UNION ALL ".join(f"SELECT '{t['name']}' AS name, count(*) AS rows FROM {t['name']}" for t in tables)
    return {row["name"]: row["rows"] for row in platform.rows(counts)}


def test_bad_input_is_refused_with_a_problem_and_stores_nothing(platform: RunningPlatform, known: Known) -> None:
    before = _at_rest(platform)
    for case in (*_malformed(known), *_wrong(known), *_outside(known)):
        _refused(platform, case)
    assert _row_counts(platform) == before


def test_a_token_that_is_not_good_opens_nothing_in_any_service(platform: RunningPlatform, known: Known) -> None:
    before = _at_rest(platform)
    for name, token, code in _tokens(platform, known):
        for service, path in SIGNED_IN_PATH.items():
            _refused(platform, Case(name, service, "GET", path, 401, code, token=token))
        offer = _offer(known)
        _refused(platform, Case(name, "matching", "POST", "/offers", 401, code, body=offer, token=token))
    for service, path in SIGNED_IN_PATH.items():
        _refused(platform, Case("no token", service, "GET", path, 401, "token-missing"))
    assert _row_counts(platform) == before


def test_a_reused_idempotency_key_with_another_body_is_refused(platform: RunningPlatform, known: Known) -> None:
    key, url = str(uuid4()), platform.api("matching").url + "/offers"
    headers = {"Authorization": f"Bearer {known.coordinator}", "Idempotency-Key": key}
    first = httpx.post(url, json=_offer(known, title="Erstes (Demo)"), headers=headers)
    again = httpx.post(url, json=_offer(known, title="Erstes (Demo)"), headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    before = _at_rest(platform)
    other = httpx.post(url, json=_offer(known), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    _is_problem(other)
    assert _row_counts(platform) == before


def test_the_text_comes_in_the_language_of_the_reader(platform: RunningPlatform) -> None:
    url = platform.api("registry").url + "/me"
    for language in ("de", "en"):
        problem = httpx.get(url, headers={"Accept-Language": language}).json()
        assert problem["detail"] == problem[f"detail_{language}"]
