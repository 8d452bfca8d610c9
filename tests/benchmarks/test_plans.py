"""Every query of the registry finds what it needs by an index, with a million volunteers in 400 districts.

The long run looks at the real thing; the usual one at a fiftieth of it, with the planner told to avoid reading whole
tables, so that it reads one only where no index helps.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.registry import expectations, measuring
from tests.benchmarks.registry.application import Keys, application
from tests.benchmarks.registry.asking import endpoints
from tests.benchmarks.registry.generator import fill
from tests.benchmarks.registry.measuring import Registry, looked_into
from tests.benchmarks.registry.population import Population
from tests.support.platform import PlatformDatabase

FEW, MILLION = 20_000, 1_000_000
LARGE = 10_000
"""Rows; the 5,000 organisations lie on a hundred pages, and are read at once where many of them are joined."""
PAGES_AT_MOST = 2_000
"""16 MB: what a page of a list, an export or an erasure may touch; and a step of a timer."""


@pytest.fixture(scope="module")
def small(database_without_kafka: Callable[..., PlatformDatabase]) -> Registry:
    registry = Registry(database_without_kafka("registry"), Population(FEW, spread_over=FEW // 200))
    fill(registry.database.admin_dsn, registry.population)
    return registry


async def test_every_query_and_every_list_finds_its_rows_by_an_index(small: Registry) -> None:
    found = await expectations.faults(small.database.admin_dsn, large_from=FEW // 200, small=True)
    assert not found, "\n".join(found)


async def test_every_endpoint_answers_in_a_generated_registry(small: Registry, tmp_path: Path) -> None:
    """So every endpoint is measured by `make bench`, and what is generated is what the registry itself would write."""
    keys = Keys(tmp_path)
    await measuring.rehearse(small, keys)
    async with application(small.database, keys) as opened, looked_into(small) as connection:
        for operation, endpoint in (await endpoints(opened, connection, small.population)).items():
            answer = await endpoint.ask()
            assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_with_a_million_volunteers_every_plan_uses_an_index_and_no_query_touches_much(
    database_without_kafka: Callable[..., PlatformDatabase],
) -> None:
    database = database_without_kafka("registry")
    fill(database.admin_dsn, Population(MILLION))
    found = await expectations.faults(database.admin_dsn, large_from=LARGE, small=False)
    found += await expectations.costly(database.admin_dsn, PAGES_AT_MOST)
    assert not found, "\n".join(found)
