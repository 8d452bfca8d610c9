"""Migrations: from nothing, again and again, by several at once, and all or nothing."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psycopg
import pytest

from deploy.local.folders import REPOSITORY
from shared.postgres.migrate import migrate
from tests.support.platform import PlatformDatabase, make_database
from tests.support.sample.app import MIGRATIONS

REVISION = '''"""For a test."""

from shared.postgres.migrate import run_sql

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    """Run the file beside it."""
    run_sql(__file__)
'''


def chain(folder: Path, *files: str) -> Path:
    """A chain of migrations with these SQL texts."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(files, start=1):
        down = f'"{number - 1:04}"' if number > 1 else "None"
        (versions / f"{number:04}_step.py").write_text(REVISION.format(revision=f"{number:04}", down=down))
        (versions / f"{number:04}_step.sql").write_text(text)
    return folder


async def tables(database: PlatformDatabase) -> set[str]:
    connection = await asyncpg.connect(database.admin_dsn)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'training'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


@pytest.fixture
def empty(database_without_kafka: Callable[..., PlatformDatabase], tmp_path: Path) -> PlatformDatabase:
    """A schema whose chain has one step so far."""
    return database_without_kafka(training=chain(tmp_path / "first", "CREATE TABLE one (x int);"))


async def test_a_chain_goes_on_where_it_was(empty: PlatformDatabase, tmp_path: Path) -> None:
    longer = chain(
        tmp_path / "longer", "CREATE TABLE one (x int);", "CREATE TABLE two (x int); ALTER TABLE one ADD y int;"
    )
    for _ in range(2):
        await asyncio.to_thread(migrate, "training", longer, empty.owner_dsn("training"))
    assert await tables(empty) == {"schema_revision", "one", "two"}


async def test_several_processes_may_migrate_at_once(empty: PlatformDatabase, tmp_path: Path) -> None:
    slow = "SELECT pg_sleep(0.2); CREATE TABLE two (x int);"
    longer = chain(tmp_path / "longer", "CREATE TABLE one (x int);", slow, "CREATE TABLE three (x int);")
    call = "import sys; from pathlib import Path; from shared.postgres.migrate import migrate;"
    call += "migrate('training', Path(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", call, str(longer), empty.owner_dsn("training")]
    started = [await asyncio.create_subprocess_exec(*command, cwd=REPOSITORY) for _ in range(3)]
    assert [await each.wait() for each in started] == [0, 0, 0]
    assert await tables(empty) == {"schema_revision", "one", "two", "three"}


async def test_a_chain_that_fails_changes_nothing_at_all(empty: PlatformDatabase, tmp_path: Path) -> None:
    broken = chain(
        tmp_path / "b", "CREATE TABLE one (x int);", "CREATE TABLE two (x int);", "CREATE TABLE two (x int);"
    )
    with pytest.raises(psycopg.errors.DuplicateTable):
        await asyncio.to_thread(migrate, "training", broken, empty.owner_dsn("training"))
    assert await tables(empty) == {"schema_revision", "one"}
    mended = chain(
        tmp_path / "b", "CREATE TABLE one (x int);", "CREATE TABLE two (x int);", "CREATE TABLE three (x int);"
    )
    await asyncio.to_thread(migrate, "training", mended, empty.owner_dsn("training"))
    assert await tables(empty) == {"schema_revision", "one", "two", "three"}


async def test_percent_signs_and_colons_in_sql_mean_themselves(empty: PlatformDatabase, tmp_path: Path) -> None:
    odd = "CREATE TABLE odd AS SELECT 'a%b :c %(d)s'::text AS x, 5 % 3 AS y;"
    await asyncio.to_thread(migrate, "training", chain(tmp_path / "l", "SELECT 1;", odd), empty.owner_dsn("training"))
    connection = await asyncpg.connect(empty.admin_dsn)
    try:
        assert tuple(await connection.fetchrow("SELECT x, y FROM training.odd") or ()) == ("a%b :c %(d)s", 2)
    finally:
        await connection.close()


async def test_the_sample_is_made_of_its_migrations(postgres_server: object) -> None:
    first = make_database(postgres_server, {"training": MIGRATIONS})  # type: ignore[arg-type]
    assert {"outbox", "relay", "dead_letters", "reactions", "erased_subjects", "people"} <= await tables(first)
