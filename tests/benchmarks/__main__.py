"""`make bench`: fills a large and a small registry on a server of its own, measures, writes `build/bench.json`.

make bench                                            1,000,000 volunteers, compared with 10,000; takes half an hour
make bench ARGS='--volunteers 100000 --only requests'
"""

import argparse
import asyncio
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
import structlog
from rich.console import Console

from tests.benchmarks.registry import measuring
from tests.benchmarks.registry.application import Keys
from tests.benchmarks.registry.generator import fill
from tests.benchmarks.registry.measuring import Registry
from tests.benchmarks.registry.population import Population
from tests.benchmarks.report import FOLDER, Result, write
from tests.support.platform import make_database
from tests.support.servers import PostgresServer, start_postgres

PARTS = ("requests", "imports", "erasures")
SHARED_BUFFERS = "2GB"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--volunteers", type=int, default=1_000_000)
    parser.add_argument("--baseline", type=int, default=10_000, help="volunteers of the small registry")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given several times")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console(highlight=False)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        server = start_postgres(Path(folder) / "postgres")
        try:
            _give_memory(server)
            registries = [
                _filled(server, Population(size, asked.seed), console) for size in (asked.volunteers, asked.baseline)
            ]
            keys = Keys(Path(folder))
            results = asyncio.run(_measured(registries, keys, asked.only or PARTS, asked.rounds, console))
        finally:
            server.stop()
    write(results)
    console.print(f"{len(results)} results in {FOLDER / 'bench.json'}, pictures beside it")


def _give_memory(server: PostgresServer) -> None:
    with psycopg.connect(server.admin_dsn, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_buffers = '{SHARED_BUFFERS}'".encode())
        connection.execute(b"ALTER SYSTEM SET max_wal_size = '8GB'")
    server.restart()


def _filled(server: PostgresServer, population: Population, console: Console) -> Registry:
    database = make_database(server, {"registry": None})
    seconds = fill(database.admin_dsn, population)
    console.print(f"{population.volunteers:,} volunteers generated in {seconds:.0f} s")
    return Registry(database, population)


async def _measured(
    registries: Sequence[Registry], keys: Keys, parts: Sequence[str], rounds: int, console: Console
) -> list[Result]:
    large, small = registries
    results: list[Result] = []
    if "requests" in parts:
        for registry in registries:
            await measuring.rehearse(registry, keys)
        results += await measuring.requests(large, small, keys, rounds)
    if "erasures" in parts:
        results += await measuring.erasures(large, small, keys, min(rounds, 5))
    if "imports" in parts:
        results += await measuring.imports(large, keys, min(rounds, 5))
    for result in results:
        compared = "" if result.ratio is None else f"  {result.ratio:.2f} of {result.baseline:.4g}"
        figures = f"{result.value:.4g} {result.unit} ({result.min:.4g}–{result.max:.4g})"
        console.print(f"{result.name}: {figures}{compared}", soft_wrap=True)
    return results


if __name__ == "__main__":
    main()
