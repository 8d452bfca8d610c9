"""Matching's parts of `make bench`: ranked lists, requests, the district plan, and weeks of arrivals."""

import asyncio
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks.matching import arrivals, land, lists, plan, requests, visibility
from tests.benchmarks.matching.population import Population
from tests.benchmarks.registry.run import give_memory
from tests.benchmarks.report import FOLDER, Result, of_part
from tests.support.servers import start_postgres

PARTS = ("suggestions", "plan", "arrivals")
SEEDS = 20
VOLUNTEERS_PER_OFFER = 10


def run(parts: Sequence[str], asked: Namespace, console: Console) -> list[Result]:
    """Measure what is asked for."""
    results: list[Result] = []
    if "suggestions" in parts:
        results += of_part("suggestions", _suggestions(asked, console))
    if "plan" in parts:
        console.print("plans of a district and of a Land")
        results += of_part("plan", plan.measure(max(asked.rounds, 5), asked.seed))
    if "arrivals" in parts:
        console.print(f"arrivals, {SEEDS} seeds")
        results += of_part("arrivals", arrivals.measure(range(asked.seed, asked.seed + SEEDS)))
    return results


def _suggestions(asked: Namespace, console: Console) -> list[Result]:
    """A large Land and a small one, on a server of their own."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        server = start_postgres(Path(folder) / "postgres")
        try:
            give_memory(server)
            both = []
            for volunteers in (asked.volunteers, asked.baseline):
                population = Population(volunteers, max(volunteers // VOLUNTEERS_PER_OFFER, 100), asked.seed)
                both.append(land.filled(server, population))
                console.print(f"{volunteers:,} volunteers and {population.offers:,} offers in {both[-1].seconds:.0f} s")
            large, small = both
            results = asyncio.run(lists.measure(large))
            console.print(f"{len(results)} figures of ranked lists")
            results += asyncio.run(requests.measure(large, small, asked.rounds))
            console.print("requests asked")
            return results + asyncio.run(visibility.measure(large))
        finally:
            server.stop()
