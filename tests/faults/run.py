"""One run: people act, the nemesis breaks one thing after another, everything is healed, and the checker looks."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.checker.log import wrong_in_the_log
from tests.faults.checker.operations import wrong_operations
from tests.faults.checker.persons import erasures_open, found_of_erased, wrong_waiting_lists
from tests.faults.checker.read_models import wrong_read_models
from tests.faults.checker.sown import wrong_letters, wrong_places
from tests.faults.impatience import Impatient
from tests.faults.journal import Journal, Outcome
from tests.faults.leaving import Leaving
from tests.faults.nemesis.catalogue import chosen
from tests.faults.nemesis.fault import Fault, Scene
from tests.faults.nemesis.processes import started
from tests.faults.platform import ShakenPlatform
from tests.faults.probe import Probe
from tests.support.event_log import event_log
from tests.support.waiting import eventually
from tests.system.ledger.actors import LANGUAGE, Coordinator, Stage, Trainer, Volunteer
from tests.system.ledger.comparison import check_log, check_mails, differences, overbooked, settled
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Persistence
from tests.system.ledger.watching import Watch
from tests.system.people import confirmed_volunteers, staffed_organisation

PATIENCE = 120.0
VOLUNTEERS, LEAVING = 5, 3


@dataclass
class Inflicted:
    """One fault that was: seconds from the run's begin, and seconds until the platform was well again."""

    name: str
    begun: float
    healed: float
    recovery: float


@dataclass
class Result:
    """What a run showed."""

    seed: int
    seconds: float = 0
    faults: list[Inflicted] = field(default_factory=list)
    events: int = 0
    acknowledged: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    pace: list[tuple[float, int]] = field(default_factory=list)
    """Seconds, and how much had been acknowledged by then."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Faults that could not be inflicted here, and why."""


@dataclass
class Run:
    """One run on a platform that runs already."""

    platform: ShakenPlatform
    seed: int
    seconds: float
    faults: tuple[type[Fault], ...]
    folder: Path
    pace: float = 4.0
    """Commands a second of all patient people together, when nothing is broken."""
    tell: Callable[[str], None] = lambda line: None

    async def go(self) -> Result:
        """The whole run; whatever was found wrong is in the result."""
        with Journal(self.folder / "journal.jsonl") as journal:
            result = Result(self.seed)
            try:
                await self._go(journal, result)
            except AssertionError as error:
                result.violations.append(str(error)[:2000])
            result.seconds = journal.seconds
            result.outcomes = {outcome.value: number for outcome, number in journal.outcomes.items()}
            return result

    async def _go(self, journal: Journal, result: Result) -> None:
        chance = random.Random(self.seed)
        staff = await asyncio.to_thread(staffed_organisation, self.platform)
        persons = await asyncio.to_thread(confirmed_volunteers, self.platform, VOLUNTEERS, LANGUAGE)
        others = await asyncio.to_thread(confirmed_volunteers, self.platform, LEAVING + 1, "yi")
        ledger, calls = Ledger(), Persistence(self.platform.world, PATIENCE)
        scene = Scene(self.platform, chance, self.folder)
        result.left_out = {one.name: why for one in self.faults if (why := one.possible(scene)) is not None}
        for person in persons:
            ledger.volunteer((await calls.call(person, "registry", "GET", "/volunteers/me")).json)
        stage = Stage(calls, ledger, staff.organisation_id, chance, int(self.pace * self.seconds), self.seconds)
        acts = [Coordinator(stage, staff.people.coordinator).act, Trainer(stage, staff.people.trainer).act]
        acts += [Volunteer(stage, person).act for person in persons]
        impatient = Impatient(
            self.platform.world,
            journal,
            random.Random(self.seed + 1),
            staff.organisation_id,
            staff.people.coordinator,
            staff.people.trainer,
        )
        probe = Probe(self.platform, calls, staff, others.pop())
        await probe.until_well()
        leaving = Leaving(calls, journal, others)
        over, watch = asyncio.Event(), Watch()
        for begin in acts[:2]:
            await begin()
        offer, course = next(iter(ledger.offers)), next(iter(ledger.courses))
        background = [
            asyncio.create_task(watch.look_again_and_again(self.platform)),
            asyncio.create_task(impatient.act_until(over, 1 / self.pace * 2)),
            asyncio.create_task(leaving.act_until(over, self.seconds / (LEAVING + 1), offer, course)),
            asyncio.create_task(self._note_pace(result, ledger, impatient)),
        ]
        acting = [asyncio.create_task(stage.act(act, 1 / len(acts))) for act in acts]
        try:
            await self._shake(journal, result, scene, probe, acting)
            await asyncio.gather(*acting)
            over.set()
            await asyncio.gather(*background[1:3])
            await self._settle(ledger, leaving)
        finally:
            over.set()
            for task in (*background, *acting):
                task.cancel()
            finished = await asyncio.gather(*background, *acting, return_exceptions=True)
            await calls.close()
        result.violations += [repr(one)[:2000] for one in finished if isinstance(one, AssertionError)]
        result.violations += watch.went_back
        await self._check(result, ledger, scene, impatient, leaving)

    async def _shake(
        self, journal: Journal, result: Result, scene: Scene, probe: Probe, acting: list["asyncio.Task[None]"]
    ) -> None:
        """Fault after fault until the time is over; each is healed, and the platform is well, before the next."""
        for fault in chosen(self.faults, scene, scene.chance):
            if journal.seconds > self.seconds or all(task.done() for task in acting):
                return
            begun = journal.seconds
            await fault.inflict()
            journal.fault(fault.name, "inflicted", **fault.facts)
            await asyncio.sleep(scene.chance.uniform(*fault.seconds))
            await fault.heal()
            for process in self.platform.processes.values():
                await started(process)
            healed = journal.seconds
            journal.fault(fault.name, "healed", **fault.facts)
            recovery = await probe.until_well()
            journal.fault(fault.name, "recovered", seconds=round(recovery, 2))
            result.faults.append(Inflicted(fault.name, begun, healed, recovery))
            self.tell(f"{healed:6.1f} s  {fault.name:32}  well again after {recovery:.1f} s  {fault.facts}")

    async def _note_pace(self, result: Result, ledger: Ledger, impatient: Impatient) -> None:
        begun = time.monotonic()
        while True:
            result.pace.append((time.monotonic() - begun, ledger.acknowledged + len(impatient.done)))
            await asyncio.sleep(0.5)

    async def _settle(self, ledger: Ledger, leaving: Leaving) -> None:
        """Until everything has come to rest; what does not is found by the checks."""
        with suppress(AssertionError):
            await eventually(
                lambda: settled(self.platform, ledger) and not erasures_open(self.platform, leaving.erased),
                timeout=PATIENCE,
                every=0.5,
            )

    async def _check(
        self, result: Result, ledger: Ledger, scene: Scene, impatient: Impatient, leaving: Leaving
    ) -> None:
        result.acknowledged = ledger.acknowledged + sum(
            1 for each in impatient.done if each.outcome is Outcome.ACKNOWLEDGED
        )
        platform = self.platform
        result.violations += differences(platform, ledger)
        result.violations += [f"overbooked: {row}" for row in overbooked(platform)]
        result.violations += wrong_operations(platform, impatient.done)
        result.violations += erasures_open(platform, leaving.erased)
        result.violations += wrong_waiting_lists(platform)
        result.violations += wrong_letters(platform, scene.sown)
        result.violations += wrong_places(platform, scene.sown)
        async with event_log(platform.kafka) as log:
            result.violations += await wrong_in_the_log(log)
            result.violations += await wrong_read_models(log, platform)
            result.violations += await found_of_erased(log, platform, leaving.erased)
            try:
                result.events = await check_log(log, platform, ledger)
                received = await check_mails(log, platform, ledger)
                if received.repeated > len(result.faults):
                    result.violations.append(f"{received.repeated} mails came twice, more than there were faults")
            except AssertionError as error:
                result.violations.append(str(error)[:2000])
