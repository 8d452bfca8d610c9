"""Everybody who acts in a run."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.journey.people import Person
from deploy.local.journey.walk import Walk
from tests.faults.bulk import Association
from tests.faults.bursting import Burst
from tests.faults.impatience import Impatient
from tests.faults.journal import Journal, Outcome
from tests.faults.leaving import Leaving
from tests.faults.platform import ShakenPlatform
from tests.faults.probe import Probe
from tests.faults.reading import Reader
from tests.faults.signed_in import SignedIn
from tests.system.ledger.actors import LANGUAGE, Coordinator, Stage, Trainer, Volunteer
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Persistence
from tests.system.people import confirmed_volunteers, staffed_organisation

PATIENCE = 120.0
VOLUNTEERS = 5
BURST, SECONDS_PER_BURST = 6, 20.0
"""So many ask for one place at once, every so often."""
LEAVING_AT_LEAST, SECONDS_PER_LEAVING = 3, 150.0


@dataclass
class Cast:
    """The actors, what each was told, and how they call. Each draws by chance for themselves."""

    calls: Persistence
    ledger: Ledger
    signed_in: SignedIn
    everybody: list[Person]
    stages: list[Stage]
    acts: list[Callable[[], Awaitable[None]]]
    impatient: Impatient
    association: Association
    probe: Probe
    burst: Burst
    reader: Reader
    leaving: Leaving
    sends_files: bool
    seconds: float
    pace: float

    @property
    def acknowledged(self) -> int:
        """How many writes were, so far."""
        by_people = self.ledger.acknowledged + len(self.impatient.done) + self.reader.acknowledged
        return by_people + self.association.acknowledged

    def begin(self, over: asyncio.Event) -> list["asyncio.Task[None]"]:
        """Let all of them act until it is over."""
        acting = {
            "the impatient": self.impatient.act_until(over, 2 / self.pace),
            "who leaves": self.leaving.act_until(over, self.seconds / (len(self.leaving.persons) + 1), self.ledger),
            "who ask at once": self.burst.act_until(over, SECONDS_PER_BURST),
            "who reads": self.reader.act_until(over, 8 / self.pace),
        }
        if self.sends_files:
            acting["the association"] = self.association.act_until(over)
        for number, (stage, act) in enumerate(zip(self.stages, self.acts, strict=True)):
            acting[f"patient {number}"] = stage.act(act, 1 / len(self.acts))
        return [asyncio.create_task(act, name=name) for name, act in acting.items()]

    def stop(self) -> None:
        """The patient end with what they are at."""
        for stage in self.stages:
            stage.wanted, stage.seconds = 1, 0


async def assembled(
    platform: ShakenPlatform,
    journal: Journal,
    seed: int,
    seconds: float,
    pace: float,
    bulk: int,
    events_per_second: float,
) -> Cast:
    """Everybody registered, confirmed and known where they act.

    Parameters
    ----------
    pace
        Commands a second of all patient people together.
    bulk
        People in each file of the association; 0: it sends none.
    """
    leaving_at_all = max(LEAVING_AT_LEAST, int(seconds / SECONDS_PER_LEAVING))
    staff = await asyncio.to_thread(staffed_organisation, platform)
    persons = await asyncio.to_thread(confirmed_volunteers, platform, VOLUNTEERS, LANGUAGE)
    others = await asyncio.to_thread(confirmed_volunteers, platform, leaving_at_all + BURST + 2, LANGUAGE)
    heard = lambda what, told: journal.operation(what, Outcome.ACKNOWLEDGED, **told)  # noqa: E731
    ledger, signed_in = Ledger(heard=heard), SignedIn()
    calls = Persistence(platform.world, PATIENCE, signed_in.again)
    signed_in.calls = calls
    signed_in.keep(*persons, *others)
    everybody = [*persons, *others]
    for_one_place = [others.pop() for _ in range(BURST)]
    for person in (*persons, *for_one_place):
        ledger.volunteer((await calls.call(person, "registry", "GET", "/volunteers/me")).json)
    people, organisation = staff.people, staff.organisation_id
    association = Association(calls, journal, people.organisation_admin, organisation, bulk, events_per_second)
    stages, acts = _patient(staff, persons, calls, ledger, seed, seconds, pace)
    chance = random.Random(seed + 1)
    return Cast(
        calls,
        ledger,
        signed_in,
        everybody,
        stages,
        acts,
        Impatient(platform.world, journal, chance, organisation, people.coordinator, people.trainer),
        association,
        Probe(platform, calls, staff, others.pop()),
        Burst(calls, ledger, organisation, people.coordinator, for_one_place),
        Reader(calls, others.pop(), random.Random(f"reader {seed}")),
        Leaving(calls, journal, others, signed_in.forget),
        bool(bulk),
        seconds,
        pace,
    )


def _patient(
    staff: Walk, persons: list[Person], calls: Persistence, ledger: Ledger, seed: int, seconds: float, pace: float
) -> tuple[list[Stage], list[Callable[[], Awaitable[None]]]]:
    """The patient people's stages and what they do; first a coordinator and a trainer."""
    stages = [
        # Of their own: who is quicker must not change what others do.
        Stage(calls, ledger, staff.organisation_id, random.Random(f"{number} {seed}"), int(pace * seconds), seconds)
        for number in range(2 + len(persons))
    ]
    acts: list[Callable[[], Awaitable[None]]] = [
        Coordinator(stages[0], staff.people.coordinator).act,
        Trainer(stages[1], staff.people.trainer).act,
    ]
    acts += [Volunteer(stage, person).act for stage, person in zip(stages[2:], persons, strict=True)]
    return stages, acts
