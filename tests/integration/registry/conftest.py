"""The registry's HTTP application on a real Postgres, with places loaded and a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import orjson
import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI

from services.registry.app import build_api
from services.registry.loading import load_bundled
from services.registry.settings import RegistrySettings
from shared.access.keys import SigningKey, jwks_document, load_signing_key, new_signing_key
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind, Mode
from tests.integration.registry.platform import Registry
from tests.support.platform import PlatformDatabase
from tests.support.served import AUDIENCE, STAFF_ISSUER, VOLUNTEER_ISSUER, emptied

SHIPPED = ("alembic_version", "contact_topics", "change_feed", "districts", "places", "relay", "rate_limit_salts")
"""Tables that a test finds filled: what the migrations and `load-places` put there."""


@pytest.fixture(scope="session")
def registry_schema(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka("registry")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files: the registry's private key, and the public keys of each issuer."""
    folder = tmp_path_factory.mktemp("keys")
    pem = folder / "registry.pem"
    own = new_signing_key()
    pem.write_bytes(own.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    jwks = folder / "registry.jwks.json"
    jwks.write_bytes(orjson.dumps(jwks_document(load_signing_key(pem, Mode.TEST))))
    return {"registry": pem, "registry-jwks": jwks}


@pytest.fixture(scope="session")
def staff_key() -> SigningKey:
    return new_signing_key()


@pytest.fixture(scope="session")
def link_key() -> SigningKey:
    return new_signing_key()


@pytest.fixture(scope="session")
def registry_settings(
    registry_schema: PlatformDatabase,
    keys: dict[str, Path],
    staff_key: SigningKey,
    link_key: SigningKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> RegistrySettings:
    folder = tmp_path_factory.mktemp("jwks")
    staff, links = folder / "staff.json", folder / "links.json"
    staff.write_bytes(orjson.dumps(jwks_document(staff_key)))
    links.write_bytes(orjson.dumps(jwks_document(link_key)))
    return registry_schema.settings(
        "registry",
        RegistrySettings,
        signing_key_file=keys["registry"],
        link_jwks=str(links),
        suppression_key="a key of the tests, of no worth at all",
        issuers=(
            Issuer(issuer=STAFF_ISSUER, audience=AUDIENCE, jwks=str(staff), kind=IssuerKind.STAFF),
            Issuer(
                issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, jwks=str(keys["registry-jwks"]), kind=IssuerKind.VOLUNTEER
            ),
        ),
    )


@pytest.fixture(scope="session")
async def places_loaded(registry_settings: RegistrySettings) -> None:
    database = await Database.connect(registry_settings, SettableClock(), "registry")
    await load_bundled(database)
    await database.close()


@pytest.fixture(scope="session")
def registry_app(registry_settings: RegistrySettings) -> tuple[FastAPI, SettableClock]:
    """The application, made once: with its many routes that takes longer than most tests."""
    clock = SettableClock()
    return build_api(registry_settings, clock), clock


@pytest.fixture
async def registry(
    registry_schema: PlatformDatabase,
    registry_settings: RegistrySettings,
    staff_key: SigningKey,
    link_key: SigningKey,
    places_loaded: None,
    registry_app: tuple[FastAPI, SettableClock],
) -> AsyncIterator[Registry]:
    emptied(registry_schema, "registry", SHIPPED)
    with psycopg.connect(registry_schema.owner_dsn("registry"), autocommit=True) as owner:
        owner.execute("INSERT INTO registry.audit_chain DEFAULT VALUES")
    app, clock = registry_app
    clock.instant = SettableClock().instant
    database = await Database.connect(registry_settings, clock, "registry")
    app.state.tandem.use(database)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
        yield Registry(database, client, clock, registry_settings, staff_key, link_key)
    await database.close()
