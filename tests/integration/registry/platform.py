"""The registry as its users meet it, for tests: people who sign in, mails that arrive, time that passes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.registry.app import build_worker
from services.registry.handlers.organisations import appoint_state_admin
from services.registry.settings import RegistrySettings
from shared.access.identity import Identity
from shared.access.keys import SigningKey
from shared.access.signed_links import mint_link
from shared.contracts.base import EventData
from shared.contracts.privacy import ErasedHere
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.ids import new_id
from shared.runtime.service import WorkerParts
from shared.runtime.settings import IssuerKind
from shared.telemetry.metrics import Metrics
from tests.support.served import STAFF_ISSUER, heard, issued_by, run_timer, take_in

CELLE, GIFHORN = "03351", "03151"

REGISTRATION: dict[str, Any] = {
    "name": "Demo Mensch",
    "mail": "demo.mensch@example.org",
    "language": "de",
    "postal_code": "29221",
    "languages": [{"language": "de", "level": "native"}, {"language": "uk", "level": "B1"}],
    "wishes": ["homework"],
    "skills": ["cooking"],
    "availability": [{"day": "tuesday", "part": "afternoon"}],
    "travel": ["bicycle"],
    "birth_date": "1990-05-17",
    "consent": True,
    "consent_text_version": "2026-01",
}


@dataclass(frozen=True)
class Announced:
    """One record of the outbox. No data: a tombstone."""

    topic: str
    type: str
    key: str
    data: dict[str, Any] | None


@dataclass(frozen=True)
class Person:
    """Somebody who holds an access token."""

    token: str
    subject_id: UUID | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Registry:
    """HTTP, outbox, timers and reactions of one registry."""

    database: Database
    client: httpx.AsyncClient
    clock: SettableClock
    settings: RegistrySettings
    staff_key: SigningKey
    link_key: SigningKey
    _heard: int = 0

    async def value(self, sql: str, *arguments: object) -> Any:
        async with self.database.reading() as connection:
            return await connection.fetchval(sql, *arguments)

    def staff(self, subject: str) -> Person:
        """Somebody who signed in with the operator's identity provider."""
        return Person(issued_by(self.staff_key, STAFF_ISSUER, subject, self.clock.now()))

    async def state_admin(self) -> Person:
        """The state_admin of the state authority."""
        identity = Identity(STAFF_ISSUER, "state-admin", IssuerKind.STAFF)
        async with self.database.transaction() as tx:
            subject_id = await appoint_state_admin(
                tx, identity, authority="Land (Demo)", name="Demo", mail="land@example.org", language="de"
            )
        return Person(self.staff("state-admin").token, subject_id)

    async def send(
        self,
        method: str,
        path: str,
        person: Person | None = None,
        body: object = None,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = dict(person.headers) if person else {}
        if method == "POST":
            headers |= {"Idempotency-Key": key or str(uuid4())}
        if version is not None:
            headers |= {"If-Match": f'"{version}"'}
        return await self.client.request(method, path, json=body, headers=headers)

    async def post(self, path: str, person: Person | None = None, body: object = None, **how: Any) -> httpx.Response:
        return await self.send("POST", path, person, body, **how)

    async def get(self, path: str, person: Person | None = None, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters or None, headers=person.headers if person else {})

    def link(
        self,
        purpose: str,
        subject_id: UUID | str,
        resource: UUID | str | None = None,
        *,
        key: SigningKey | None = None,
        lifetime: timedelta = timedelta(days=1),
    ) -> str:
        """The secret that notifications would mail."""
        return mint_link(
            key or self.link_key,
            audience="registry",
            purpose=purpose,
            subject_id=UUID(str(subject_id)),
            resource=UUID(str(resource)) if resource else new_id(),
            lifetime=lifetime,
            now=self.clock.now(),
        )

    async def announced(self, *types: str) -> list[Announced]:
        """What waits in the outbox, in order: of these types, or all."""
        looks = [f'%"{type_}"%' for type_ in types] or ["%"]
        async with self.database.reading() as connection:
            rows = await connection.fetch(
                "SELECT topic, key, headers, value FROM outbox WHERE headers::text LIKE ANY ($1) ORDER BY position",
                looks,
            )
        found = [
            Announced(
                row["topic"],
                dict(json.loads(row["headers"]))["ce_type"],
                row["key"],
                None if row["value"] is None else json.loads(row["value"]),
            )
            for row in rows
        ]
        return [each for each in found if not types or each.type in types]

    async def last(self, type_: str) -> dict[str, Any]:
        """The data of the last event of a type."""
        found = await self.announced(type_)
        assert found, f"no {type_} was announced"
        assert found[-1].data is not None
        return found[-1].data

    async def register(self, **changes: Any) -> UUID:
        """A registration that waits for its confirmation."""
        before = len(await self.announced("confirmation-requested"))
        answer = await self.post("/volunteers", None, REGISTRATION | changes)
        assert answer.status_code == 202, answer.text
        asked = await self.announced("confirmation-requested")
        assert len(asked) == before + 1
        return UUID(asked[-1].key)

    async def volunteer(self, **changes: Any) -> tuple[Person, dict[str, Any]]:
        """A confirmed volunteer, and the tokens that the confirmation answered."""
        volunteer_id = await self.register(**changes)
        answer = await self.post("/volunteers/confirmation", None, {"token": self.link("confirmation", volunteer_id)})
        assert answer.status_code == 200, answer.text
        return Person(answer.json()["access_token"], volunteer_id), dict(answer.json())

    async def organisation(self, admin: Person, *, verified_by: Person | None = None, **changes: Any) -> dict[str, Any]:
        """An organisation; verified when somebody is named who does it."""
        body = {
            "name": "Demo-Verein Celle",
            "kind": "welfare_association",
            "districts": [CELLE],
            "contact_name": "Demo Verwaltung",
            "contact_mail": "verein@example.org",
        }
        answer = await self.post("/organisations", admin, body | changes)
        assert answer.status_code == 201, answer.text
        found = dict(answer.json())
        if verified_by is not None:
            path = f"/organisations/{found['organisation_id']}/verification"
            answer = await self.post(path, verified_by, version=1)
            assert answer.status_code == 200, answer.text
            found = dict(answer.json())
        return found

    async def invite(
        self, by: Person, organisation: dict[str, Any], role: str, districts: Sequence[str] = ()
    ) -> httpx.Response:
        body = {"name": "Demo Mitglied", "mail": "mitglied@example.org", "role": role, "districts": list(districts)}
        return await self.post(f"/organisations/{organisation['organisation_id']}/members", by, body)

    async def invitation_link(self) -> str:
        """The secret of the last invitation."""
        asked = await self.last("invitation-requested")
        return self.link("invitation", asked["subject_id"], asked["invitation_id"])

    async def redeem(self, person: Person, token: str | None = None, **how: Any) -> httpx.Response:
        """Redeem the last invitation, with a mail of its own unless `token` is given."""
        token = token or await self.invitation_link()
        return await self.post("/invitations/redemption", person, {"token": token}, **how)

    async def let_timer_run(self, name: str) -> int:
        """Run a timer's steps until nothing is left to do; how much it did."""
        return await run_timer(self.database, self._parts(), name)

    async def hear(self, *events: EventData) -> None:
        """Take in events as from Kafka, all in one batch."""
        self._heard += len(events)
        first = self._heard - len(events) + 1
        records = [heard(event, self.clock.now(), first + place) for place, event in enumerate(events)]
        await take_in(self.database, self.settings, self._parts(), records)
        assert await self.value("SELECT count(*) FROM dead_letters") == 0

    def _parts(self) -> WorkerParts:
        return build_worker(self.settings, self.database, self.clock, Metrics())

    async def hear_erased_here(self, service: str, erasure_id: str, subject_id: UUID | None) -> None:
        """What the reaction to another service's answer does."""
        assert subject_id is not None
        (reaction,) = [each for each in self._parts().reactions if each.name == f"erased-by-{service}"]
        event = ErasedHere(
            erasure_id=UUID(erasure_id),
            subject_id=subject_id,
            service=service,
            deleted_at=self.clock.now(),
            records=3,
            log_clean_by=self.clock.today() + timedelta(days=32),
        )
        async with self.database.transaction() as tx:
            await reaction.handle(tx, event, None)  # type: ignore[arg-type]
