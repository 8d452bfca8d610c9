"""Fills an empty, migrated registry with a population: `python -m tests.benchmarks.registry.generator DSN 1000000 [seed]`.

Rows are made in steps and copied while the next step is made, so memory does not grow with the size. It writes as
administrator and as a replica does: triggers stand still, because what they would write is generated as well.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import psycopg
from psycopg import sql

from tests.benchmarks.registry import people, staff
from tests.benchmarks.registry.population import Population
from tests.benchmarks.registry.sheets import COLUMNS, LEFT_EMPTY, Sheets

MADE_BY_MIGRATIONS = (
    "schema_revision",
    "relay",
    "change_feed",
    "contact_topics",
    "campaign_noise",
    "audit_chain",
    "needs_counted",
)
"""Tables with rows of their own, or one row."""


class Unknown(Exception):
    """The schema has tables of which the generator knows nothing."""


def fill(admin_dsn: str, population: Population) -> float:
    """Write the whole population and gather statistics; seconds.

    Raises
    ------
    Unknown
        The registry has got tables since: say in `sheets` with what they are filled, or why they are left empty.
    """
    begun = time.monotonic()
    with psycopg.connect(admin_dsn, autocommit=True, options="-csearch_path=registry") as connection:
        missing = tables(connection) - COLUMNS.keys() - LEFT_EMPTY.keys() - set(MADE_BY_MIGRATIONS)
        if missing:
            raise Unknown(f"not generated: {', '.join(sorted(missing))}")
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        with _indexed_afterwards(connection):
            for sheets in steps(population):
                with connection.transaction():
                    sheets.copy_into(connection)
        last = "SELECT coalesce(max(number), 0) FROM changes"
        connection.execute(f"UPDATE change_feed SET last_number = ({last})".encode())
        head = "(SELECT position FROM audit_log ORDER BY position DESC NULLS LAST LIMIT 1)"
        connection.execute(f"UPDATE audit_chain SET head_position = coalesce({head}, 0)".encode())
        connection.execute("VACUUM (ANALYZE)")
    return time.monotonic() - begun


def steps(population: Population) -> Iterator[Sheets]:
    """Everything, in an order in which foreign keys hold at the end of it."""
    return chain([staff.geography(population)], staff.organisations(population), people.volunteers(population))


@contextmanager
def _indexed_afterwards(connection: "psycopg.Connection[tuple[object, ...]]") -> Iterator[None]:
    """Indexes that hold no constraint are made when the rows are there: sorted once, instead of grown row by row."""
    found = connection.execute(_INDEXES).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(name))))
    yield
    for _, definition in found:
        connection.execute(str(definition).encode())


_INDEXES = """
SELECT i.indexname, i.indexdef FROM pg_indexes AS i
JOIN pg_index AS x ON x.indexrelid = format('%I.%I', i.schemaname, i.indexname)::regclass
WHERE i.schemaname = 'registry' AND NOT x.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = x.indexrelid)
ORDER BY i.indexname
"""


def tables(connection: "psycopg.Connection[tuple[object, ...]]") -> set[str]:
    """The registry's tables."""
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'registry'").fetchall()
    return {str(row[0]) for row in rows}


if __name__ == "__main__":
    dsn, size = sys.argv[1], int(sys.argv[2])
    print(f"{fill(dsn, Population(size, int(sys.argv[3]) if len(sys.argv) > 3 else 1)):.1f} s")  # noqa: T201
