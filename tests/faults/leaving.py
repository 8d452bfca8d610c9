"""Volunteers who come, do something, and ask to be erased while everything is shaken."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.local.journey.people import Person
from tests.faults.journal import Journal, Outcome
from tests.support.waiting import eventually
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Answer, Persistence

KNOWN_SECONDS = 60.0


@dataclass
class Leaving:
    """Lets volunteers enrol, ask for a placement, and be erased, one after the other."""

    calls: Persistence
    journal: Journal
    persons: list[Person]
    forget: Callable[[Person], None] = lambda person: None
    """Told of whoever was erased."""
    placements: int = 0
    """How many of them had one."""
    erased: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def known_by(self) -> list[str]:
        """Whatever says who was erased: ids, addresses, names."""
        return self.erased + self.addresses + self.names

    async def act_until(self, over: asyncio.Event, every: float, ledger: Ledger) -> None:
        """One volunteer after another until it is over or nobody is left."""
        while self.persons and not over.is_set():
            await asyncio.sleep(every)
            await self._leave(self.persons[-1], ledger)
            self.forget(self.persons.pop())

    async def _leave(self, person: Person, ledger: Ledger) -> None:
        # The newest offers: the oldest are closed, and who asks for those leaves nothing behind to be erased.
        for offer in list(ledger.offers)[::-1]:
            if await self._known(person, "matching", "/placements", {"offer_id": offer}):
                self.placements += 1
                break
        await self._known(person, "training", f"/courses/{next(iter(ledger.courses))}/enrolments", None)
        answer = await self.calls.call(person, "registry", "POST", f"/volunteers/{person.subject_id}/erasure")
        assert answer.status == 202, answer
        self.journal.operation("erase", Outcome.ACKNOWLEDGED, subject_id=person.subject_id)
        self.erased.append(str(person.subject_id))
        self.addresses.append(person.mail)
        self.names.append(person.name)

    async def _known(self, person: Person, service: str, path: str, body: Any) -> bool:
        """A command that is repeated until the service knows the volunteer; whether it was done."""
        answers: list[Answer] = []

        async def known() -> bool:
            answers.append(await self.calls.call(person, service, "POST", path, body))
            return answers[-1].code != "not-yet-known"

        await eventually(known, timeout=KNOWN_SECONDS, every=0.2)
        assert answers[-1].status in (201, 409), answers[-1]
        return answers[-1].status == httpx.codes.CREATED
