"""Associations, their machines, and the files that these send, for tests."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.registry.rules.import_rows import COLUMNS
from tests.integration.registry.platform import Person, Registry


@dataclass
class Association:
    """A verified organisation whose admin adds machines."""

    registry: Registry
    admin: Person
    organisation_id: str
    state_admin: Person

    @property
    def path(self) -> str:
        return f"/organisations/{self.organisation_id}"

    async def machines_post(self, body: dict[str, Any]) -> httpx.Response:
        return await self.registry.post(f"{self.path}/machines", self.admin, body)

    async def add_machine(self, source: str) -> dict[str, Any]:
        answer = await self.machines_post({"name": "Demo-CRM", "source": source})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def code(self, machine: dict[str, Any]) -> str:
        answer = await self.registry.post(f"{self.path}/machines/{machine['machine_id']}/code", self.admin)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["code"])

    async def machine(self, source: str) -> Person:
        """A machine that is bound and may exchange data."""
        code = await self.code(await self.add_machine(source))
        person = self.registry.staff(f"machine-of-{source}")
        answer = await self.registry.post("/machines/binding", person, {"code": code})
        assert answer.status_code == 200, answer.text
        return Person(person.token, UUID(answer.json()["subject_id"]))


async def association(registry: Registry, name: str = "association") -> Association:
    """A verified welfare association in Celle."""
    state_admin = await registry.state_admin()
    admin = registry.staff(f"admin-of-{name}")
    found = await registry.organisation(admin, verified_by=state_admin, name=f"Demo-Verband {name}")
    return Association(registry, admin, found["organisation_id"], state_admin)


async def privacy_officer(registry: Registry) -> Person:
    """Somebody who answers requests of persons."""
    state_admin = await registry.state_admin()
    authority = await registry.organisation(registry.staff("a"), kind="state_authority", verified_by=state_admin)
    await registry.invite(state_admin, authority, "privacy_officer")
    officer = registry.staff("officer")
    await registry.redeem(officer)
    return officer


async def erasure_recorded(registry: Registry, officer: Person, subject_id: UUID) -> None:
    """Somebody asked by letter to be erased."""
    told = {"kind": "erasure", "subject_id": str(subject_id), "identity_established": "document_seen"}
    told |= {"received_on": registry.clock.today().isoformat()}
    answer = await registry.post("/person-requests/recorded", officer, told)
    assert answer.status_code == 201, answer.text


def volunteer_row(number: int) -> dict[str, Any]:
    """What an association tells of one of its volunteers."""
    return {
        "external_id": f"P-{number:06}",
        "name": f"Demo Mensch {number}",
        "mail": f"demo.{number}@example.org",
        "language": "de",
        "postal_code": "29221",
        "district": "03351",
        "languages": [{"language": "de", "level": "native"}, {"language": "uk", "level": "B1"}],
        "wishes": ["homework"],
        "skills": ["cooking"],
        "availability": [{"day": "tuesday", "part": "afternoon"}],
        "reach_km": 15,
        "travel": ["bicycle"],
        "birth_date": "1990-05-17",
        "consent": {
            "purpose": "processing",
            "text_version": "2025-11",
            "given_at": "2025-11-03T10:00:00+01:00",
            "channel": "paper",
            "reference": f"Ordner {number // 100}, Blatt {number % 100}",
        },
    }


def ndjson(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A file with an object per line."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def csv_of(rows: Sequence[Mapping[str, Any]], kind: str = "volunteers") -> bytes:
    """The same as a table, as a spreadsheet in Germany writes it."""
    columns = sorted(COLUMNS[kind])  # type: ignore[index]
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(columns)
    table.writerows([_cell(row, column) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _cell(row: Mapping[str, Any], column: str) -> str:
    value: Any = row
    for step in column.split("."):
        value = value.get(step, "")
    if isinstance(value, list):
        return "|".join(":".join(entry.values()) if isinstance(entry, dict) else entry for entry in value)
    return str(value)


async def send_file(
    registry: Registry,
    person: Person,
    kind: str,
    content: bytes | AsyncIterator[bytes],
    content_type: str = "application/x-ndjson",
    *,
    source: str = "crm",
    key: str | None = None,
    **parameters: str,
) -> httpx.Response:
    """Send a file to be worked through."""
    return await registry.client.post(
        "/imports",
        params={"source": source, "kind": kind, **parameters},
        content=content,
        headers={**person.headers, "Content-Type": content_type, "Idempotency-Key": key or str(uuid4())},
    )


async def work_through(registry: Registry) -> int:
    """What the worker does with files that wait; how many rows."""
    return await registry.let_timer_run("work-through-imports")


async def imported(
    registry: Registry,
    person: Person,
    kind: str,
    content: bytes,
    content_type: str = "application/x-ndjson",
    **how: str,
) -> dict[str, Any]:
    """Send a file and let it be worked through; how the import ended."""
    answer = await send_file(registry, person, kind, content, content_type, **how)
    assert answer.status_code == 202, answer.text
    await work_through(registry)
    return dict((await registry.get(answer.headers["location"], person)).json())


async def rows_of(
    registry: Registry, person: Person, found: Mapping[str, Any], **narrowed: Any
) -> list[dict[str, Any]]:
    """The whole report of an import, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await registry.get(f"/imports/{found['import_id']}/rows", person, **narrowed, **cursor)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        if answer.json()["next"] is None:
            return rows
        cursor = {"cursor": answer.json()["next"]}
