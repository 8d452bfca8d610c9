"""The parts of the platform, over few and over many aggregates in turns; how much dearer many make each.

Few and many have servers of their own, all of which run all the time. Of the platform's processes those run that a part
needs, of either; only one of them is asked for anything at a time.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from shared.runtime.commands import settle_memory
from tests.benchmarks.platform import consuming, processes, reads, relaying, travelling, writes
from tests.benchmarks.platform.pictures import draw
from tests.benchmarks.platform.rounds import ROUNDS_AT_LEAST, Plan, Turns
from tests.benchmarks.platform.stage import Stage, servers
from tests.benchmarks.report import FOLDER, RATIO_AT_MOST, Result, former

# In this order: the last ones leave a hundred thousand events in the topics, with which consumers have to catch up.
MEASURED: Mapping[str, Any] = {
    "writes": writes,
    "reads": reads,
    "processes": processes,
    "travel": travelling,
    "relay": relaying,
    "consumer": consuming,
}
NOT_COMPARED = ("one message at a time", "of what it may be")
"""Compared already under another name."""
SLICES = 24
"""About so many slices of time has a round of everything."""
SLICE_AT_LEAST = 0.5
SMALLER_IS_BETTER = ("ms", "MB", "cores")


def run(parts: Sequence[str], asked: argparse.Namespace, console: Console) -> list[Result]:
    """Measure these parts for every number of courses that is asked for."""
    # What runs in this process, the relay and the consumer, runs as in a worker; so do their baselines.
    settle_memory()
    rounds = max(asked.rounds, ROUNDS_AT_LEAST)
    slice_ = max(SLICE_AT_LEAST, asked.seconds / (SLICES * (rounds + 1) * len(asked.courses)))
    plans = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER)))
        stages: list[Stage] = []
        for party, courses in enumerate(asked.courses):
            prefix = f"platform, {courses:,} courses: "
            plans.append(Plan(rounds, slice_, random.Random(asked.seed), console, prefix, party=party))
            stages.append(stack.enter_context(servers(folder / str(courses))))
            stack.enter_context(stages[-1].filled(courses))
            console.print(f"{courses:,} courses filled in")
        for part in sorted(parts, key=list(MEASURED).index):
            uvloop.run(_measured(part, stages, plans))
    results = [result for plan in plans for result in plan.results]
    if len(plans) > 1:
        sizes = dict(zip(asked.courses, plans, strict=True))
        results += growth(sizes[min(sizes)], sizes[max(sizes)])
    shown = [*former(set(MEASURED) - set(parts)), *results]
    order = list(MEASURED)
    draw(sorted(shown, key=lambda each: (each.name.partition(": ")[0], order.index(each.part))), FOLDER)
    return results


async def _measured(part: str, stages: Sequence[Stage], plans: Sequence[Plan]) -> None:
    """One part, of every size in turns."""
    turns = Turns(len(plans))

    async def of_size(stage: Stage, plan: Plan) -> None:
        plan.part, plan.turns = part, turns
        await turns.take(plan.party)
        try:
            await MEASURED[part].measure(stage, plan)
        finally:
            await turns.over(plan.party, for_good=True)

    async with asyncio.TaskGroup() as group:
        for stage, plan in zip(stages, plans, strict=True):
            group.create_task(of_size(stage, plan))


def growth(few: Plan, many: Plan) -> list[Result]:
    """How many times as dear each is over many: each round against the same round over few, nothing taken off; their median.

    Of CPU all rounds together, as everywhere.
    """
    results = []
    for name, small in few.samples.items():
        if name.endswith(NOT_COMPARED):
            continue
        pairs = list(zip(small.values, many.samples[name].values, strict=True))
        if small.unit in SMALLER_IS_BETTER:
            quotients = [large / one for one, large in pairs if one]
        else:
            quotients = [one / large for one, large in pairs if large]
        if quotients:
            value, low, high = statistics.median(quotients), min(quotients), max(quotients)
            # The kernel counts by hundredths of a second, of which a process at rest takes a handful in a round.
            if small.unit == "cores":
                value = sum(large for _, large in pairs) / sum(one for one, _ in pairs)
            told = f"platform, growth: {name}", value, "×", RATIO_AT_MOST, value / RATIO_AT_MOST
            results.append(Result(*told, len(quotients), low, high, small.part))
    return results
