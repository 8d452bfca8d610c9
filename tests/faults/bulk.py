"""An association whose own system tells of many volunteers at once, again and again: most events of a long run.

Every file says something new of everybody in it, so each acknowledged file makes exactly one version more of each profile
and of each address; the name and the reach of a person say which file was the last.
"""

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from deploy.local.journey.people import Person
from tests.faults.checker.log import LogFacts
from tests.faults.journal import Journal, Outcome
from tests.support.waiting import eventually
from tests.system.ledger.persistence import Persistence
from tests.system.platform import RunningPlatform

FILES = 2
"""So many files are under way at a time, each about people of its own."""
EVENTS_OF_A_ROW = 2
"""The profile and the address."""
SOURCE = "demo_crm"
PATIENCE = 300.0
POSTAL_CODE, DISTRICT = "26548", "03452"
"""Norderney: an island, so that no offer of the run is near."""


SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvwz" for vowel in "aeiou"]


@dataclass
class Association:
    """`size`: people in each of `FILES` files. `turns`: per file how often everybody in it was told of.

    `events_per_second`: no more than these, where the platform would bear more.
    """

    calls: Persistence
    journal: Journal
    admin: Person
    organisation_id: str
    size: int
    events_per_second: float
    turns: list[int] = field(default_factory=lambda: [0] * FILES)
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        """Of how many people it has told."""
        return sum(self.size for turn in self.turns if turn)

    def ids(self, platform: RunningPlatform) -> list[str]:
        """Of whom it has told."""
        query = "SELECT id::text FROM registry.external_ids WHERE source = %s"
        return [row["id"] for row in platform.rows(query, SOURCE)]

    async def begin(self) -> None:
        """The association names its system, and tells of everybody for the first time: each gets a mail about it."""
        path = f"/organisations/{self.organisation_id}/machines"
        answer = await self.calls.call(self.admin, "registry", "POST", path, {"name": "Demo-CRM", "source": SOURCE})
        assert answer.status == httpx.codes.CREATED, answer
        for number in range(FILES):
            await self._tell(number, 1)

    async def act_until(self, over: asyncio.Event) -> None:
        """File after file until it is over; what was begun is waited for."""
        async with asyncio.TaskGroup() as group:
            for number in range(FILES):
                group.create_task(self._tell_again_and_again(number, over))

    async def _tell_again_and_again(self, number: int, over: asyncio.Event) -> None:
        while not over.is_set():
            begun = time.monotonic()
            await self._tell(number, self.turns[number] + 1)
            pause = EVENTS_OF_A_ROW * self.size * FILES / self.events_per_second - (time.monotonic() - begun)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), max(pause, 0.001))

    async def _tell(self, number: int, turn: int) -> None:
        rows = [_row(number, person, turn) for person in range(self.size)]
        sent = await self.calls.call(
            self.admin,
            "registry",
            "POST",
            f"/imports?source={SOURCE}&kind=volunteers",
            content=b"\n".join(orjson.dumps(row) for row in rows),
            content_type="application/x-ndjson",
        )
        assert sent.status == httpx.codes.ACCEPTED, sent
        self.turns[number] = turn
        path, told = f"/imports/{sent.json['import_id']}", dict[str, Any]()

        async def is_done() -> bool:
            told.update((await self.calls.call(self.admin, "registry", "GET", path)).json)
            return told["status"] not in ("receiving", "waiting")

        await eventually(is_done, PATIENCE, every=0.5)
        outcome = Outcome.ACKNOWLEDGED if told["status"] == "completed" else Outcome.REFUSED
        self.journal.operation("file", outcome, number=number, turn=turn, rows=self.size, import_id=told["import_id"])
        written = told["created"] if turn == 1 else told["updated"]
        if written != self.size or told["rows"] != self.size:
            self.wrong.append(f"file {number}, turn {turn}: {told}")
        self.acknowledged += written

    def differences(self, platform: RunningPlatform, facts: LogFacts) -> list[str]:
        """Whoever is not there as the last acknowledged file told, or more or fewer versions than files."""
        found = list(self.wrong)
        rows = platform.rows(
            "SELECT l.external_id, v.volunteer_id::text AS id, v.version, v.reach_km, c.version AS contact_version, c.name"
            " FROM registry.external_ids l JOIN registry.volunteers v ON v.volunteer_id = l.id"
            " JOIN registry.volunteer_contacts c USING (volunteer_id) WHERE l.source = %s",
            SOURCE,
        )
        held = {row["external_id"]: row for row in rows}
        expected = {
            _external_id(number, person): (turn, _row(number, person, turn))
            for number, turn in enumerate(self.turns)
            for person in range(self.size)
            if turn
        }
        found += [f"{each}: told of by nobody" for each in held.keys() - expected.keys()]
        for identifier, (turn, told) in expected.items():
            row = held.get(identifier)
            if row is None:
                found.append(f"{identifier}: not there after {turn} files")
                continue
            there = (row["version"], row["contact_version"], row["reach_km"], row["name"])
            if there != (turn, turn, told["reach_km"], told["name"]):
                found.append(f"{identifier}: {there} after {turn} files")
            for topic in ("registry.volunteers", "registry.volunteer-contacts"):
                if facts.versions(topic, row["id"]) != (1, turn):
                    found.append(f"{topic} {row['id']}: versions {facts.versions(topic, row['id'])}, told {turn} times")
        return found


def _external_id(number: int, person: int) -> str:
    return f"P-{number}-{person:06}"


def _invented(number: int, person: int) -> str:
    """A name unlike everybody else's: those that sound alike would be shown to staff as duplicates."""
    chance = random.Random(f"{number} {person}")
    first, last = ("".join(chance.choices(SYLLABLES, k=k)) for k in (3, 4))
    return f"{first.title()} {last.title()}"


def _row(number: int, person: int, turn: int) -> dict[str, Any]:
    return {
        "external_id": _external_id(number, person),
        "name": f"{_invented(number, person)} {'ivxlcdm'[turn % 7]}{turn}",
        "mail": f"demo.{number}.{person}@example.org",
        "language": "de",
        "postal_code": POSTAL_CODE,
        "district": DISTRICT,
        "languages": [{"language": "de", "level": "native"}],
        "wishes": ["homework"],
        "skills": [],
        "availability": [{"day": "tuesday", "part": "afternoon"}],
        "reach_km": 5 + turn % 50,
        "travel": ["bicycle"],
        "birth_date": "1990-05-17",
        "consent": {
            "purpose": "processing",
            "text_version": "2026-01",
            "given_at": "2026-01-03T10:00:00+01:00",
            "channel": "paper",
            "reference": f"Ordner {number}, Blatt {person}",
        },
    }
