"""How the registry's queries are planned: every named query, every order and filter of every list.

A plan is looked at in two ways: as the server plans a prepared statement for whatever comes (generic), and with values as
they occur (custom). What must not occur is a sequential scan of a table that grows, or a walk through a whole index of
one. With real data `touched` says besides how many pages a query reads.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg
import psycopg

from deploy.local.check_queries import query_files
from deploy.local.folders import REPOSITORY
from shared.postgres.lists import ListQuery
from tests.benchmarks.registry.population import TODAY

_NAME = re.compile(r"^-- name: *(\w+)\S*$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
STORE = REPOSITORY / "services" / "registry" / "store"
SEE_EVERYTHING = frozenset(("Sort", "Aggregate", "Hash", "Materialize", "WindowAgg", "SetOp"))
"""Nodes of a plan."""
ROWS = 51
"""A page, and one more to see whether another follows."""
NOW = datetime.combine(TODAY, time(6), UTC)


@dataclass(frozen=True)
class Statement:
    """A query as it is sent: with places for parameters, and the names of those."""

    name: str
    sql: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """One node of a plan, with what stands above it."""

    told: Mapping[str, Any]
    above: tuple[str, ...]

    @property
    def kind(self) -> str:
        """As EXPLAIN calls it."""
        return str(self.told["Node Type"])

    @property
    def table(self) -> str:
        """What it reads."""
        return str(self.told.get("Relation Name", ""))

    @property
    def read_whole(self) -> str:
        """The table or index that is read from one end to the other; empty when none is."""
        if self.kind in ("Seq Scan", "Parallel Seq Scan"):
            return self.table
        through_index = self.kind in ("Index Scan", "Index Only Scan")
        # Nearest first is an order that an index gives, and stops where the page ends.
        stops = "Order By" in self.told or self._stops_early
        return str(self.told["Index Name"]) if through_index and "Index Cond" not in self.told and not stops else ""

    @property
    def _stops_early(self) -> bool:
        """A limit stands above, and nothing between that has to see everything before it says anything."""
        if "Limit" not in self.above:
            return False
        below_limit = self.above[len(self.above) - self.above[::-1].index("Limit") :]
        return not SEE_EVERYTHING.intersection(below_limit)

    def __str__(self) -> str:
        told = [self.kind, "on", self.table, str(self.told.get("Index Name", "")), str(self.told.get("Filter", ""))]
        return " ".join(part for part in told if part)


def statements() -> list[Statement]:
    """Every named query that the registry sends, those of shared rooms as well, and every form of every list."""
    lists = {(query.path, query.name) for query in lists_of_the_registry()}
    found = []
    for path, schemas in query_files().items():
        if "registry" not in schemas:
            continue
        parts = _NAME.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if (path, name) not in lists:
                found.append(_statement(f"{path.relative_to(REPOSITORY)}: {name}", body))
    return found + [statement for query in lists_of_the_registry() for statement in _listed(query)]


@cache
def lists_of_the_registry() -> Sequence[ListQuery]:
    """Every list, made when its store is imported."""
    for path in sorted(STORE.glob("*.py")):
        import_module(f"services.registry.store.{path.stem}")
    return [query for query in ListQuery.every if query.path.is_relative_to(STORE)]


def _statement(name: str, body: str) -> Statement:
    text = "\n".join(line for line in body.strip().splitlines() if not line.lstrip().startswith("--")).rstrip("; \n")
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    numbered = _PARAMETER.sub(lambda match: f"${parameters.index(match[1]) + 1}", text)
    return Statement(name, numbered, parameters)


def _listed(query: ListQuery) -> Iterator[Statement]:
    """Every order of a list, from its beginning and from the middle on, without filters and with each alone."""
    for asked, given in query.shapes():
        names = {name: name if name not in query.optional or name in given else None for name in query.parameters}
        for after in (None, tuple(f"after_{number}" for number in range(2 if query.sorts[asked.sort] else 1))):
            sql, arguments = query.statement(replace(asked, after=after), names)
            order = f"{'-' if asked.descending else ''}{asked.sort}{' (from the middle)' if after else ''}"
            told = ", ".join((f"by {order}", *sorted(given)))
            parameters = tuple("rows" if argument == asked.rows else str(argument) for argument in arguments)
            yield Statement(f"{query.path.relative_to(REPOSITORY)}: {query.name} {told}", sql, parameters)


class Values:
    """Values as they occur, by the name of a parameter and its type."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], Any] = {}

    async def of(self, name: str, kind: str) -> Any:
        """A value for a parameter; `kind` is the server's name of its type."""
        if (name, kind) not in self._known:
            self._known[name, kind] = await self._value(name, kind)
        return self._known[name, kind]

    async def _value(self, name: str, kind: str) -> Any:
        if kind.endswith("[]"):
            one = await self._value(name.removesuffix("s"), kind.removesuffix("[]"))
            return [one]
        if (name, kind) in FIXED:
            return FIXED[name, kind]
        found = await self._sample(SYNONYMS.get(name, name), kind)
        return OF_KIND[kind] if found is None else found

    async def _sample(self, column: str, kind: str) -> Any:
        """The value in the middle of the largest table that has such a column."""
        candidates = await self._connection.fetch(_TABLES_WITH, column, kind)
        for table, rows in candidates:
            sample = f'SELECT "{column}" FROM registry."{table}" WHERE "{column}" IS NOT NULL OFFSET $1 LIMIT 1'
            found = await self._connection.fetchval(sample, max(int(rows) // 2, 0))
            if found is not None:
                return found
        return None


_TABLES_WITH = """
SELECT c.relname, greatest(c.reltuples, 0)
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attname = $1 AND t.typname = $2 AND c.relkind = 'r' AND c.relnamespace = 'registry'::regnamespace
ORDER BY c.reltuples DESC, c.relname
LIMIT 5
"""

FIXED: Mapping[tuple[str, str], Any] = {
    ("rows", "int4"): ROWS,
    ("rows", "int8"): ROWS,
    ("at_most", "int4"): ROWS,
    ("kept", "jsonb"): "{}",
}
"""What is no column although one has its name."""
SYNONYMS: Mapping[str, str] = {
    "after": "volunteer_id",
    "ids": "volunteer_id",
    "person": "volunteer_id",
    "ags": "district",
    "own": "organisation_id",
}
OF_KIND: Mapping[str, Any] = {
    "uuid": UUID("018f0000-0000-7001-8000-000000000000"),
    "text": "de",
    "bool": True,
    "int4": ROWS,
    "int8": ROWS,
    "float8": 1.0,
    "bytea": bytes(32),
    "date": TODAY,
    "timestamptz": NOW,
    "interval": timedelta(days=1),
    "jsonb": "[]",
    "point": asyncpg.Point(10.0, 20.0),
}
"""When nothing of that name is stored."""


async def large(connection: "asyncpg.Connection[asyncpg.Record]", rows: int) -> frozenset[str]:
    """Tables and indexes with at least so many entries, as the statistics say."""
    found = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'registry'::regnamespace AND reltuples >= $1", float(rows)
    )
    return frozenset(row["relname"] for row in found)


def nodes(plan: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[Node]:
    """All nodes of a plan."""
    yield Node(plan, above)
    for below in plan.get("Plans", ()):
        yield from nodes(below, (*above, str(plan["Node Type"])))


def generic(connection: "psycopg.Connection[tuple[Any, ...]]", statement: Statement) -> Mapping[str, Any]:
    """The plan for whatever values come, as the server keeps it for a prepared statement."""
    told: Any = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement.sql}".encode()).fetchall()[0][0]
    plan: Mapping[str, Any] = told[0]["Plan"]
    return plan


async def custom(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: Statement, values: "Values", options: str = ""
) -> Mapping[str, Any]:
    """The plan for values as they occur; with `ANALYZE` among the options it is executed."""
    types = (await connection.prepare(statement.sql)).get_parameters()
    arguments = [await values.of(name, type_.name) for name, type_ in zip(statement.parameters, types, strict=True)]
    told = await connection.fetchval(f"EXPLAIN ({options} FORMAT JSON) {statement.sql}", *arguments)
    plan: Mapping[str, Any] = json.loads(told)[0]["Plan"]
    return plan


def is_chosen(generic: Mapping[str, Any], custom: Mapping[str, Any]) -> bool:
    """Whether the server goes over to the generic plan: when it costs no more than planning anew and what comes of it."""
    planning = 2.5 * (1 + sum(1 for node in nodes(custom) if node.table))
    return bool(generic["Total Cost"] < custom["Total Cost"] + planning)


def faults(name: str, plan: Mapping[str, Any], large: frozenset[str]) -> list[str]:
    """What a plan reads from one end to the other although it is large."""
    return [f"{name}: {node}" for node in nodes(plan) if node.read_whole in large]


def pages(plan: Mapping[str, Any]) -> int:
    """How many pages a query touched, of an EXPLAIN with ANALYZE and BUFFERS."""
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
