"""The registry's parts of `make bench`: what requests, imports and erasures cost in a large registry and in a small one."""

import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import psycopg
import uvloop
from rich.console import Console

from tests.benchmarks.registry import importing, measuring
from tests.benchmarks.registry.application import Keys
from tests.benchmarks.registry.generator import fill
from tests.benchmarks.registry.measuring import Registry
from tests.benchmarks.registry.population import Population
from tests.benchmarks.report import FOLDER, Result, of_part
from tests.support.platform import make_database
from tests.support.servers import PostgresServer, start_postgres

PARTS = ("requests", "erasures", "imports")
SHARED_BUFFERS = "2GB"


def run(parts: Sequence[str], asked: Namespace, console: Console) -> list[Result]:
    """Fill two registries on a server of their own and measure them in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        server = start_postgres(Path(folder) / "postgres")
        try:
            give_memory(server)
            registries = [
                _filled(server, Population(size, asked.seed), console) for size in (asked.volunteers, asked.baseline)
            ]
            return uvloop.run(_measured(registries, Keys(Path(folder)), parts, asked.rounds))
        finally:
            server.stop()


def give_memory(server: PostgresServer) -> None:
    """What a server with a million volunteers is given."""
    with psycopg.connect(server.admin_dsn, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_buffers = '{SHARED_BUFFERS}'".encode())
        connection.execute(b"ALTER SYSTEM SET max_wal_size = '8GB'")
    server.restart()


def _filled(server: PostgresServer, population: Population, console: Console) -> Registry:
    database = make_database(server, {"registry": None})
    seconds = fill(database.admin_dsn, population)
    console.print(f"{population.volunteers:,} volunteers generated in {seconds:.0f} s")
    return Registry(database, population)


async def _measured(registries: Sequence[Registry], keys: Keys, parts: Sequence[str], rounds: int) -> list[Result]:
    large, small = registries
    results: list[Result] = []
    if "requests" in parts:
        for registry in registries:
            await measuring.rehearse(registry, keys)
        results += of_part("requests", await measuring.requests(large, small, keys, rounds))
    if "erasures" in parts:
        results += of_part("erasures", await measuring.erasures(large, small, keys, min(rounds, 5)))
    if "imports" in parts:
        results += of_part("imports", await importing.imports(large, keys, min(rounds, 5)))
    return results
