"""What a process takes: seconds of CPU and memory, as the kernel counts them."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psutil

from tests.benchmarks.platform.rounds import Plan
from tests.benchmarks.platform.stage import Stage
from tests.benchmarks.report import Result
from tests.system.processes import ServiceProcess

CPU_AT_REST, MEGABYTES = 0.01, 90.0
"""What a process may take when nothing happens: of one core, and of memory (RSS)."""
SETTLING_SECONDS = 20.0
RESTING_SECONDS = 120.0
"""So long they are looked at in all: some of what they do happens once a minute."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Taken:
    """Seconds of CPU since the process began, and the memory that it holds: RSS with what it shares, PSS its part of it."""

    at: float
    cpu: float
    rss: float
    pss: float


Looked = Mapping[str, Taken]
"""Every process at one moment."""


def taken(processes: Iterable[ServiceProcess]) -> dict[str, Taken]:
    """What each process has taken so far, by name."""
    found = {}
    for process in processes:
        looked_at = psutil.Process(process.pid)
        cpu, memory = looked_at.cpu_times(), looked_at.memory_full_info()
        found[process.name] = Taken(
            time.perf_counter(), cpu.user + cpu.system, memory.rss / MEGABYTE, memory.pss / MEGABYTE
        )
    return found


def tell(plan: Plan, when: str, rounds: Sequence[tuple[Looked, Looked]], limit: bool = False) -> None:
    """Results of several rounds: a look before and one after each. CPU is that of all rounds together."""
    for name in rounds[0][0]:
        looks = [(before[name], after[name]) for before, after in rounds]
        spent = [(after.cpu - before.cpu, after.at - before.at) for before, after in looks]
        cores = [cpu / seconds for cpu, seconds in spent]
        whole = sum(cpu for cpu, _ in spent) / sum(seconds for _, seconds in spent)
        aim, ratio = (CPU_AT_REST, whole / CPU_AT_REST) if limit else (None, None)
        told = Result(f"{name} {when}: CPU", whole, "cores", aim, ratio, len(cores), min(cores), max(cores))
        plan.tell(told, cores)
        memory = [after.rss for _, after in looks]
        plan.limit(f"{name} {when}: memory, RSS", "MB", memory, MEGABYTES)
        plan.limit(f"{name} {when}: memory, PSS", "MB", [after.pss for _, after in looks], None)


async def measure(stage: Stage, plan: Plan) -> None:
    """Every process of the platform, one of each kind, while nothing happens."""
    running = stage.one_of_each()
    await asyncio.sleep(min(SETTLING_SECONDS, 2 * plan.seconds + 5))
    looks = []
    for _ in range(plan.rounds):
        await plan.next_turn()
        before = taken(running)
        await asyncio.sleep(max(plan.seconds, RESTING_SECONDS / plan.rounds))
        looks.append((before, taken(running)))
    tell(plan, "at rest", looks, limit=True)
