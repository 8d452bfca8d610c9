"""Those who use the platform while it is shaken: volunteers, coordinators, a trainer. Each changes only what is theirs."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from deploy.local.journey.people import Person
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Persistence

OFFERS_AT_MOST = 8
COURSES_AT_MOST = 4
CONTESTED = 3
LANGUAGE = "so"
"""Spoken by these volunteers alone: nobody of other tests is told of these offers."""


@dataclass
class Stage:
    """What the actors share."""

    calls: Persistence
    ledger: Ledger
    organisation_id: str
    chance: random.Random
    wanted: int
    """So many acknowledgements, then all stop."""
    seconds: float
    """Over so much time at least."""

    async def act(self, actor: Callable[[], Awaitable[None]], share: float) -> None:
        """Let one actor act again and again, at its share of the common pace."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while self.ledger.acknowledged < self.wanted or loop.time() - begun < self.seconds:
            await actor()
            await asyncio.sleep(self.chance.uniform(0.2, 1.0) * self.seconds / (self.wanted * share))


class Coordinator:
    """States offers, changes them, closes some."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self._stage = stage
        self._person = person
        self._mine: list[str] = []
        self._number = 0

    async def act(self) -> None:
        """One command."""
        stage, chance = self._stage, self._stage.chance
        if not self._mine or (len(self._mine) < OFFERS_AT_MOST and chance.random() < 0.15):
            await self._state()
        elif len(self._mine) > 2 and chance.random() < 0.08:
            await self._close(self._mine.pop(0))
        else:
            identifier = chance.choice(self._mine)
            body = {"title": self._title(), "places": chance.randint(2, 5), "urgency": chance.randint(1, 5)}
            known = stage.ledger.offers[identifier]
            changed = await stage.calls.change(
                self._person, "matching", f"/offers/{identifier}", body, known["version"]
            )
            if changed is not None:
                stage.ledger.offer(changed)

    async def _state(self) -> None:
        body = {
            "organisation_id": self._stage.organisation_id,
            "title": self._title(),
            "topic": "homework",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 2,
            "languages_required": [LANGUAGE],
        }
        answer = await self._stage.calls.call(self._person, "matching", "POST", "/offers", body)
        assert answer.status == 201, answer
        self._stage.ledger.offer(answer.json)
        self._mine.append(answer.json["offer_id"])

    async def _close(self, identifier: str) -> None:
        version = self._stage.ledger.offers[identifier]["version"]
        path = f"/offers/{identifier}/closure"
        answer = await self._stage.calls.call(self._person, "matching", "POST", path, version=version)
        assert answer.status == 200, answer
        self._stage.ledger.offer(answer.json)

    def _title(self) -> str:
        self._number += 1
        return f"Angebot {self._number} (Demo)"


class Trainer:
    """Publishes courses and changes them."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self._stage = stage
        self._person = person
        self._mine: list[str] = []
        self._number = 0

    async def act(self) -> None:
        """One command."""
        stage, chance = self._stage, self._stage.chance
        self._number += 1
        title = f"Kurs {self._number} (Demo)"
        if len(self._mine) < COURSES_AT_MOST:
            await self._publish(title)
            return
        identifier = chance.choice(self._mine)
        body = {"title": title, "places": chance.randint(2, 6)}
        known = stage.ledger.courses[identifier]
        changed = await stage.calls.change(self._person, "training", f"/courses/{identifier}", body, known["version"])
        if changed is not None:
            stage.ledger.course(changed)

    async def _publish(self, title: str) -> None:
        begin = datetime.now(UTC) + timedelta(days=20 + self._number)
        body = {
            "organisation_id": self._stage.organisation_id,
            "title": title,
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "places": 2,
            "sessions": [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=2)).isoformat()}],
        }
        answer = await self._stage.calls.call(self._person, "training", "POST", "/courses", body)
        assert answer.status == 201, answer
        self._stage.ledger.course(answer.json)
        self._mine.append(answer.json["course_id"])


class Volunteer:
    """Changes what they told, asks for placements and withdraws, enrols and cancels."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self._stage = stage
        self._person = person
        self._placements: dict[str, str] = {}
        """Those that may be live: placement id by offer id."""
        self._enrolments: dict[str, str] = {}

    @property
    def _id(self) -> str:
        return str(self._person.subject_id)

    async def act(self) -> None:
        """One command."""
        choice = self._stage.chance.random()
        if choice < 0.5:
            await self._change()
        elif choice < 0.75:
            await self._ask_or_withdraw()
        else:
            await self._enrol_or_cancel()

    async def _change(self) -> None:
        stage = self._stage
        before = stage.ledger.volunteers[self._id]
        body = {
            # Always another: what changes nothing makes no version.
            "reach_km": stage.chance.choice([km for km in range(10, 60) if km != before["reach_km"]]),
            "wishes": sorted(stage.chance.sample(["homework", "language_cafe", "accompaniment", "sport"], 2)),
        }
        changed = await stage.calls.change(self._person, "registry", f"/volunteers/{self._id}", body, before["version"])
        assert changed is not None
        stage.ledger.volunteer(changed)

    async def _ask_or_withdraw(self) -> None:
        if self._placements and self._stage.chance.random() < 0.4:
            _, placement = self._placements.popitem()
            await self._give_up("matching", f"/placements/{placement}", "withdrawal", self._stage.ledger.placement)
            return
        open_offers = [o["offer_id"] for o in self._stage.ledger.offers.values() if o["status"] == "published"]
        wanted = [offer for offer in open_offers if offer not in self._placements]
        if wanted:
            # All want the newest: where few places are and many ask, somebody has to wait behind somebody.
            offer = self._stage.chance.choice(wanted[-CONTESTED:])
            answer = await self._stage.calls.call(self._person, "matching", "POST", "/placements", {"offer_id": offer})
            if answer.status == 201:
                self._stage.ledger.placement(answer.json)
                self._placements[offer] = answer.json["placement_id"]
            else:
                assert answer.code in ("offer-closed", "not-yet-known", "offer-not-found"), answer

    async def _enrol_or_cancel(self) -> None:
        if self._enrolments and self._stage.chance.random() < 0.4:
            _, enrolment = self._enrolments.popitem()
            await self._give_up("training", f"/enrolments/{enrolment}", "cancellation", self._stage.ledger.enrolment)
            return
        wanted = [course for course in self._stage.ledger.courses if course not in self._enrolments]
        if wanted:
            course = self._stage.chance.choice(wanted)
            answer = await self._stage.calls.call(self._person, "training", "POST", f"/courses/{course}/enrolments")
            if answer.status == 201:
                self._stage.ledger.enrolment(answer.json)
                self._enrolments[course] = answer.json["enrolment_id"]
            else:
                assert answer.code in ("not-yet-known",), answer

    async def _give_up(self, service: str, path: str, step: str, note: Callable[[dict[str, Any]], None]) -> None:
        """Withdraw or cancel; again when the waiting list moved in between."""
        while True:
            now = await self._stage.calls.call(self._person, service, "GET", path)
            assert now.status == 200, now
            answer = await self._stage.calls.call(
                self._person, service, "POST", f"{path}/{step}", version=now.json["version"]
            )
            if answer.status == 200:
                note(answer.json)
                return
            if answer.code != "version-mismatch":
                # The offer was closed in the meantime, and with it the placement.
                assert answer.status == 409, answer
                return
