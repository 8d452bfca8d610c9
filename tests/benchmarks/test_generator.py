"""The generated registry: the same for the same seed, in proportion, filled in steps."""

import hashlib
from collections import Counter

from tests.benchmarks.registry.generator import steps
from tests.benchmarks.registry.population import DISTRICTS, TODAY, Population
from tests.benchmarks.registry.sheets import COLUMNS

FEW = 6_000


def _written(population: Population) -> tuple[str, Counter[str]]:
    digest, rows = hashlib.sha256(), Counter[str]()
    for sheets in steps(population):
        for table, lines in sheets.rows():
            digest.update(f"{table}\n".encode())
            digest.update("\n".join(lines).encode())
            rows[table] += len(lines)
    return digest.hexdigest(), rows


def test_the_same_seed_gives_the_same_registry_and_another_another() -> None:
    first, rows = _written(Population(FEW, seed=7))
    assert _written(Population(FEW, seed=7)) == (first, rows)
    assert _written(Population(FEW, seed=8))[0] != first


def test_every_table_gets_rows_each_with_all_its_columns() -> None:
    seen = set()
    for sheets in steps(Population(FEW)):
        for table, lines in sheets.rows():
            seen.add(table)
            assert {line.count("\t") + 1 for line in lines} == {len(COLUMNS[table].split())}, table
    assert seen == COLUMNS.keys()


def test_sizes_are_in_proportion() -> None:
    million = Population(1_000_000)
    assert (million.organisations, million.members, million.contacts) == (5_000, 30_000, 25_000)
    assert (len(set(million.districts)), million.inhabited) == (DISTRICTS, DISTRICTS)
    _, rows = _written(Population(FEW))
    assert rows["volunteers"] > 0.98 * FEW
    assert rows["districts"] == DISTRICTS


def test_the_last_of_a_million_came_before_today() -> None:
    assert Population(1_000_000).moment(999_999, 1_000_000) < str(TODAY)


def test_ids_are_distinct_and_grow() -> None:
    population = Population(FEW)
    ids = [population.id(kind, number) for kind in (1, 2) for number in range(2_000)]
    assert len(set(ids)) == len(ids)
    assert ids[:2_000] == sorted(ids[:2_000])
