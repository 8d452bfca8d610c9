"""One run: people act, the nemesis breaks one thing after another, everything is healed, and the checker looks."""

import asyncio
import random
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.journey.telling import StepFailed
from tests.faults.cast import Cast, assembled
from tests.faults.checker.everything import Checker
from tests.faults.checker.mails import received
from tests.faults.journal import Journal
from tests.faults.lookout import Lookout
from tests.faults.nemesis.catalogue import volleys
from tests.faults.nemesis.fault import Company, Fault, Scene, Wrong
from tests.faults.nemesis.processes import Crowded, started
from tests.faults.platform import ShakenPlatform
from tests.faults.probe import Probe
from tests.faults.resting import Rest
from tests.faults.result import Inflicted, Result, ended_too_often
from tests.support.waiting import eventually
from tests.system.ledger.watching import Watch

SETTLED_WITHIN = 300.0
SUPERVISED_EVERY = 2.0


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
            result = Result(self.seed, began_at=time.time())
            try:
                await self._go(journal, result)
            except StepFailed:
                raise
            except Exception:
                # A run of hours that cannot be ended says what it has found, and this besides.
                result.violations.append(traceback.format_exc()[-2000:])
            result.seconds = journal.seconds
            result.outcomes = {outcome.value: number for outcome, number in journal.outcomes.items()}
            return result

    async def _go(self, journal: Journal, result: Result) -> None:
        mails_before = received(self.platform.mailbox.folder / "mails")
        cast = await assembled(
            self.platform, journal, self.seed, self.seconds, self.pace, self.bulk, self.events_per_second
        )
        # People and nemesis draw from sources of their own: who is quicker must not change what is broken.
        scene = Scene(self.platform, random.Random(self.seed), self.folder, chosen_steps=self.steps)
        result.left_out = {one.name: why for one in self.faults if (why := one.possible(scene)) is not None}
        result.tried.update({one.name: 0 for one in self.faults if one.name not in result.left_out})
        cast.probe.patience = self.settled_within
        rest = Rest(self.platform, cast.ledger, cast.leaving)
        await self._prepare(cast, rest)
        over, watch, lookout = asyncio.Event(), Watch(), Lookout()
        watching = [
            asyncio.create_task(watch.look_again_and_again(self.platform)),
            asyncio.create_task(lookout.look_again_and_again(self.platform)),
            asyncio.create_task(self._note_pace(result, cast)),
            asyncio.create_task(cast.signed_in.renew_all(cast.everybody)),
        ]
        acting = cast.begin(over)
        try:
            try:
                await self._shake(journal, result, scene, cast.probe, acting)
            except Exception:
                # Something that was broken did not come back: everything else is looked at all the same.
                result.violations.append(traceback.format_exc()[-2000:])
            over.set()
            cast.stop()
            # Who has lost a lease, or cannot write any more, may end itself a while after the last fault was healed.
            watching.append(asyncio.create_task(self._supervise(result)))
            _, hanging = await asyncio.wait(acting, timeout=self.settled_within)
            result.violations += [
                f"{task.get_name()} had not come to its end after {self.settled_within:.0f} s" for task in hanging
            ]
            result.violations += await rest.wait(self.settled_within)
        finally:
            over.set()
            for task in (*watching, *acting):
                task.cancel()
            finished = await asyncio.gather(*watching, *acting, return_exceptions=True)
            await cast.calls.close()
        result.violations += [*_said(finished), *watch.went_back, *lookout.wrong]
        result.violations += cast.reader.differences(self.platform)
        checker = Checker(
            self.platform,
            cast.ledger,
            scene.sown,
            cast.impatient,
            cast.leaving,
            cast.association,
            mails_before,
            {str(person.subject_id) for person in cast.everybody},
        )
        await checker.check(result)
        result.rows_of_files = cast.association.acknowledged

    async def _prepare(self, cast: Cast, rest: Rest) -> None:
        """Until what is measured can begin."""
        await cast.probe.until_well()
        for begin in cast.acts[:2]:
            await begin()
        if cast.sends_files:
            await cast.association.begin()
            people = cast.association.people
            told = lambda: asyncio.to_thread(rest.all_told_of_imports, people)  # noqa: E731
            await eventually(told, self.settled_within, every=1)

    async def _shake(
        self, journal: Journal, result: Result, scene: Scene, probe: Probe, acting: list["asyncio.Task[None]"]
    ) -> None:
        """Volley after volley until the time is over; each is healed, and the platform is well, before the next."""
        until = journal.seconds + self.seconds
        before: list[Fault] = []
        for volley in volleys(self.faults, scene, scene.chance, self.at_once):
            if journal.seconds > until or all(task.done() for task in acting):
                return
            # As it is with nothing broken: what recovery is to be compared with.
            result.unbroken.append(await probe.look())
            scene.busy.clear()
            times: list[Inflicted] = []
            inflicted = [asyncio.create_task(self._inflict(fault, journal, result, times)) for fault in volley]
            done = await asyncio.gather(*inflicted, return_exceptions=True)
            result.violations += [f"{fault.name} was not healed: {error!r}"[:2000] for fault, error
                                  in zip(volley, done, strict=True) if isinstance(error, Exception)]  # fmt: skip
            ended = await self._everything_runs()
            result.ended_by_themselves += ended
            result.violations += ended_too_often(ended, [*before, *volley])
            before = list(volley)
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

    async def _supervise(self, result: Result) -> None:
        """Start whatever has ended, as a supervisor does, until cancelled."""
        while True:
            result.ended_by_themselves += await self._everything_runs()
            await asyncio.sleep(SUPERVISED_EVERY)

    async def _inflict(self, fault: Fault, journal: Journal, result: Result, times: list[Inflicted]) -> None:
        begun = journal.seconds
        result.tried[fault.name] += 1
        try:
            await fault.inflict()
        except Crowded:
            result.met_nobody[fault.name] += 1
            return
        except Exception as error:
            result.failed[fault.name] += 1
            if isinstance(error, Wrong):
                result.violations.append(f"{fault.name} {fault.facts}: {error}")
            # The nemesis stumbled, over another fault say; what it began is undone, and it does not count.
            journal.fault(fault.name, "failed", error=repr(error)[-500:])  # where a trace says what it was
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
        else:
            result.met_nobody[fault.name] += 1

    async def _note_pace(self, result: Result, cast: Cast) -> None:
        begun = time.monotonic()
        while True:
            result.pace.append((round(time.monotonic() - begun, 1), cast.acknowledged))
            await asyncio.sleep(1)


def _said(finished: Iterable[Any]) -> Iterable[str]:
    """What ended those who acted or watched, besides being told to end."""
    for one in finished:
        if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError):
            errors = one.exceptions if isinstance(one, BaseExceptionGroup) else (one,)
            yield from (repr(error)[:2000] for error in errors)
