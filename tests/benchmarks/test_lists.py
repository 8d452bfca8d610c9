"""Matching's generator and brute force on a small Land: every list is identical, both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.matching import lists
from tests.benchmarks.matching.generator import fill
from tests.benchmarks.matching.land import Land
from tests.benchmarks.matching.population import Population
from tests.support.platform import PlatformDatabase

FEW = Population(3_000, 300, seed=7)


async def test_the_lists_of_a_generated_land_are_those_of_brute_force(
    database_without_kafka: Callable[..., PlatformDatabase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = database_without_kafka("matching")
    monkeypatch.setattr(lists, "FOLDER", tmp_path)
    results = await lists.measure(Land(database, FEW, fill(database.admin_dsn, FEW)), compared=30, warm=0)
    assert [result.value for result in results if "identical" in result.name] == [30, 30]
    assert (tmp_path / "bench-suggestions.png").stat().st_size > 1000


def test_the_same_seed_gives_the_same_land_and_another_another() -> None:
    def told(seed: int) -> list[bytes]:
        population = Population(500, 50, seed)
        return [column.tobytes() for column in (*population.v.values(), *population.o.values())]

    assert told(1) == told(1)
    assert told(1) != told(2)
