"""Faults of our own processes: killed, killed at a step, frozen and awake again, stopped in turn, too many of a kind."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from shared.messaging.connection import TRANSACTION_TIMEOUT_MS
from tests.faults.nemesis.fault import Company, Fault
from tests.faults.platform import ShakenPlatform
from tests.faults.steps import STEPS
from tests.support.servers.process import ServerDidNotStart
from tests.support.waiting import eventually
from tests.system.processes import ServiceProcess

LEASE_SECONDS = 5.0
STEP_PATIENCE = 12.0
ONCE_A_START = ("relay-1-leased", "relay-2-predecessor-fenced")
"""A process comes by here only when it begins to lead."""
GIVEN_UP_SECONDS = TRANSACTION_TIMEOUT_MS / 1000 + 12.0
"""The broker looks for transactions that have taken too long every ten seconds."""


async def started(process: ServiceProcess) -> None:
    """Start a process that is not running and wait until it is ready; again when a server was away at its start."""
    while not process.is_running:
        with suppress(ServerDidNotStart):
            await asyncio.to_thread(process.start)


def is_back(process: ServiceProcess) -> bool:
    """Awake and ready, or ended by itself."""
    return process.is_ready() or not process.is_running


def generation(platform: ShakenPlatform, service: str) -> int:
    """How often a relay of a service has begun to lead."""
    (row,) = platform.rows(f"SELECT generation FROM {service}.relay")
    number: int = row["generation"]
    return number


class OfOne(Fault):
    """A fault of one process."""

    company = Company.PROCESSES
    kinds: tuple[str, ...] = ("api", "worker")

    def _one(self, *among: ServiceProcess) -> ServiceProcess:
        """One that nobody else has chosen. Of a service only one worker at a time: it may be needed to take over."""
        candidates = among or tuple(self.platform.processes.values())
        running = [
            one
            for one in candidates
            if one.kind in self.kinds and one.is_running and not {one.name, _second(one.service)} & self.scene.busy
        ]
        if not running:
            raise Crowded
        one = self.chance.choice(sorted(running, key=lambda each: each.name))
        self.scene.busy |= {one.name}
        self.facts["process"] = one.name
        return one

    def _second_worker(self, service: str) -> ServiceProcess:
        if {_second(service), f"{service}-worker-1"} & (self.scene.busy - {self.facts.get("process", "")}):
            raise Crowded
        self.scene.busy.add(_second(service))
        return self.platform.second_worker(service)


def _second(service: str) -> str:
    return f"{service}-second-worker"


class Crowded(Exception):
    """Whom this fault could have concerned suffers from another one already."""


class Killed(OfOne):
    """kill -9 at whatever instruction it is at."""

    name = "killed"
    seconds = (0.0, 1.0)
    weight = 4

    async def inflict(self) -> None:
        self._process = self._one()
        await asyncio.to_thread(self._process.kill)

    async def heal(self) -> None:
        await started(self._process)


class KilledAtAStep(OfOne):
    """kill -9 at one of the numbered steps: the process is started armed, and dies when it comes there."""

    name = "killed-at-a-step"
    seconds = (0.0, 0.0)
    weight = 5

    async def inflict(self) -> None:
        step = self._next_step()
        self.kinds = (STEPS[step].kind,)
        self._process = self._one(*((self.platform.worker("notifications"),) if step.startswith("postman") else ()))
        self.facts["step"] = step
        passage = 1 if step in ONCE_A_START else self.chance.randint(1, 4)
        armed = {"FAULT_STEP": step, "FAULT_PASSAGE": str(passage)}
        self._before = self._process.process_environment
        await asyncio.to_thread(self._process.stop)
        self._process.process_environment = {**(self._before or {}), **armed}
        # It may die before it has ever been ready.
        await asyncio.to_thread(self._process.start_once)

    async def heal(self) -> None:
        # Nobody may have come by: then it is killed wherever it is.
        with suppress(AssertionError):
            await eventually(lambda: not self._process.is_running, timeout=STEP_PATIENCE)
        self.facts["died_there"] = not self._process.is_running
        await asyncio.to_thread(self._process.kill)
        self._process.process_environment = self._before
        await started(self._process)

    @property
    def happened(self) -> bool:
        """Nobody may have come by: then nobody died there."""
        return bool(self.facts["died_there"])

    def _next_step(self) -> str:
        """Each once in an order of chance, then again."""
        if not self.scene.steps:
            steps = self.scene.chosen_steps or tuple(sorted(STEPS))
            self.scene.steps += self.chance.sample(steps, len(steps))
        return self.scene.steps.pop()


class Frozen(OfOne):
    """SIGSTOP for longer than the relay's lease, with a second worker that takes over; then it wakes."""

    name = "frozen"
    seconds = (LEASE_SECONDS + 1, LEASE_SECONDS + 3)
    kinds = ("worker",)
    weight = 2

    async def inflict(self) -> None:
        self._process = self._one()
        self._second = self._second_worker(self._process.service)
        await started(self._second)
        self._led = await asyncio.to_thread(generation, self.platform, self._process.service)
        self._taken_over = False
        await asyncio.to_thread(self._process.pause)

    async def heal(self) -> None:
        now = await asyncio.to_thread(generation, self.platform, self._process.service)
        self._taken_over = now > self._led
        await asyncio.to_thread(self._process.resume)
        # Whoever lost the lease in its sleep may have ended itself, to start clean.
        await eventually(lambda: asyncio.to_thread(is_back, self._process), timeout=60, every=0.1)
        await asyncio.to_thread(self._second.stop)

    @property
    def happened(self) -> bool:
        """Nobody may have taken over: it woke up too early."""
        return self._taken_over


class FrozenAtAStep(OfOne):
    """SIGSTOP in the middle of publishing a batch, until another worker has taken over; then it wakes."""

    name = "frozen-at-a-step"
    seconds = (LEASE_SECONDS, LEASE_SECONDS + 2)
    kinds = ("worker",)
    weight = 2
    _starting: "asyncio.Task[None] | None" = None
    steps: tuple[str, ...] = ("relay-3-batch-named", "relay-4-batch-sent", "relay-5-name-sent")

    async def inflict(self) -> None:
        self._process = self._one(*self._among())
        self._second = self._second_worker(self._process.service)
        step = self.chance.choice([each for each in self.steps if each in self.scene.chosen_steps] or self.steps)
        self.facts["step"] = step
        armed = {"FAULT_STEP": step, "FAULT_PASSAGE": str(self.chance.randint(1, 4)), "FAULT_SIGNAL": "SIGSTOP"}
        self._before = self._process.process_environment
        await asyncio.to_thread(self._process.stop)
        self._process.process_environment = {**(self._before or {}), **armed}
        await asyncio.to_thread(self._process.start_once)
        with suppress(AssertionError):
            await eventually(lambda: self._process.is_frozen, timeout=STEP_PATIENCE)
        self._froze = self._process.is_frozen
        if self._froze:
            await self._taken_over()

    def _among(self) -> Sequence[ServiceProcess]:
        """Whom it may meet; nobody named: any worker."""
        return ()

    async def _taken_over(self) -> None:
        """By the second's relay; it need not be ready: without a fence it waits for the transaction that hangs."""
        service = self._process.service
        led = await asyncio.to_thread(generation, self.platform, service)
        self._starting = asyncio.create_task(started(self._second))
        await eventually(
            lambda: asyncio.to_thread(lambda: generation(self.platform, service) > led), timeout=60, every=0.1
        )

    @property
    def happened(self) -> bool:
        """Nobody may have come by."""
        return self._froze

    async def heal(self) -> None:
        self._process.process_environment = self._before
        if not self._froze:
            # Still armed: it would freeze when nobody looks.
            await asyncio.to_thread(self._process.kill)
            await started(self._process)
            return
        await asyncio.to_thread(self._process.resume)
        # Whoever lost the lease in its sleep may have ended itself, to start clean.
        await eventually(lambda: asyncio.to_thread(is_back, self._process), timeout=60, every=0.1)
        if self._starting is not None:
            await self._starting
        await asyncio.to_thread(self._second.stop)


class FrozenPastItsTransaction(FrozenAtAStep):
    """The same with nobody to take over, until Kafka has given up the transaction; then it wakes and still leads."""

    name = "frozen-past-its-transaction"
    seconds = (GIVEN_UP_SECONDS, GIVEN_UP_SECONDS + 2)
    steps = ("relay-5-name-sent",)

    def _among(self) -> Sequence[ServiceProcess]:
        # The relay of notifications has little to publish: one may wait for it in vain.
        return [self.platform.worker(service) for service in ("registry", "matching", "training")]

    async def _taken_over(self) -> None:
        """By nobody."""


class RolledOver(Fault):
    """Every process stopped and started again, one after the other, under load."""

    name = "rolling-restart"
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        for process in list(self.platform.processes.values()):
            if process.is_running:
                await asyncio.to_thread(process.stop)
                await started(process)

    async def heal(self) -> None:
        """Each has come back already."""


class TwoRelays(OfOne):
    """A second worker: two candidates for the relay's lease, two members of every consumer group."""

    name = "two-relays"
    seconds = (2.0, 5.0)

    async def inflict(self) -> None:
        service = self.chance.choice(["registry", "matching", "training", "notifications"])
        self._second = self._second_worker(service)
        self.facts["second"] = self._second.name
        await started(self._second)

    async def heal(self) -> None:
        await asyncio.to_thread(self._second.stop)


class RebalanceStorm(Fault):
    """A second worker that comes, dies, comes, goes: every consumer group is shared out anew each time."""

    name = "rebalance-storm"
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        service = self.chance.choice(["matching", "training", "notifications"])
        second = self.platform.second_worker(service)
        self.facts["process"] = second.name
        for number in range(3):
            await started(second)
            await asyncio.to_thread(second.kill if number % 2 else second.stop)

    async def heal(self) -> None:
        """Nobody is left who should not be there."""


SLOW_TURNS = (8, 8, 40)
"""Some seconds; now and then a quarter of a minute."""


class Slow(OfOne):
    """Frozen and awake in turns, a few tenths of a second each: a consumer that hardly keeps up."""

    name = "slow"
    seconds = (0.0, 0.0)
    kinds = ("worker",)

    async def inflict(self) -> None:
        process = self._one()
        for _ in range(self.chance.choice(SLOW_TURNS)):
            await asyncio.to_thread(process.pause)
            await asyncio.sleep(self.chance.uniform(0.1, 0.4))
            await asyncio.to_thread(process.resume)
            await asyncio.sleep(0.1)

    async def heal(self) -> None:
        """It is awake."""
