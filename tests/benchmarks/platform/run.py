"""The parts of the platform, over few and over many aggregates; how much dearer many make each."""

import argparse
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from shared.runtime.commands import settle_memory
from tests.benchmarks.platform import consuming, processes, reads, relaying, travelling, writes
from tests.benchmarks.platform.pictures import draw
from tests.benchmarks.platform.rounds import ROUNDS_AT_LEAST, Plan
from tests.benchmarks.platform.stage import servers
from tests.benchmarks.report import FOLDER, Result

# In this order: the last ones leave a hundred thousand events in the topics, with which consumers have to catch up.
MEASURED: Mapping[str, Any] = {
    "writes": writes,
    "reads": reads,
    "processes": processes,
    "travel": travelling,
    "relay": relaying,
    "consumer": consuming,
}
NOT_COMPARED = ("one message at a time", "of what it may be", "highest rate")
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
    found: dict[int, list[Result]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder, servers(Path(folder)) as stage:
        for courses in asked.courses:
            plan = Plan(rounds, slice_, random.Random(asked.seed), console, f"platform, {courses:,} courses: ")
            with stage.filled(courses):
                for part in sorted(parts, key=list(MEASURED).index):
                    uvloop.run(MEASURED[part].measure(stage, plan))
            found[courses] = plan.results
    results = [result for of_size in found.values() for result in of_size]
    if len(found) > 1:
        results += _growth(found[min(found)], found[max(found)], rounds)
    draw(results, FOLDER)
    return results


def _growth(few: Sequence[Result], many: Sequence[Result], rounds: int) -> list[Result]:
    """How many times as dear each is over many; where there is a baseline of the same moment, measured against that."""
    results = []
    for small, large in zip(few, many, strict=True):
        name = small.name.partition(": ")[2]
        if name.endswith(NOT_COMPARED):
            continue
        before, after = _cost(small), _cost(large)
        if before > 0:
            growth = after / before
            results.append(Result(f"platform, growth: {name}", growth, "×", 1.5, growth / 1.5, rounds, growth, growth))
    return results


def _cost(result: Result) -> float:
    measured = result.ratio if result.ratio is not None else result.value
    if result.unit in SMALLER_IS_BETTER:
        return measured
    return 1 / measured if measured else 0.0
