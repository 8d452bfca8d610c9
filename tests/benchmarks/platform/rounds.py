"""Rounds: what is measured and its baseline in turn, so that a busy moment of the machine falls on both."""

import asyncio
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


@dataclass
class Plan:
    """How long and how often: `seconds` of one slice of a round. `prefix` begins the name of every result."""

    rounds: int
    seconds: float
    chance: random.Random
    console: Console
    prefix: str = ""
    results: list[Result] = field(default_factory=list)

    def tell(self, result: Result) -> None:
        """Keep a result and show it."""
        result = replace(result, name=self.prefix + result.name)
        self.results.append(result)
        ratio = "" if result.ratio is None else f"  {result.ratio:.2f} × {result.baseline:.4g}"
        figures = f"{result.value:.4g} {result.unit} ({result.min:.4g}–{result.max:.4g})"
        self.console.print(f"{result.name}: {figures}{ratio}", soft_wrap=True)

    def compare(self, name: str, unit: str, values: Sequence[float], baselines: Sequence[float]) -> None:
        """Keep what was measured beside its baseline."""
        self.tell(compared(name, unit, values, baselines))

    def limit(self, name: str, unit: str, values: Sequence[float], wanted: float | None) -> None:
        """Keep what was measured beside what it may be."""
        self.tell(against(name, unit, values, wanted))

    async def in_turn(self, measured: Mapping[str, Slice]) -> dict[str, list[float]]:
        """Everything once per round, in another order each time; what each gave, by name. A first round is for warming."""
        found: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(self.rounds + 1):
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
