"""A service as its users and the other services meet it: HTTP by people who sign in, events heard as from Kafka.

The application runs in the test's own process on a real Postgres, with a clock that the test moves. Each service's tests
add what is said in its own words.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg

from shared.access.keys import SigningKey, jwks_document
from shared.access.tokens import sign
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope, write_value
from shared.contracts.privacy import ErasureRequested
from shared.messaging.intake import Intake
from shared.postgres.database import Database
from shared.runtime.clock import Clock, SettableClock
from shared.runtime.service import WorkerParts
from shared.runtime.settings import Issuer, IssuerKind, Settings
from shared.telemetry.metrics import Metrics
from tests.support.platform import PlatformDatabase

AUDIENCE = "tandem"
STAFF_ISSUER, VOLUNTEER_ISSUER = "https://sign-in.example", "urn:tandem:registry"
TEN_YEARS = 10 * 365 * 24 * 3600
SHIPPED = ("alembic_version", "relay", "rate_limit_salts")
"""Tables that the migrations fill."""

_EMPTIED = """
DO $$ DECLARE
    name text;
    used boolean;
    emptied text[] := '{{}}';
BEGIN
    -- Emptying what is empty would cost files too: ten times as long for all tables as for those that a test wrote to.
    FOR name IN
        SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL ('{shipped}'::text[])
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO used;
        IF used THEN
            emptied := emptied || quote_ident(name);
        END IF;
    END LOOP;
    IF emptied <> '{{}}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(emptied, ', ') || ' CASCADE';
    END IF;
END $$
"""
Chosen = TypeVar("Chosen", bound=Settings)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    subject_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Announced:
    """One record of the outbox. No data: a tombstone."""

    topic: str
    type: str
    key: str
    data: dict[str, Any] | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Heard:
    """A record as Kafka would hand it over."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    offset: int
    partition: int = 0


def heard(event: EventData, at: datetime, offset: int, correlation_id: str | None = None) -> Heard:
    """An event as Kafka would hand it over."""
    terms = event.contract
    envelope = Envelope(
        id=uuid4(),
        type=terms.type,
        major=terms.major,
        source="urn:tandem:test",
        time=at,
        subject=terms.key_of(event),
        correlation_id=correlation_id or str(uuid4()),
        person=terms.person_of(event),
    )
    headers = [(name, value.encode()) for name, value in envelope.headers()]
    return Heard(terms.topic_of(event), terms.key_of(event).encode(), write_value(event), headers, offset)


def issued_by(key: SigningKey, issuer: str, subject: str, now: datetime) -> str:
    """An access token that a test need not renew."""
    issued_at = int(now.timestamp())
    return sign(key, {"iss": issuer, "aud": AUDIENCE, "sub": subject, "iat": issued_at, "exp": issued_at + TEN_YEARS})


def trusting(
    schema: PlatformDatabase, service: str, settings: type[Chosen], key: SigningKey, folder: Path, **fields: Any
) -> Chosen:
    """Settings of a service that takes tokens of staff and of volunteers, both signed with `key`."""
    jwks = folder / "issuer.jwks.json"
    jwks.write_bytes(orjson.dumps(jwks_document(key)))
    issuers = tuple(
        Issuer(issuer=issuer, audience=AUDIENCE, jwks=str(jwks), kind=kind)
        for issuer, kind in ((STAFF_ISSUER, IssuerKind.STAFF), (VOLUNTEER_ISSUER, IssuerKind.VOLUNTEER))
    )
    return schema.settings(service, settings, issuers=issuers, **fields)


def emptied(schema: PlatformDatabase, service: str, shipped: Sequence[str] = SHIPPED) -> None:
    """Empty every table of a service but those that are shipped filled."""
    with psycopg.connect(schema.owner_dsn(service), autocommit=True, options=f"-csearch_path={service}") as owner:
        owner.execute(_EMPTIED.format(shipped="{" + ",".join(shipped) + "}").encode())


async def take_in(database: Database, settings: Any, parts: WorkerParts, records: Sequence[Heard]) -> None:
    """Take records in as a service's consumers do, all in one batch."""
    group = f"{database.service}.test"
    intake = Intake(group, database, settings, Metrics(), list(parts.projections), list(parts.reactions))
    await intake.take(records)


async def run_timer(database: Database, parts: WorkerParts, name: str) -> int:
    """Run a timer's steps until nothing is left to do; how much it did."""
    (timer,) = [timer for timer in parts.timers if timer.name == name]
    done = 0
    while True:
        async with database.transaction() as tx:
            step = await timer.run(tx)
        if not step:
            return done
        done += step


@dataclass
class Served:
    """One service: HTTP, outbox, timers, and what it hears."""

    database: Database
    client: httpx.AsyncClient
    clock: SettableClock
    settings: Any
    key: SigningKey
    build_worker: Callable[[Any, Database, Clock, Metrics], WorkerParts]
    _heard: int = 0
    _versions: dict[str, int] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.database.service

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.database.reading() as connection:
            await connection.execute(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        async with self.database.reading() as connection:
            return await connection.fetchval(sql, *arguments)

    async def somebody_waits_for_a_lock(self) -> bool:
        """Whether some connection of the service stands still because of another."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(await self.value(waiting))

    # People

    def staff(self, subject_id: UUID) -> Person:
        """Somebody who signs in with the operator's identity provider."""
        return Person(subject_id, issued_by(self.key, STAFF_ISSUER, str(subject_id), self.clock.now()))

    def person(self, volunteer_id: UUID) -> Person:
        """A volunteer who signs in."""
        return Person(volunteer_id, issued_by(self.key, VOLUNTEER_ISSUER, str(volunteer_id), self.clock.now()))

    # HTTP

    async def get(
        self, path: str, person: Person | None = None, *, reads: str = "de", **parameters: Any
    ) -> httpx.Response:
        headers = (person.headers if person else {}) | {"Accept-Language": reads}
        return await self.client.get(path, params=parameters or None, headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        person: Person | None,
        body: object = None,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = person.headers if person else {}
        if method == "POST":
            headers |= {"Idempotency-Key": key or str(uuid4())}
        if version is not None:
            headers |= {"If-Match": f'"{version}"'}
        return await self.client.request(method, path, json=body, headers=headers)

    async def post(self, path: str, person: Person | None, body: object = None, **how: Any) -> httpx.Response:
        return await self.send("POST", path, person, body, **how)

    async def read(self, path: str, person: Person | None = None) -> dict[str, Any]:
        """What is shown there."""
        return _told(await self.get(path, person), httpx.codes.OK)

    async def made(self, path: str, person: Person | None, body: object = None, **how: Any) -> dict[str, Any]:
        """What a POST made."""
        return _told(await self.post(path, person, body, **how), httpx.codes.CREATED)

    # Events

    async def hear(self, *events: EventData, correlation_id: str | None = None) -> None:
        """Take in events as from Kafka, all in one batch."""
        self._heard += len(events)
        first = self._heard - len(events) + 1
        records = [heard(event, self.clock.now(), first + place, correlation_id) for place, event in enumerate(events)]
        await take_in(self.database, self.settings, self._parts(), records)

    def next_version(self, key: object) -> int:
        """The next version of something whose events the test makes."""
        self._versions[str(key)] = self._versions.get(str(key), 0) + 1
        return self._versions[str(key)]

    async def announced(self, key: object = None, topic: str | None = None) -> list[Announced]:
        """What waits in the outbox, in order: about one key, or in one topic, or all."""
        async with self.database.reading() as connection:
            rows = await connection.fetch("SELECT topic, key, headers, value FROM outbox ORDER BY position")
        found = []
        for row in rows:
            headers = dict(json.loads(row["headers"]))
            data = None if row["value"] is None else json.loads(row["value"])
            found.append(Announced(row["topic"], headers["ce_type"], row["key"], data, headers))
        return [
            each for each in found if (key is None or each.key == str(key)) and (topic is None or each.topic == topic)
        ]

    async def types(self, key: object) -> list[str]:
        """The types of what was announced about one key, in order."""
        return [each.type for each in await self.announced(key)]

    async def erase(self, person: Person) -> int:
        """The registry asks for an erasure; the number of records that went."""
        await self.hear(
            ErasureRequested(erasure_id=uuid4(), subject_id=person.subject_id, requested_at=self.clock.now())
        )
        (answer,) = await self.announced(person.subject_id, f"{self.service}.privacy")
        assert answer.data is not None
        return int(answer.data["records"])

    # Time

    async def let_timer_run(self, name: str, settings: Any = None) -> int:
        """Run a timer's steps until nothing is left to do; how much it did."""
        return await run_timer(self.database, self._parts(settings), name)

    def _parts(self, settings: Any = None) -> WorkerParts:
        return self.build_worker(settings or self.settings, self.database, self.clock, Metrics())


def _told(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())
