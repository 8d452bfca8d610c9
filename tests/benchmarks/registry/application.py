"""The registry's HTTP application over a generated registry, in this process, with tokens for everybody in it.

Every transaction is undone when its request is over: so the same request can be made again and again, a registry that took
minutes to fill stays as it is, and what is measured does not wait for a disk.
"""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, cast
from unittest.mock import patch
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.registry import api
from services.registry.app import build_api
from services.registry.settings import RegistrySettings
from shared.access.keys import SigningKey, jwks_document, load_signing_key, new_signing_key
from shared.access.signed_links import mint_link
from shared.access.tokens import mint_access_token, sign
from shared.http.rate_limits import Limit
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from shared.runtime.settings import Issuer, IssuerKind, Mode
from tests.benchmarks.registry.plans import NOW
from tests.benchmarks.registry.staff import ISSUER
from tests.support.platform import PlatformDatabase

AUDIENCE, VOLUNTEER_ISSUER = "tandem", "urn:tandem:registry"


class TriedOut(Database):
    """A database on which every use case is only tried out, to the last event."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """BEGIN … ROLLBACK, with everything that belongs before a commit."""
        async with self.pool.acquire() as lent:
            connection = cast("asyncpg.Connection[Any]", lent)
            transaction = connection.transaction()
            await transaction.start()
            try:
                tx = Transaction(connection, self.clock.now(), f"urn:tandem:{self.service}")
                yield tx
                await tx.flush()
            finally:
                await transaction.rollback()


@dataclass
class Keys:
    """What signs tokens and mailed links, in files of one folder."""

    folder: Path
    staff: SigningKey = field(default_factory=new_signing_key)
    links: SigningKey = field(default_factory=new_signing_key)

    def __post_init__(self) -> None:
        own = new_signing_key()
        self.pem = self.folder / "registry.pem"
        self.pem.write_bytes(own.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.own = load_signing_key(self.pem, Mode.TEST)
        for name, key in (("staff", self.staff), ("links", self.links), ("own", self.own)):
            (self.folder / f"{name}.jwks.json").write_bytes(orjson.dumps(jwks_document(key)))

    def settings(self, database: PlatformDatabase, **changed: Any) -> RegistrySettings:
        """Settings of a process that trusts these keys."""
        staff, volunteers = (str(self.folder / f"{name}.jwks.json") for name in ("staff", "own"))
        return database.settings(
            "registry",
            RegistrySettings,
            signing_key_file=self.pem,
            link_jwks=str(self.folder / "links.jwks.json"),
            suppression_key="a key of the benchmarks, of no worth at all",
            issuers=(
                Issuer(issuer=ISSUER, audience=AUDIENCE, jwks=staff, kind=IssuerKind.STAFF),
                Issuer(issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, jwks=volunteers, kind=IssuerKind.VOLUNTEER),
            ),
            **changed,
        )


@dataclass(frozen=True)
class Application:
    """One running application and its client."""

    client: httpx.AsyncClient
    database: Database
    settings: RegistrySettings
    keys: Keys

    def staff(self, subject: str) -> Mapping[str, str]:
        """Headers of somebody who signed in at the operator's provider."""
        at = int(NOW.timestamp())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": at, "exp": at + 24 * 3600}
        return {"Authorization": f"Bearer {sign(self.keys.staff, claims)}"}

    def volunteer(self, volunteer_id: UUID) -> Mapping[str, str]:
        """Headers of a volunteer."""
        token = mint_access_token(
            self.keys.own, issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, subject_id=volunteer_id, now=NOW
        )
        return {"Authorization": f"Bearer {token}"}

    def link(self, purpose: str, subject_id: UUID, resource: UUID | None) -> str:
        """The secret of a mailed link."""
        return mint_link(
            self.keys.links,
            audience="registry",
            purpose=purpose,
            subject_id=subject_id,
            resource=resource or uuid4(),
            lifetime=timedelta(days=1),
            now=NOW,
        )


def limits() -> set[str]:
    """The names of the registry's rate limits: here one client makes the requests of thousands."""
    found = (vars(import_module(f"services.registry.api.{module.name}")) for module in iter_modules(api.__path__))
    return {each.name for names in found for each in names.values() if isinstance(each, Limit)}


@asynccontextmanager
async def application(
    database: PlatformDatabase, keys: Keys, *, kept: bool = False, **changed: Any
) -> AsyncIterator[Application]:
    """The application over a database; `kept`: what it does is committed; `changed` settings by name."""
    # Uses of a rate limit count for good, whatever becomes of the request; nobody waits for the disk because of them.
    lenient = {} if kept else {"postgres_dsn": f"{database.runtime_dsn('registry')}?synchronous_commit=off"}
    settings, clock = keys.settings(database, **lenient, **changed), SettableClock(NOW)
    out_of_the_way = json.dumps({name: {"count": 10**9, "seconds": 3600} for name in limits()})
    opened = await (Database if kept else TriedOut).connect(settings, clock, "registry")
    try:
        with patch.dict(os.environ, {"TANDEM_RATE_LIMITS": out_of_the_way}):
            transport = httpx.ASGITransport(build_api(settings, clock, opened))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test", timeout=60) as client:
            yield Application(client, opened, settings, keys)
    finally:
        await opened.close()
