"""Rounds: what is measured and its baseline in turn, over few and over many, so that a busy moment falls on all of them."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import psutil
from rich.console import Console

from tests.benchmarks.report import Result, against, compared

Step = Callable[[], Awaitable[object]]
Slice = Callable[[], Awaitable[float]]
ROUNDS_AT_LEAST = 5
BASELINE = ", its baseline"


class Turns:
    """Several who do the same in turns: while one is at it, the others wait. Who begins changes from turn to turn."""

    def __init__(self, parties: int) -> None:
        self._done: list[float] = [0] * parties
        self._changed = asyncio.Condition()

    async def take(self, party: int) -> None:
        """Wait until it is this one's turn."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_next(party, self._done[party]))

    async def over(self, party: int, for_good: bool = False) -> None:
        """It has had its turn."""
        async with self._changed:
            self._done[party] = math.inf if for_good else self._done[party] + 1
            self._changed.notify_all()

    def _is_next(self, party: int, turn: float) -> bool:
        def place(who: int) -> int:
            return (who + int(turn)) % len(self._done)

        others = (other for other in range(len(self._done)) if other != party)
        return all(self._done[other] >= turn + (place(other) < place(party)) for other in others)


@dataclass(frozen=True)
class Sampled:
    """What every round gave."""

    part: str
    unit: str
    values: Sequence[float]


@dataclass
class Plan:
    """How long and how often: `seconds` of one slice of a round. `prefix` begins the name of every result."""

    rounds: int
    seconds: float
    chance: random.Random
    console: Console
    prefix: str = ""
    part: str = ""
    turns: Turns | None = None
    party: int = 0
    """Whose turn ours is."""
    results: list[Result] = field(default_factory=list)
    samples: dict[str, Sampled] = field(default_factory=dict)
    """By name without prefix; of baselines, too."""

    async def next_turn(self) -> None:
        """Begin a round: the others do theirs first, if it is their turn."""
        if self.turns is not None:
            await self.turns.over(self.party)
            await self.turns.take(self.party)

    def tell(self, result: Result, values: Sequence[float], baselines: Sequence[float] | None = None) -> None:
        """Keep a result and what its rounds gave, and show it."""
        known = [each.values for each in self.samples.values()]
        self.samples[result.name] = Sampled(self.part, result.unit, values)
        if baselines is not None and not any(each is baselines for each in known):
            self.samples[f"{result.name}{BASELINE}"] = Sampled(self.part, result.unit, baselines)
        result = replace(result, name=self.prefix + result.name, part=self.part)
        self.results.append(result)
        ratio = "" if result.ratio is None else f"  {result.ratio:.2f} × {result.baseline:.4g}"
        figures = f"{result.value:.4g} {result.unit} ({result.min:.4g}–{result.max:.4g})"
        self.console.print(f"{result.name}: {figures}{ratio}", soft_wrap=True)

    def compare(self, name: str, unit: str, values: Sequence[float], baselines: Sequence[float]) -> None:
        """Keep what was measured beside its baseline."""
        self.tell(compared(name, unit, values, baselines), values, baselines)

    def limit(self, name: str, unit: str, values: Sequence[float], wanted: float | None) -> None:
        """Keep what was measured beside what it may be."""
        self.tell(against(name, unit, values, wanted), values)

    async def in_turn(self, measured: Mapping[str, Slice]) -> dict[str, list[float]]:
        """Everything once per round, in another order each time; what each gave, by name. A first round is for warming."""
        found: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(self.rounds + 1):
            await self.next_turn()
            names = list(measured)
            self.chance.shuffle(names)
            for name in names:
                value = await measured[name]()
                if number:
                    found[name].append(value)
        return found


async def busy(workers: Sequence[Step], seconds: float) -> float:
    """Each worker does its step again and again for so many seconds; steps per second of all together."""
    done, end = 0, time.perf_counter() + seconds

    async def work(step: Step) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await step()
            done += 1

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(work(worker))
    return done / (time.perf_counter() - began)


@dataclass
class Metered:
    """A slice, and besides how many milliseconds of CPU each step took in some processes and their children."""

    workers: Sequence[Step]
    seconds: float
    pids: Sequence[int]
    """The processes; a server is named by its first one."""
    milliseconds: list[float] = field(default_factory=list)

    async def __call__(self) -> float:
        """Steps per second."""
        looked_at = [each for pid in self.pids for each in _family(pid)]
        before, began = _cpu(looked_at), time.perf_counter()
        rate = await busy(self.workers, self.seconds)
        steps = rate * (time.perf_counter() - began)
        self.milliseconds.append((_cpu(looked_at) - before) / steps * 1000)
        return rate


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _cpu(processes: Iterable[psutil.Process]) -> float:
    found = 0.0
    for process in processes:
        if process.is_running():
            times = process.cpu_times()
            found += times.user + times.system
    return found
