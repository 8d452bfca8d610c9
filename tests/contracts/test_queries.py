"""Every named query can be prepared where it runs; and the check that says so finds what is wrong."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psycopg
import pytest

from deploy.local import check_queries
from deploy.local.check_queries import failing, migrate_twice, misnamed, query_files, shape
from deploy.local.folders import REPOSITORY
from shared.contracts.topics import SERVICES
from tests.support.platform import PlatformDatabase

SUBJECTS = "-- name: these\n-- What is asked for.\n"


@pytest.fixture(scope="module")
def platform(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka(*SERVICES)


@pytest.fixture
def spoilt(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    """A database of its own, to be spoilt."""
    return database_without_kafka("matching")


async def test_every_query_can_be_prepared_in_every_schema_where_it_runs(platform: PlatformDatabase) -> None:
    assert await failing(query_files(), {name: platform.runtime_dsn(name) for name in SERVICES}) == []


def test_every_query_has_a_name_of_its_own_and_says_what_it_is_for() -> None:
    assert [problem for path in query_files() for problem in misnamed(path)] == []


def test_a_second_migration_changes_nothing(platform: PlatformDatabase) -> None:
    assert migrate_twice({name: platform.owner_dsn(name) for name in SERVICES}) == []


def test_the_files_are_those_that_the_code_loads() -> None:
    files = query_files()
    named = {path.relative_to(REPOSITORY).as_posix(): schemas for path, schemas in files.items()}
    assert named["shared/messaging/queries.sql"] == SERVICES
    assert named["services/registry/store/places.sql"] == ("registry",)
    assert named["services/matching/store/offers.sql"] == ("matching",)
    assert not any("migrations" in path or "platform" in path for path in named)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT moon FROM outbox;", 'column "moon" does not exist'),
        ("SELECT * FROM moons;", 'relation "moons" does not exist'),
        ("SELECT :what;", None),
        ("SELECT :first + :second;", "operator is not unique"),
        ("SELECT FROM outbox WHERE position = :position::uuid;", "operator does not exist: bigint = uuid"),
        ("TRUNCATE outbox;", None),
        ("INSERT INTO outbox (topic) VALUES (:topic, :key);", "INSERT has more expressions than target columns"),
        ("SELECT * FROM registry.outbox;", "permission denied for schema registry"),
    ],
)
async def test_a_query_that_cannot_run_is_found(
    query: str, said: str | None, platform: PlatformDatabase, tmp_path: Path
) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(SUBJECTS + query)
    found = await failing({path: ("matching",)}, {"matching": platform.runtime_dsn("matching")})
    if said is None:
        assert found == []
    else:
        (problem,) = found
        assert "these: " in problem
        assert said in problem
        assert problem.endswith("(schema matching)")


async def test_a_right_that_the_role_does_not_have_is_found(spoilt: PlatformDatabase, tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(SUBJECTS + "DELETE FROM outbox WHERE position = :position;")
    dsns = {"matching": spoilt.runtime_dsn("matching")}
    assert await failing({path: ("matching",)}, dsns) == []
    owner = await asyncpg.connect(spoilt.owner_dsn("matching"))
    await owner.execute("REVOKE DELETE ON outbox FROM matching_runtime")
    await owner.close()
    (problem,) = await failing({path: ("matching",)}, dsns)
    assert "permission denied for table outbox" in problem


async def test_a_query_is_tried_only_where_it_runs(platform: PlatformDatabase, tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(SUBJECTS + "SELECT offer_id FROM offers WHERE urgency = :urgency;")
    dsns = {name: platform.runtime_dsn(name) for name in ("matching", "training")}
    assert await failing({path: ("matching",)}, dsns) == []
    (problem,) = await failing({path: ("matching", "training")}, dsns)
    assert problem.endswith("(schema training)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SUBJECTS + "SELECT 1;\n\n-- name: these^\n-- Again.\nSELECT 2;\n", "these is there 2 times"),
        ("-- name: these$\nSELECT 1;\n", "these has no line that says what it is for"),
        ("SELECT 1;\n", "no query in it"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_found(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(text)
    (problem,) = misnamed(path)
    assert problem.endswith(said)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("ALTER TABLE offers ADD COLUMN moon text", "column"),
        ("ALTER TABLE offers ADD CONSTRAINT few CHECK (places < 5000)", "constraint"),
        ("CREATE INDEX offers_by_title ON offers (title)", "index"),
        ("REVOKE DELETE ON offers FROM matching_runtime", "rights"),
        ("CREATE FUNCTION moon() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function"),
    ],
)
def test_the_shape_of_a_schema_shows_every_change(change: str, kind: str, spoilt: PlatformDatabase) -> None:
    owner = spoilt.owner_dsn("matching")
    before = set(shape(owner, "matching"))
    with psycopg.connect(owner) as connection:
        connection.execute(change)
    after = set(shape(owner, "matching"))
    assert {found for found, _, _ in before ^ after} >= {kind}
    assert len(before ^ after) <= 2


def test_the_command_fails_and_says_which_query(
    platform: PlatformDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(SUBJECTS + "SELECT * FROM moons;")
    monkeypatch.setattr(check_queries, "problems", lambda: asyncio.run(_of(path, platform)))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        check_queries.main()
    assert ended.value.code == 1
    assert 'these: relation "moons" does not exist' in capsys.readouterr().out


async def _of(path: Path, platform: PlatformDatabase) -> list[str]:
    return await failing({path: ("matching",)}, {"matching": platform.runtime_dsn("matching")})
