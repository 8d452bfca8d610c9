"""Matching's parts of `make bench`: the district plan, and weeks of arrivals."""

from argparse import Namespace
from collections.abc import Sequence

from rich.console import Console

from tests.benchmarks.matching import arrivals, plan
from tests.benchmarks.report import Result

PARTS = ("plan", "arrivals")
SEEDS = 20


def run(parts: Sequence[str], asked: Namespace, console: Console) -> list[Result]:
    """Measure what is asked for."""
    results: list[Result] = []
    if "plan" in parts:
        console.print("plans of a district and of a Land")
        results += plan.measure(max(asked.rounds, 5), asked.seed)
    if "arrivals" in parts:
        console.print(f"arrivals, {SEEDS} seeds")
        results += arrivals.measure(range(asked.seed, asked.seed + SEEDS))
    return results
