"""Every named query, prepared against the migrated schema with the rights that the service has.

    python -m deploy.local.check_queries

It starts a PostgreSQL of its own, makes the four schemas from nothing, and lets the server parse and plan each query of
each `*.sql` that `load_queries` reads; those of `shared` in every service's schema. A column that is not there, a type
that cannot be told, a right that is missing: found here, not by the first person who needs the query. It migrates twice:
the second time may change nothing.
"""

import asyncio
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import psycopg

from deploy.local import postgres
from deploy.local.folders import REPOSITORY
from deploy.local.problems import StartProblem
from deploy.postgres.provision import DATABASE, RolePasswords, dsn_of, owner_of, provision, runtime_of
from shared.contracts.topics import SERVICES
from shared.postgres.migrate import migrate
from shared.postgres.queries import load_queries

START_SECONDS = 60
_NAME = re.compile(r"^-- name: *(\w+)\S*", re.MULTILINE)
_NO_QUERIES = ("migrations", "platform")
"""Folders whose SQL makes tables."""

_SHAPE = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = %(schema)s
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = %(schema)s
UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace AND prokind IN ('f', 'p')
UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
UNION ALL SELECT 'rights', oid::regclass::text, relacl::text
FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
ORDER BY 1, 2, 3
"""


def query_files(repository: Path = REPOSITORY) -> dict[Path, tuple[str, ...]]:
    """Every file of named queries, with the schemas in which they run."""
    found: dict[Path, tuple[str, ...]] = {}
    for room, schemas in {"shared": SERVICES, **{f"services/{name}": (name,) for name in SERVICES}}.items():
        for path in sorted((repository / room).rglob("*.sql")):
            if not set(_NO_QUERIES) & set(path.relative_to(repository).parts):
                found[path] = schemas
    return found


def _said(path: Path) -> Path:
    return path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path


def misnamed(path: Path) -> list[str]:
    """What is wrong with a file before any server sees it: a name given twice, a query that does not say what it is for."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    doubled = [f"{_said(path)}: {name} is there {count} times" for name, count in Counter(names).items() if count > 1]
    silent = [
        f"{_said(path)}: {name} has no line that says what it is for"
        for name, body in zip(names, bodies, strict=True)
        if not body.lstrip().startswith("-- ")
    ]
    return doubled + silent + ([] if names else [f"{_said(path)}: no query in it"])


async def failing(files: Mapping[Path, Sequence[str]], runtime_dsns: Mapping[str, str]) -> list[str]:
    """The queries that cannot be prepared, one line for each schema in which it fails.

    Parameters
    ----------
    files
        Files of queries and the schemas in which they run.
    runtime_dsns
        By schema: the connection string of the role that runs them.
    """
    found = []
    for schema, dsn in runtime_dsns.items():
        connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
        try:
            for path in (path for path, schemas in files.items() if schema in schemas):
                found += [f"{_said(path)}: {problem} (schema {schema})" for problem in await _failing(connection, path)]
        finally:
            await connection.close()
    return found


async def _failing(connection: "asyncpg.Connection[asyncpg.Record]", path: Path) -> list[str]:
    queries, found = load_queries(str(path), path.name), []
    names = set(queries.available_queries)
    # aiosql adds a second form of each query that gives many rows.
    for name in sorted(names - {f"{name}_cursor" for name in names}):
        try:
            await _try(connection, getattr(queries, name).sql)
        except asyncpg.PostgresError as error:
            found.append(f"{name}: {error}")
    return found


async def _try(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> None:
    await connection.prepare(statement)
    # Preparing asks for no rights; the executor does, also when it only explains.
    with suppress(asyncpg.PostgresSyntaxError):  # parsed above, so it is a command that has no plan
        await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")


def shape(owner_dsn: str, schema: str) -> list[tuple[str, str, str]]:
    """What a schema consists of: columns, constraints, indexes, functions, triggers, rights."""
    with psycopg.connect(owner_dsn) as connection:
        return [
            (str(kind), str(name), str(what)) for kind, name, what in connection.execute(_SHAPE, {"schema": schema})
        ]


def migrate_twice(owner_dsns: Mapping[str, str]) -> list[str]:
    """Migrate every schema, and once more; what the second time changed."""
    found = []
    for service, dsn in owner_dsns.items():
        folder = REPOSITORY / "services" / service / "migrations"
        migrate(service, folder, dsn)
        before = shape(dsn, service)
        migrate(service, folder, dsn)
        changed = set(before) ^ set(shape(dsn, service))
        found += [f"migrating {service} twice changes {kind} {name}" for kind, name, _ in sorted(changed)]
        if not before:
            found.append(f"the migrations of {service} make nothing")
    return found


@contextmanager
def throw_away_server() -> Iterator[str]:
    """A PostgreSQL that lives as long as the context; its administrator's connection string.

    Raises
    ------
    StartProblem
        It cannot be made, or does not answer.
    """
    folder = Path(tempfile.mkdtemp(prefix="tandem-queries-"))
    try:
        prepared = postgres.prepare(folder, _free_port(), secrets.token_urlsafe(18))
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(prepared.command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_ready(prepared, process)
            yield prepared.admin_dsn
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(prepared: postgres.PostgresCommand, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while not postgres.is_ready(prepared.admin_dsn):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartProblem("PostgreSQL did not start for the check of the queries")
        time.sleep(0.1)


def problems() -> list[str]:
    """Everything for which the check fails, in words."""
    files = query_files()
    found = [problem for path in files for problem in misnamed(path)]
    passwords = {name: RolePasswords(secrets.token_urlsafe(18), secrets.token_urlsafe(18)) for name in SERVICES}
    with throw_away_server() as admin_dsn:
        provision(admin_dsn, passwords)
        owners = {name: dsn_of(admin_dsn, owner_of(name), of.owner, DATABASE) for name, of in passwords.items()}
        runtimes = {name: dsn_of(admin_dsn, runtime_of(name), of.runtime, DATABASE) for name, of in passwords.items()}
        found += migrate_twice(owners)
        return found + asyncio.run(failing(files, runtimes))


def main() -> None:
    """Print what is wrong; exit status 0 only when nothing is."""
    # Told to stop, it leaves through the contexts, which stop the server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        found = problems()
    except StartProblem as problem:
        sys.exit(str(problem))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
