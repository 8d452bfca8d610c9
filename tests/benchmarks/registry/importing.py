"""Files of an association, taken over with their events: rows a second, and the processor's time that a row takes.

Rows a second depend on what else the machine does meanwhile. So the same rows are copied bare in the same minutes, and the
processor's time is told, of our process and of the database's: these two a later run can be compared with.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg

from shared.runtime.commands import settle_memory
from tests.benchmarks.registry import processor
from tests.benchmarks.registry.application import Application, Keys, application
from tests.benchmarks.registry.measuring import Registry, drain, looked_into
from tests.benchmarks.registry.people import TEXT
from tests.benchmarks.registry.population import FIRST_NAMES, surname
from tests.benchmarks.report import Result, against

VOLUNTEERS, STAFF = 10_000, 1_500
"""Rows of a file: of volunteers, and of what a source system has fewer of (an organisation publishes 2,000 contacts)."""
SECONDS_AT_MOST = 10.0
"""A file of these that takes longer is the last of its kind."""
EVENTS_OF_A_VOLUNTEER = 4
ROWS_PER_SECOND = 2_000
AFTERWARDS = ("find-own-contacts", "find-duplicates")
Connection = asyncpg.Connection


@dataclass
class _Spent:
    """What the files of one kind took, one entry for each."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Source:
    """Somebody who sends files, and what they tell."""

    name: str
    subject: str
    district: str
    postal_codes: list[str]

    def rows(self, kind: str, file: str, rows: int) -> bytes:
        """A file of new rows."""
        dice = Random(file)
        told = (_TOLD[kind](self, dice, f"{file}-{number}") for number in range(rows))
        return b"".join(json.dumps(row).encode() + b"\n" for row in told)


async def imports(registry: Registry, keys: Keys, rounds: int) -> list[Result]:
    """Files of every kind; and what follows from those of volunteers."""
    lenient = {"imported_invitations_per_day": 10**6, "imported_volunteers_per_day": 10**7}
    async with (
        application(registry.database, keys, kept=True, **lenient) as opened,
        looked_into(registry) as connection,
    ):
        sources = await _sources(connection, rounds)
        settle_memory()
        results = [against("the same rows and events, copied bare", "rows/s", await _bare(connection, rounds), None)]
        for kind in _TOLD:
            rows = VOLUNTEERS if kind == "volunteers" else STAFF
            spent = _Spent()
            # None may publish as many contacts as several files have: each is of another organisation.
            for number, source in enumerate(sources if kind == "contacts" else sources[:1] * rounds):
                content = source.rows(kind, f"{uuid4().hex[:8]}-{number}", rows)
                await _sent(opened, connection, source, kind, content, rows, spent)
                if kind != "volunteers" and rows / spent.rates[-1] > SECONDS_AT_MOST:
                    break
            results += [
                against(f"import of {kind}, file received and taken over", "rows/s", spent.rates, ROWS_PER_SECOND),
                against(f"import of {kind}, processor's time", "µs/row", spent.processor, 1e6 / ROWS_PER_SECOND),
                against(f"import of {kind}, events of one file", "events", spent.events, rows),
            ]
            if kind == "volunteers":
                results += [await _timed(opened, name) for name in AFTERWARDS]
        return results


async def _sources(connection: "Connection", count: int) -> list[_Source]:
    """So many, each of another organisation; fewer in a small registry."""
    found = await connection.fetch(
        "SELECT DISTINCT ON (organisation_id) m.source, s.subject, o.districts[1] AS district FROM machines AS m "
        "JOIN members AS s USING (subject_id) JOIN organisations AS o USING (organisation_id) "
        "WHERE o.status = 'verified' ORDER BY organisation_id LIMIT $1",
        count,
    )
    assert found
    places = await connection.fetch(
        "SELECT postal_code FROM places WHERE cardinality(districts) = 1 ORDER BY postal_code"
    )
    postal_codes = [row["postal_code"] for row in places]
    return [_Source(row["source"], row["subject"], row["district"], postal_codes) for row in found]


async def _sent(
    opened: Application, connection: "Connection", source: _Source, kind: str, content: bytes, rows: int, spent: _Spent
) -> None:
    before = await connection.fetchval("SELECT count(*) FROM outbox")
    processor_before, begun = await processor.spent(connection), time.perf_counter()
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/x-ndjson"}
    answer = await opened.client.post(
        f"/imports?source={source.name}&kind={kind}",
        content=content,
        headers={**headers, **opened.staff(source.subject)},
    )
    assert answer.is_success, answer.text
    await drain(opened, "work-through-imports")
    spent.rates.append(rows / (time.perf_counter() - begun))
    seconds = processor.between(processor_before, await processor.spent(connection))
    spent.processor.append(1e6 * seconds / rows)
    spent.events.append(float(await connection.fetchval("SELECT count(*) FROM outbox") - before))
    report = await opened.client.get(answer.headers["Location"], headers=opened.staff(source.subject))
    assert report.json()["created"] == rows, report.text


async def _bare(connection: "Connection", rounds: int) -> list[float]:
    """A row of a volunteer's size and its events, copied into tables without indexes: nothing can be faster here."""
    row, event = "x" * 1_000, "x" * 1_100
    rates = []
    await connection.execute("CREATE TEMP TABLE bare_rows (told text); CREATE TEMP TABLE bare_events (told text)")
    for _ in range(rounds):
        begun = time.perf_counter()
        async with connection.transaction():
            await connection.copy_records_to_table("bare_rows", records=[(row,)] * VOLUNTEERS)
            events = [(event,)] * (EVENTS_OF_A_VOLUNTEER * VOLUNTEERS)
            await connection.copy_records_to_table("bare_events", records=events)
        rates.append(VOLUNTEERS / (time.perf_counter() - begun))
    await connection.execute("DROP TABLE bare_rows, bare_events")
    return rates


async def _timed(opened: Application, timer_name: str) -> Result:
    begun = time.perf_counter()
    done = await drain(opened, timer_name)
    rate = done / (time.perf_counter() - begun)
    return against(f"after the import, timer {timer_name}", "volunteers/s", [rate], None)


def _volunteer(source: _Source, dice: Random, external_id: str) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "name": f"{dice.choice(FIRST_NAMES)} {surname(dice)} (Demo)",
        "mail": f"bench.{external_id}@example.org",
        "postal_code": dice.choice(source.postal_codes),
        "languages": [{"language": "de", "level": "native"}, {"language": "uk", "level": "B1"}],
        "wishes": ["homework"],
        "skills": ["cooking"],
        "availability": [{"day": "tuesday", "part": "afternoon"}],
        "travel": ["bicycle"],
        "birth_date": f"{dice.randint(1950, 2005)}-05-17",
        "consent": {
            "purpose": "processing",
            "text_version": TEXT,
            "given_at": "2026-11-01T10:00:00Z",
            "channel": "paper",
            "reference": f"Ordner {external_id}",
        },
    }


def _organisation(source: _Source, _dice: Random, external_id: str) -> dict[str, Any]:
    name = f"Ortsverein {external_id} (Demo)"
    return {"external_id": external_id, "name": name, "kind": "initiative", "districts": [source.district]}


def _member(source: _Source, dice: Random, external_id: str) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "name": f"{dice.choice(FIRST_NAMES)} {surname(dice)} (Demo)",
        "mail": f"bench.{external_id}@example.org",
        "role": "coordinator",
        "districts": [source.district],
    }


def _contact(source: _Source, dice: Random, external_id: str) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "district": source.district,
        "topic": "housing",
        "languages": ["de", "uk"],
        "name": f"{dice.choice(FIRST_NAMES)} {surname(dice)} (Demo)",
        "mail": f"bench.{external_id}@example.org",
        "office_hours": [{"day": "monday", "start": "09:00", "end": "12:00"}],
    }


_TOLD: Mapping[str, Callable[[_Source, Random, str], dict[str, Any]]] = {
    "volunteers": _volunteer,
    "members": _member,
    "contacts": _contact,
    "organisations": _organisation,
}
