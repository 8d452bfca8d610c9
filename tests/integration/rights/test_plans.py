"""An export and an erasure find a person's rows by an index, however many others there are."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.platform import PlatformDatabase

FILES = {
    "registry": "services/registry/store/exports.sql",
    "matching": "services/matching/store/persons.sql",
}
FEW_ROWS: dict[str, str] = {
    "organisations": "some thousands, joined by name",
    "campaigns": "so many at once per organisation, forgotten 400 days after their end",
}
"""Tables that stay small, by what keeps them so."""


@pytest.mark.parametrize("name", FILES)
def test_every_query_about_a_person_uses_an_index(
    database_without_kafka: Callable[..., PlatformDatabase], name: str
) -> None:
    platform = database_without_kafka(name)
    without = []
    with psycopg.connect(platform.admin_dsn, autocommit=True, options=f"-csearch_path={name}") as connection:
        connection.execute("SET enable_seqscan = off")
        for query in re.split(r"(?=^-- name: )", Path(FILES[name]).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            sql = re.sub(r"(?<!:):rows\b", "10", query.partition("\n")[2])
            sql = re.sub(r"(?<!:):\w+", f"'{uuid4()}'::uuid", sql)
            plan = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}".encode()).fetchone()
            assert plan is not None
            scanned = set(_scanned_whole(plan[0][0]["Plan"])) - FEW_ROWS.keys()
            if scanned:
                without.append(f"{query.splitlines()[0]}: {' '.join(sorted(scanned))}")
    assert not without, "\n".join(without)


def _scanned_whole(node: dict[str, Any]) -> Iterator[str]:
    """The tables that are read from end to end, by an index or without."""
    reads = node["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan")
    if reads and "Index Cond" not in node and "Relation Name" in node:
        yield node["Relation Name"]
    for inner in node.get("Plans", []):
        yield from _scanned_whole(inner)
