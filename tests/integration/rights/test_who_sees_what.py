"""Who sees what: every endpoint of every service, asked by every role and by nobody, through HTTP.

`endpoints.py` says for each endpoint which operation of the service's matrix decides. An endpoint that is not there fails
the test, so does one that answers a role otherwise than the matrix says. Here every request is about something that nobody
has, in every service; `test_own_near_far.py` asks the registry about what there is.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI

import services.matching.app
import services.matching.permissions
import services.notifications.app
import services.notifications.permissions
import services.registry.app
import services.registry.permissions
import services.training.app
import services.training.permissions
from shared.access.keys import jwks_document, new_signing_key
from shared.access.permissions import Permissions, Relation
from shared.access.tokens import mint_access_token, sign
from shared.contracts.topics import SERVICES
from shared.contracts.vocabulary import Role
from shared.http.rate_limits import Limit
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind
from tests.integration.rights.conftest import load_two_places
from tests.integration.rights.endpoints import ENDPOINTS, PUBLIC, SIGNED_IN, STAFF
from tests.integration.rights.requests import DISTRICT, body_of, content_type_of, path_of, query_of
from tests.integration.rights.test_every_table import SETTINGS
from tests.support.platform import PlatformDatabase

APPS: dict[str, ModuleType] = {
    "registry": services.registry.app,
    "matching": services.matching.app,
    "training": services.training.app,
    "notifications": services.notifications.app,
}
MATRICES: dict[str, Permissions] = {
    "registry": services.registry.permissions.PERMISSIONS,
    "matching": services.matching.permissions.PERMISSIONS,
    "training": services.training.permissions.PERMISSIONS,
    "notifications": services.notifications.permissions.PERMISSIONS,
}
STAFF_ISSUER, VOLUNTEERS, AUDIENCE = "https://sign-in.example", "urn:tandem:registry", "tandem"
NOBODY = None
WITHOUT_ROLE = "without-role"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint, with a valid request for it."""

    service: str
    name: str
    method: str
    path: str
    query: dict[str, Any]
    document: dict[str, Any] = field(repr=False)
    operation: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Served:
    """A service's API, and the tokens of everybody."""

    service: str
    app: FastAPI
    client: httpx.AsyncClient
    tokens: dict[str, str]

    def endpoints(self) -> Iterator[Endpoint]:
        document = self.app.openapi()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                yield Endpoint(
                    self.service,
                    operation["operationId"],
                    method.upper(),
                    path,
                    query_of(document, operation),
                    document,
                    operation,
                )

    async def ask(self, endpoint: Endpoint, role: str | None) -> httpx.Response:
        """The endpoint, called by somebody of this role about something that nobody has."""
        headers = {"Idempotency-Key": str(uuid4())} if endpoint.method == "POST" else {}
        if any(p["name"] == "If-Match" for p in endpoint.operation.get("parameters", [])):
            headers["If-Match"] = '"1"'
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        kind = content_type_of(endpoint.operation)
        sent: dict[str, Any] = (
            {"json": body_of(endpoint.document, endpoint.operation)} if kind is None else {"content": b"{}\n"}
        )
        if kind is not None:
            headers["Content-Type"] = kind
        path = path_of(endpoint.path, endpoint.document, endpoint.operation, {})
        return await self.client.request(endpoint.method, path, params=endpoint.query, headers=headers, **sent)


@pytest.fixture(scope="module")
def platform(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka(*SERVICES)


@pytest.fixture(scope="module", params=SERVICES)
async def served(
    request: pytest.FixtureRequest, platform: PlatformDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """One service with a member of every role, in an organisation that is verified."""
    service = request.param
    staff, own = new_signing_key(), new_signing_key()
    folder = tmp_path_factory.mktemp(service)
    clock = SettableClock()
    settings = platform.settings(service, SETTINGS[service], **_settings(service, folder, staff, own))
    if service == "registry":
        places = await Database.connect(settings, clock, service)
        await load_two_places(places)
        await places.close()
    database = await Database.connect(settings, clock, service)
    people = {role.value: uuid4() for role in Role if role is not Role.VOLUNTEER}
    with psycopg.connect(platform.admin_dsn, autocommit=True, options=f"-csearch_path={service}") as owner:
        _appoint(owner, service, people)
    now = int(clock.now().timestamp())
    claims = {"iss": STAFF_ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
    tokens = {name: sign(staff, {**claims, "sub": name}) for name in (*people, WITHOUT_ROLE)}
    tokens[Role.VOLUNTEER.value] = mint_access_token(
        own, issuer=VOLUNTEERS, audience=AUDIENCE, subject_id=uuid4(), now=clock.now()
    )
    app = APPS[service].build_api(settings, clock, database)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://asked.test") as client:
        yield Served(service, app, client, tokens)
    await database.close()


def _settings(service: str, folder: Path, staff: Any, own: Any) -> dict[str, Any]:
    pem, staff_jwks, own_jwks = folder / "own.pem", folder / "staff.json", folder / "own.json"
    pem.write_bytes(own.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    staff_jwks.write_bytes(orjson.dumps(jwks_document(staff)))
    own_jwks.write_bytes(orjson.dumps(jwks_document(own)))
    found: dict[str, Any] = {
        "issuers": (
            Issuer(issuer=STAFF_ISSUER, audience=AUDIENCE, jwks=str(staff_jwks), kind=IssuerKind.STAFF),
            Issuer(issuer=VOLUNTEERS, audience=AUDIENCE, jwks=str(own_jwks), kind=IssuerKind.VOLUNTEER),
        ),
        "rate_limits": {each.name: {"count": 100_000, "seconds": 3600} for each in _every_limit()},
    }
    if service in ("registry", "notifications"):
        found |= {"signing_key_file": pem}
    if service == "registry":
        found |= {"link_jwks": str(staff_jwks), "suppression_key": "k" * 32}
    return found


def _every_limit() -> Iterator[Limit]:
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(("services.", "shared."))]
    return (each for module in modules for each in vars(module).values() if isinstance(each, Limit))


def _appoint(owner: "psycopg.Connection[Any]", service: str, people: dict[str, UUID]) -> None:
    organisation_id = uuid4()
    known = {
        "organisation_id": organisation_id,
        "version": 1,
        "name": "Demo",
        "kind": "state_authority",
        "districts": [DISTRICT],
        "status": "verified",
        "registered_at": "2026-01-01T00:00:00Z",
    }
    there = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = 'organisations'",
        [service],
    ).fetchall()
    values = {name: value for name, value in known.items() if (name,) in there}
    places = ", ".join(["%s"] * len(values))
    owner.execute(f"INSERT INTO organisations ({', '.join(values)}) VALUES ({places})".encode(), list(values.values()))
    for role, subject_id in people.items():
        memberships = [{"organisation_id": str(organisation_id), "role": role, "districts": [DISTRICT]}]
        owner.execute(
            "INSERT INTO members (subject_id, version, issuer, subject, memberships) VALUES (%s, 1, %s, %s, %s)",
            [subject_id, STAFF_ISSUER, role, orjson.dumps(memberships).decode()],
        )


def decides(service: str, name: str) -> tuple[str, ...]:
    """The operations of which one decides about an endpoint; none when it asks for no role."""
    found = ENDPOINTS[service][name]
    if found in (PUBLIC, SIGNED_IN, STAFF):
        return ()
    return found if isinstance(found, tuple) else (found,)


async def test_every_endpoint_says_who_may_use_it(served: Served) -> None:
    there = {endpoint.name for endpoint in served.endpoints()}
    written = ENDPOINTS[served.service].keys()
    assert " ".join(sorted(there - written)) == "", "endpoints of which endpoints.py does not say who may use them"
    assert " ".join(sorted(written - there)) == "", "endpoints that are gone"


async def test_every_operation_of_the_matrix_decides_about_an_endpoint(served: Served) -> None:
    operations = MATRICES[served.service].rules.keys()
    decided = {operation for name in ENDPOINTS[served.service] for operation in decides(served.service, name)}
    assert decided <= operations
    assert " ".join(sorted(operations - decided - BESIDES)) == ""


async def test_every_cell(served: Served) -> None:
    """Every endpoint × every role, with a valid request about something that nobody has."""
    wrong: list[str] = []
    for endpoint in sorted(served.endpoints(), key=lambda each: each.name in CHANGES_WHO_ONE_IS):
        if endpoint.name in ENDPOINTS[served.service]:
            for role in (NOBODY, WITHOUT_ROLE, *(role.value for role in Role)):
                answer = await served.ask(endpoint, role)
                if fault := _fault(served.service, endpoint, role, answer):
                    wrong.append(
                        f"{endpoint.name} as {role or 'nobody'}: {fault}: {answer.status_code} {_told(answer)}"
                    )
    assert not wrong, "\n".join(wrong)


def _fault(service: str, endpoint: Endpoint, role: str | None, answer: httpx.Response) -> str | None:
    """What is wrong with an answer; None when it is as the matrix says."""
    status, code = answer.status_code, _code(answer)
    written = ENDPOINTS[service][endpoint.name]
    if status >= 500 or code in ("invalid-input", "too-many-requests", "unsupported-content-type"):
        return "the request was not looked at"
    if role is NOBODY:
        is_asked = code == "token-missing"
        return None if is_asked == (written != PUBLIC) else "wrong about whether one has to sign in"
    if written == STAFF:
        is_right = (status == FORBIDDEN) == (role == Role.VOLUNTEER)
        return None if is_right else "wrong about whether it is for staff"
    operations = decides(service, endpoint.name)
    if not operations:
        has_person = written == PUBLIC or role != WITHOUT_ROLE or endpoint.name == "me"
        return None if (status != FORBIDDEN) or not has_person else "refused, though it is for everybody"
    relations = {MATRICES[service].rules[operation].get(Role(role)) for operation in operations if role != WITHOUT_ROLE}
    allowed = relations - {None}
    if not allowed:
        return None if status in (FORBIDDEN, NOT_FOUND) or endpoint.name in EMPTY_LISTS else "let in"
    if status == FORBIDDEN:
        # What does not exist is nobody's own: then the other operation decides.
        return "kept out" if None not in relations else None
    names_a_thing = "{" in endpoint.path and endpoint.name not in ABOUT_NO_THING
    return "let at what is not theirs" if names_a_thing and Relation.ANY not in allowed and status < 300 else None


def _told(answer: httpx.Response) -> str:
    faults = answer.json().get("errors", []) if _code(answer) else []
    return " ".join([_code(answer), *(f"{fault['pointer']} {fault['code']}" for fault in faults)])


def _code(answer: httpx.Response) -> str:
    if answer.status_code < 400 or "json" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json().get("code", ""))


FORBIDDEN, NOT_FOUND = 403, 404
CHANGES_WHO_ONE_IS = ("register-organisation", "redeem-invitation", "bind-machine")
"""Asked last: whoever registers an organisation has a role more afterwards."""
BESIDES = frozenset(("read-unverified-organisation", "handle-escalated-request"))
"""They let somebody see more of what others see, too."""
EMPTY_LISTS: tuple[str, ...] = ()
"""Lists that are empty for whoever may see nothing in them, instead of forbidden."""
ABOUT_NO_THING: tuple[str, ...] = ("responsibilities", "get-coverage")
"""Their path names a district, which lies in the caller's reach."""
