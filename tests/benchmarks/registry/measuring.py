"""What is measured of the registry, always in a large and in a small one, in turns."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from services.registry.app import build_worker
from shared.telemetry.metrics import Metrics
from tests.benchmarks.registry import processor
from tests.benchmarks.registry.application import Application, Keys, application
from tests.benchmarks.registry.asking import Endpoint, endpoints
from tests.benchmarks.registry.population import Population
from tests.benchmarks.report import Result, compared
from tests.support.platform import PlatformDatabase
from tests.support.served import run_timer

REQUESTS_AT_LEAST, REQUESTS_AT_MOST = 4, 20
SECONDS_EACH = 0.03
"""So long a round asks one endpoint, about."""
ERASED = 100
MERGED = 6


@dataclass(frozen=True)
class Registry:
    """A filled registry."""

    database: PlatformDatabase
    population: Population


@asynccontextmanager
async def looked_into(registry: Registry) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection of the administrator."""
    connection = await asyncpg.connect(registry.database.admin_dsn, server_settings={"search_path": "registry"})
    try:
        yield connection
    finally:
        await connection.close()


async def rehearse(registry: Registry, keys: Keys) -> None:
    """What cannot be generated because only the registry itself can make it: merges that can be undone."""
    async with application(registry.database, keys, kept=True) as opened, looked_into(registry) as connection:
        rows = await connection.fetch(
            "SELECT duplicate_id, version, first_id FROM duplicates WHERE status = 'open' ORDER BY duplicate_id LIMIT $1",
            MERGED,
        )
        for row in rows:
            headers = {"Idempotency-Key": str(uuid4()), "If-Match": f'"{row["version"]}"', **opened.staff("member-0")}
            body = {"survivor_id": str(row["first_id"])}
            answer = await opened.client.post(f"/duplicates/{row['duplicate_id']}/merge", json=body, headers=headers)
            assert answer.is_success, answer.text


async def requests(large: Registry, small: Registry, keys: Keys, rounds: int) -> list[Result]:
    """Every endpoint: the cost of a request in the large registry, compared with the small one."""
    async with AsyncExitStack() as stack:
        both: list[Mapping[str, Endpoint]] = []
        connections = []
        for registry in (large, small):
            opened = await stack.enter_async_context(application(registry.database, keys))
            connection = await stack.enter_async_context(looked_into(registry))
            both.append(await endpoints(opened, connection, registry.population))
            connections.append(connection)
        results = []
        for operation in both[0]:
            pair = [found[operation] for found in both]
            for endpoint in pair:
                await endpoint.settle()
            once = max([await endpoint.seconds(endpoint.prepared(2)) for endpoint in pair])
            count = min(max(int(SECONDS_EACH / once), REQUESTS_AT_LEAST), REQUESTS_AT_MOST)
            times: tuple[list[float], list[float]] = ([], [])
            costs: tuple[list[float], list[float]] = ([], [])
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    prepared = pair[which].prepared(count)
                    before = await processor.spent(connections[which])
                    times[which].append(1000 * await pair[which].seconds(prepared))
                    after = await processor.spent(connections[which])
                    costs[which].append(1000 * processor.between(before, after) / count)
            results.append(compared(f"request {operation}", "ms", *times))
            results.append(compared(f"processor's time, {operation}", "ms", *costs))
        return results


async def drain(opened: Application, timer_name: str) -> int:
    """Run a timer's steps until nothing is left; how much it did."""
    parts = build_worker(opened.settings, opened.database, opened.database.clock, Metrics())
    return await run_timer(opened.database, parts, timer_name)


async def erasures(large: Registry, small: Registry, keys: Keys, rounds: int) -> list[Result]:
    """Volunteers who ask to be erased: what the registry does at once, tombstones included, committed."""
    times: list[list[float]] = []
    for registry in (large, small):
        async with application(registry.database, keys, kept=True) as opened, looked_into(registry) as connection:
            volunteers = await _somewhere(connection, registry.population, ERASED * rounds)
            times.append([])
            for first in range(0, len(volunteers), ERASED):
                begun = time.perf_counter()
                await _erase(opened, volunteers[first : first + ERASED])
                times[-1].append(1000 * (time.perf_counter() - begun) / ERASED)
    return [compared("erasure of a person in the registry, committed", "ms", *times)]


async def _somewhere(
    connection: "asyncpg.Connection[asyncpg.Record]", population: Population, count: int
) -> Sequence[UUID]:
    every = max(population.volunteers // (2 * count), 1)
    rows = await connection.fetch(
        "SELECT volunteer_id FROM (SELECT volunteer_id, row_number() OVER (ORDER BY volunteer_id) AS number "
        "FROM volunteers WHERE status = 'confirmed') AS v WHERE number % $1 = 0 LIMIT $2",
        every,
        count,
    )
    return [row["volunteer_id"] for row in rows]


async def _erase(opened: Application, volunteers: Sequence[UUID]) -> None:
    for volunteer_id in volunteers:
        headers = {"Idempotency-Key": str(uuid4()), **opened.volunteer(volunteer_id)}
        answer = await opened.client.post(f"/volunteers/{volunteer_id}/erasure", headers=headers)
        assert answer.is_success, answer.text
