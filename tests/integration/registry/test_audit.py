"""The audit log: added to and read, never altered or deleted by the service; a broken chain is found."""

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import psycopg
import pytest

from deploy.postgres.provision import provision
from services.registry.handlers import audit
from services.registry.models.audit import Link
from shared.access.callers import Caller, CallerKind, Membership
from shared.contracts.vocabulary import Role
from shared.runtime.ids import new_id
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.support.platform import PASSWORDS, PlatformDatabase

ORGANISATION, ACTOR = new_id(), new_id()
STAFF = Caller(CallerKind.MEMBER, None, ACTOR, (Membership(Role.COORDINATOR, ORGANISATION, frozenset({CELLE})),))


@pytest.fixture
def owner(registry_schema: PlatformDatabase) -> Iterator[psycopg.Connection]:
    """The schema's owner: the only one who could tamper."""
    with psycopg.connect(
        registry_schema.owner_dsn("registry"), autocommit=True, options="-csearch_path=registry"
    ) as connection:
        yield connection


async def add(registry: Registry, count: int = 1, concerning: UUID | None = None) -> None:
    async with registry.database.transaction() as tx:
        for _ in range(count):
            await audit.record(tx, STAFF, "read", "clearance", uuid4(), concerning=concerning, why="placement")


async def verified(registry: Registry, noted: Link | None = None) -> tuple[int, str | None, int | None]:
    async with registry.database.reading() as connection:
        verification, broken, _, _ = await audit.verify(connection, noted)
    return verification.entries, broken.what if broken else None, broken.position if broken else None


async def head(registry: Registry) -> Link:
    async with registry.database.reading() as connection:
        row = await connection.fetchrow("SELECT head_position, head_hash FROM audit_chain")
    assert row is not None
    return Link(row["head_position"], row["head_hash"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET why = 'other'",
        "UPDATE audit_log SET hash = NULL, position = NULL",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log ADD COLUMN what text",
        "DROP TABLE audit_log",
        "INSERT INTO audit_log (entry_id, recorded_at, actor_kind, organisation_ids, action, kind, thing_id, position,"
        " hash) SELECT gen_random_uuid(), now(), 'system', '{}', 'read', 'x', gen_random_uuid(), 1, 'x'",
        "INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (entry_id) DO UPDATE SET why = 'other'",
        "UPDATE audit_chain SET head_position = 0, head_hash = ''",
        "DELETE FROM audit_chain",
        "INSERT INTO audit_chain (the_one) VALUES (false)",
        "CREATE OR REPLACE FUNCTION seal_audit_log(at_most integer, OUT sealed integer, OUT head_position bigint,"
        " OUT head_hash bytea) LANGUAGE sql AS 'SELECT 0, 0::bigint, NULL::bytea'",
        "CREATE TABLE pg_temp.audit_log (entry_id uuid)",
    ],
)
async def test_the_runtime_role_can_neither_alter_nor_delete_the_log(
    statement: str, registry: Registry, registry_schema: PlatformDatabase
) -> None:
    await add(registry)
    # As every start of the platform does: it must not give back what the migration took.
    provision(
        registry_schema.server_dsn,
        {"registry": PASSWORDS["registry"]},
        registry_schema.name,
    )
    async with registry.database.reading() as connection:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError)):
            await connection.execute(statement)
    assert await registry.value("SELECT count(*) FROM audit_log") == 1


async def test_entries_are_sealed_in_a_chain_that_holds(registry: Registry) -> None:
    await add(registry, 3)
    assert await verified(registry) == (0, None, None)
    assert await registry.let_timer_run("seal-audit-log") == 3
    await add(registry, 2)
    await registry.let_timer_run("seal-audit-log")
    assert await verified(registry) == (5, None, None)
    assert await registry.value("SELECT array_agg(position ORDER BY entry_id) FROM audit_log") == [1, 2, 3, 4, 5]
    assert await registry.value("SELECT count(DISTINCT hash) FROM audit_log") == 5


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_log SET why = 'other' WHERE position = 3", ("entry-altered", 3)),
        ("UPDATE audit_log SET actor_id = gen_random_uuid() WHERE position = 3", ("entry-altered", 3)),
        ("UPDATE audit_log SET concerning = NULL WHERE position = 3", ("entry-altered", 3)),
        ("UPDATE audit_log SET recorded_at = recorded_at + '1 us'::interval WHERE position = 3", ("entry-altered", 3)),
        ("UPDATE audit_log SET organisation_ids = '{}' WHERE position = 3", ("entry-altered", 3)),
        ("DELETE FROM audit_log WHERE position = 3", ("entry-missing", 3)),
        ("DELETE FROM audit_log WHERE position = 1", ("entry-missing", 1)),
        ("DELETE FROM audit_log WHERE position = 5", ("entry-missing", 5)),
        ("DELETE FROM audit_log", ("entry-missing", 1)),
        (
            "UPDATE audit_log SET position = 9 WHERE position = 2; UPDATE audit_log SET position = 2 WHERE position = 3;"
            "UPDATE audit_log SET position = 3 WHERE position = 9",
            ("entry-altered", 2),
        ),
        ("UPDATE audit_chain SET head_hash = 'x'", ("end-altered", 5)),
        (
            "UPDATE audit_log SET hash = sha256('x') WHERE position = 5; UPDATE audit_chain SET head_hash = sha256('x')",
            ("entry-altered", 5),
        ),
    ],
)  # fmt: skip
async def test_a_broken_chain_is_found(
    tampering: str, found: tuple[str, int], registry: Registry, owner: psycopg.Connection
) -> None:
    await add(registry, 5, concerning=uuid4())
    await registry.let_timer_run("seal-audit-log")
    assert await verified(registry) == (5, None, None)
    owner.execute(tampering)
    _, what, position = await verified(registry)
    assert (what, position) == found


async def test_an_end_that_was_cut_off_is_found_when_it_was_noted(
    registry: Registry, owner: psycopg.Connection
) -> None:
    await add(registry, 3)
    await registry.let_timer_run("seal-audit-log")
    noted = await head(registry)
    assert await verified(registry, noted) == (3, None, None)
    owner.execute(
        "DELETE FROM audit_log WHERE position = 3;"
        "UPDATE audit_chain SET head_position = 2, head_hash = (SELECT hash FROM audit_log WHERE position = 2)"
    )
    assert (await verified(registry))[1] is None
    assert (await verified(registry, noted))[1:] == ("end-cut-off", 3)
    await add(registry, 2)
    await registry.let_timer_run("seal-audit-log")
    assert (await verified(registry))[1] is None
    assert (await verified(registry, noted))[1:] == ("differs-from-what-was-noted", 3)


async def test_simultaneous_appends_and_seals_neither_wait_for_each_other_nor_break_the_chain(
    registry: Registry,
) -> None:
    """Appends in transactions that overlap, late commits among them, while several workers seal."""
    writers, each = 6, 30
    all_have_written = asyncio.Barrier(writers)

    async def write() -> None:
        async with registry.database.transaction() as tx:
            await audit.record(tx, STAFF, "read", "clearance", uuid4())
            # Nobody commits before everybody has appended: an append that waited for another would never come here.
            await asyncio.wait_for(all_have_written.wait(), timeout=20)
        for _ in range(each - 1):
            await add(registry)

    async def seal() -> None:
        while await registry.value("SELECT count(*) FROM audit_log WHERE position IS NOT NULL") < writers * each:
            async with registry.database.transaction() as tx:
                await audit.seal(tx)

    await asyncio.wait_for(asyncio.gather(*(write() for _ in range(writers)), seal(), seal(), seal()), timeout=60)
    assert await verified(registry) == (writers * each, None, None)
    positions = await registry.value("SELECT array_agg(position ORDER BY position) FROM audit_log")
    assert positions == list(range(1, writers * each + 1))


async def test_an_entry_that_commits_after_later_ones_were_sealed_is_chained_up_too(registry: Registry) -> None:
    async with registry.database.transaction() as late:
        await audit.record(late, STAFF, "read", "clearance", uuid4())
        await add(registry, 2)
        assert await registry.let_timer_run("seal-audit-log") == 2
    assert await registry.let_timer_run("seal-audit-log") == 1
    assert await verified(registry) == (3, None, None)


async def test_what_was_not_done_is_not_recorded(registry: Registry) -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone):
        async with registry.database.transaction() as tx:
            await audit.record(tx, STAFF, "changed", "clearance", uuid4())
            raise Undone
    assert await registry.value("SELECT count(*) FROM audit_log") == 0


@pytest.mark.parametrize("why", ["Frau Demo ist krank", "a" * 61, "", "x\x1fy"])
async def test_no_content_gets_into_the_log(why: str, registry: Registry) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with registry.database.transaction() as tx:
            await audit.record(tx, STAFF, "read", "clearance", uuid4(), why=why)


async def test_entries_are_kept_until_the_end_of_the_following_year(registry: Registry) -> None:
    """Art. 5(1)(e), 5(2) DSGVO; the period of § 76(4) BDSG. By the clock of the server, which no caller can set."""
    today = await registry.value("SELECT (now() AT TIME ZONE 'Europe/Berlin')::date")
    old = datetime(today.year - 2, 12, 31, 22, 59, 59, tzinfo=UTC)
    kept = datetime(today.year - 2, 12, 31, 23, 0, 0, tzinfo=UTC)
    for instant in (old - timedelta(days=400), old, kept, datetime.now(UTC)):
        registry.clock.instant = instant
        await add(registry)
        await registry.let_timer_run("seal-audit-log")
    noted = await head(registry)
    assert await registry.let_timer_run("forget-audit-log") == 2
    assert await registry.value("SELECT array_agg(position ORDER BY position) FROM audit_log") == [3, 4]
    assert await verified(registry, noted) == (2, None, None)
    assert await registry.let_timer_run("forget-audit-log") == 0


async def test_forgetting_leaves_no_gap_behind_an_entry_that_is_kept(registry: Registry) -> None:
    now = datetime.now(UTC)
    for instant in (now, now - timedelta(days=1200)):
        registry.clock.instant = instant
        await add(registry)
        await registry.let_timer_run("seal-audit-log")
    assert await registry.let_timer_run("forget-audit-log") == 0
    assert await verified(registry) == (2, None, None)


async def verify_audit(schema: PlatformDatabase, *arguments: str) -> tuple[int | None, str]:
    """The command, in a process of its own, as the runtime role."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.registry", "verify-audit", *arguments),
        env={**os.environ, **schema.environment("registry")},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), timeout=60)
    return process.returncode, out.decode()


async def test_the_command_finds_a_broken_chain(
    registry: Registry, registry_schema: PlatformDatabase, owner: psycopg.Connection
) -> None:
    await add(registry, 2)
    await registry.let_timer_run("seal-audit-log")
    noted = await head(registry)
    status, said = await verify_audit(registry_schema, "--noted", f"{noted.position}:{noted.hash.hex()}")
    assert status == 0, said
    owner.execute("UPDATE audit_log SET why = 'other' WHERE position = 2")
    status, said = await verify_audit(registry_schema)
    assert status == 1
    assert '"broken": {"position": 2, "what": "entry-altered"}' in said


async def officer(registry: Registry) -> Person:
    state = await registry.state_admin()
    authority = await registry.organisation(registry.staff("a"), kind="state_authority", verified_by=state)
    await registry.invite(state, authority, "privacy_officer")
    person = registry.staff("officer-1")
    await registry.redeem(person)
    return person


async def test_the_privacy_officer_reads_it_and_that_is_recorded_too(registry: Registry) -> None:
    person = await officer(registry)
    volunteer = uuid4()
    await add(registry, 2, concerning=volunteer)
    await add(registry, 1, concerning=uuid4())
    answer = await registry.get("/audit-entries", person, concerning=str(volunteer))
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [(item["action"], item["kind"], item["concerning"]) for item in items] == [
        ("read", "clearance", str(volunteer))
    ] * 2
    assert (items[0]["actor_id"], items[0]["organisation_ids"]) == (str(ACTOR), [str(ORGANISATION)])
    looks = await registry.value(
        "SELECT count(*) FROM audit_log WHERE kind = 'audit-log' AND concerning = $1", volunteer
    )
    assert looks == 1
    csv = await registry.get("/audit-entries", person, concerning=str(volunteer), format="csv")
    assert len(csv.text.strip().splitlines()) == 1 + 3


async def test_nobody_else_reads_it(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    await registry.organisation(admin, verified_by=state)
    volunteer, _ = await registry.volunteer()
    for person in (state, admin, volunteer):
        assert (await registry.get("/audit-entries", person)).status_code == 403
    assert (await registry.get("/audit-entries")).status_code == 401
