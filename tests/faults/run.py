"""One run: people act, the nemesis breaks one thing after another, everything is healed, and the checker looks."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from shared.messaging.consumer import COMMIT_SECONDS, MEASURE_SECONDS
from tests.faults.bulk import Association
from tests.faults.checker.everything import Checker
from tests.faults.checker.mails import received
from tests.faults.checker.persons import erasures_open
from tests.faults.impatience import Impatient
from tests.faults.journal import Journal
from tests.faults.leaving import Leaving
from tests.faults.lookout import Lookout
from tests.faults.nemesis.catalogue import volleys
from tests.faults.nemesis.fault import Company, Fault, Scene
from tests.faults.nemesis.processes import Crowded, started
from tests.faults.platform import ShakenPlatform
from tests.faults.probe import Probe
from tests.faults.result import Inflicted, Result
from tests.faults.signed_in import SignedIn
from tests.support.waiting import eventually
from tests.system.ledger.actors import LANGUAGE, Coordinator, Stage, Trainer, Volunteer
from tests.system.ledger.comparison import settled
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Persistence
from tests.system.ledger.watching import Watch
from tests.system.people import confirmed_volunteers, staffed_organisation

PATIENCE = 120.0
SETTLED_WITHIN = 300.0
VOLUNTEERS = 5
MEASURED_WITHIN = MEASURE_SECONDS + 2 * COMMIT_SECONDS
LEAVING_AT_LEAST, SECONDS_PER_LEAVING = 3, 150.0


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
    bulk: int = 100
    """People in each of the files that an association sends again and again; 0: it sends none."""
    events_per_second: float = 1000.0
    """Of the association, at most."""
    at_once: int = 1
    """So many faults at the same time, at most."""
    steps: tuple[str, ...] = ()
    """Numbered steps to make processes die at; none: at all of them."""
    settled_within: float = SETTLED_WITHIN
    """Seconds in which everything has to come to rest at the end."""

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
        mails_before = received(self.platform.mailbox.folder / "mails")
        leaving_at_all = max(LEAVING_AT_LEAST, int(self.seconds / SECONDS_PER_LEAVING))
        staff = await asyncio.to_thread(staffed_organisation, self.platform)
        persons = await asyncio.to_thread(confirmed_volunteers, self.platform, VOLUNTEERS, LANGUAGE)
        others = await asyncio.to_thread(confirmed_volunteers, self.platform, leaving_at_all + 1, LANGUAGE)
        ledger, signed_in = Ledger(), SignedIn()
        calls = Persistence(self.platform.world, PATIENCE, signed_in.again)
        signed_in.calls = calls
        signed_in.keep(*persons, *others)
        everybody = [*persons, *others]
        # People and nemesis draw from sources of their own: who is quicker must not change what is broken.
        chance = random.Random(f"people {self.seed}")
        scene = Scene(self.platform, random.Random(self.seed), self.folder, chosen_steps=self.steps)
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
        association = Association(
            calls, journal, staff.people.organisation_admin, staff.organisation_id, self.bulk, self.events_per_second
        )
        probe = Probe(self.platform, calls, staff, others.pop())
        await probe.until_well()
        leaving = Leaving(calls, journal, others, signed_in.forget)
        over, watch, lookout = asyncio.Event(), Watch(), Lookout()
        for begin in acts[:2]:
            await begin()
        if self.bulk:
            await association.begin()
            told = lambda: asyncio.to_thread(self._told_of_imports, association.people)  # noqa: E731
            await eventually(told, self.settled_within, every=1)
        watching = [
            asyncio.create_task(watch.look_again_and_again(self.platform)),
            asyncio.create_task(lookout.look_again_and_again(self.platform)),
            asyncio.create_task(self._note_pace(result, ledger, impatient, association)),
            asyncio.create_task(signed_in.renew_all(everybody)),
        ]
        acting = [
            asyncio.create_task(impatient.act_until(over, 1 / self.pace * 2), name="the impatient"),
            asyncio.create_task(
                leaving.act_until(over, self.seconds / (leaving_at_all + 1), ledger), name="who leaves"
            ),
        ]
        if self.bulk:
            acting.append(asyncio.create_task(association.act_until(over), name="the association"))
        acting += [
            asyncio.create_task(stage.act(act, 1 / len(acts)), name=f"patient {number}")
            for number, act in enumerate(acts)
        ]
        try:
            try:
                await self._shake(journal, result, scene, probe, acting)
            except AssertionError as error:
                result.violations.append(str(error)[:2000])
            over.set()
            stage.wanted, stage.seconds = 1, 0
            _, hanging = await asyncio.wait(acting, timeout=self.settled_within)
            result.violations += [
                f"{task.get_name()} had not come to its end after {self.settled_within:.0f} s" for task in hanging
            ]
            await self._settle(ledger, leaving)
        finally:
            over.set()
            for task in (*watching, *acting):
                task.cancel()
            finished = await asyncio.gather(*watching, *acting, return_exceptions=True)
            await calls.close()
        result.violations += list(_said(finished))
        result.violations += watch.went_back + lookout.wrong
        checker = Checker(self.platform, ledger, scene.sown, impatient, leaving, association, mails_before)
        await checker.check(result)

    async def _shake(
        self, journal: Journal, result: Result, scene: Scene, probe: Probe, acting: list["asyncio.Task[None]"]
    ) -> None:
        """Volley after volley until the time is over; each is healed, and the platform is well, before the next."""
        until = journal.seconds + self.seconds
        for volley in volleys(self.faults, scene, scene.chance, self.at_once):
            if journal.seconds > until or all(task.done() for task in acting):
                return
            # As it is with nothing broken: what recovery is to be compared with.
            result.unbroken.append(await probe.look())
            scene.busy.clear()
            times: list[Inflicted] = []
            inflicted = [asyncio.create_task(self._inflict(fault, journal, scene, times)) for fault in volley]
            await asyncio.gather(*inflicted)
            result.ended_by_themselves += await self._everything_runs()
            healed = journal.seconds
            recovery = await probe.until_well()
            result.recoveries.append((healed, recovery))
            if times:
                result.well_after.append(healed + recovery - max(each.healing for each in times))
            for each in times:
                # The others of the volley were healed later: it could not be well before.
                each.recovery = recovery
            journal.fault(
                "+".join(each.name for each in times), "recovered", seconds=round(recovery, 2), ways=probe.lately
            )
            result.faults += times
            told = ", ".join(f"{fault.name} {fault.facts or ''}".strip() for fault in volley)
            self.tell(f"{healed:7.1f} s  {len(result.faults):5}  well again after {recovery:4.1f} s  {told[:200]}")
        # With nothing to inflict people act all the same.
        await asyncio.wait(acting, timeout=max(until - journal.seconds, 0))

    async def _everything_runs(self) -> int:
        """Also a server that ended only after its fault was healed: of a full disk, say. How many processes had ended."""
        for server in (self.platform.kafka, self.platform.postgres):
            if not server.is_running:
                await asyncio.to_thread(server.start)
        ended = [process for process in self.platform.processes.values() if not process.is_running]
        for process in ended:
            await started(process)
        return len(ended)

    async def _inflict(self, fault: Fault, journal: Journal, scene: Scene, times: list[Inflicted]) -> None:
        begun = journal.seconds
        try:
            await fault.inflict()
        except Crowded:
            return
        except Exception as error:
            # The nemesis stumbled, over another fault say; what it began is undone, and it does not count.
            journal.fault(fault.name, "failed", error=repr(error)[:500])
            self.tell(f"{begun:7.1f} s  {fault.name} could not be inflicted: {error!r:.200}")
            with suppress(Exception):
                await fault.heal()
            return
        if fault.company is Company.ANY:
            begun = journal.seconds  # it may have waited for its turn
        journal.fault(fault.name, "inflicted", **fault.facts)
        await asyncio.sleep(fault.chance.uniform(*fault.seconds))
        healing = journal.seconds
        await fault.heal()
        journal.fault(fault.name, "healed", **fault.facts)
        if fault.happened:
            times.append(Inflicted(fault.name, begun, journal.seconds, 0, healing, fault.facts))

    async def _note_pace(self, result: Result, ledger: Ledger, impatient: Impatient, association: Association) -> None:
        begun = time.monotonic()
        while True:
            done = ledger.acknowledged + len(impatient.done) + association.acknowledged
            result.pace.append((round(time.monotonic() - begun, 1), done))
            await asyncio.sleep(1)

    async def _settle(self, ledger: Ledger, leaving: Leaving) -> None:
        """Until everything has come to rest; what does not is found by the checks."""
        rested: list[float] = []

        def at_rest() -> bool:
            if not (
                settled(self.platform, ledger)
                and not erasures_open(self.platform, leaving.erased)
                and self._everybody_was_told()
            ):
                rested.clear()
                return False
            rested.append(time.monotonic())
            # Workers measure every few seconds how far each of their groups has come: that has to be later than all else.
            return rested[-1] - rested[0] > MEASURED_WITHIN and self._all_taken_in()

        with suppress(AssertionError):
            await eventually(lambda: asyncio.to_thread(at_rest), timeout=self.settled_within, every=1)

    def _told_of_imports(self, people: int) -> bool:
        """Whether everybody in the association's files has their mail: what is measured begins after that."""
        (row,) = self.platform.rows(
            "SELECT count(*) AS told FROM notifications.deliveries WHERE mail = 'volunteer-imported'"
        )
        return row["told"] >= people and self._everybody_was_told()

    def _all_taken_in(self) -> bool:
        """Whether every group of every worker has taken in all that is in its topics."""
        workers = [each for each in self.platform.processes.values() if each.kind == "worker" and each.is_running]
        try:
            told = [httpx.get(worker.url + "/metrics", timeout=10).text for worker in workers]
        except httpx.HTTPError:
            return False
        lags = [
            sample.value
            for metrics in told
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
            if sample.name == "tandem_consumer_lag"
        ]
        return bool(lags) and not any(lags)

    def _everybody_was_told(self) -> bool:
        return not self.platform.rows(
            "SELECT 1 FROM registry.outbox UNION ALL"
            " SELECT 1 FROM notifications.deliveries WHERE settled_at IS NULL LIMIT 1"
        )


def _said(finished: Iterable[Any]) -> Iterable[str]:
    """What ended those who acted or watched, besides being told to end."""
    for one in finished:
        if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError):
            errors = one.exceptions if isinstance(one, BaseExceptionGroup) else (one,)
            yield from (repr(error)[:2000] for error in errors)
