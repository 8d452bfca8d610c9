"""A read model is built anew beside the old one and taken over: under live writes, without a single call of `changed`."""

import asyncio
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from shared.messaging.record import Item
from shared.messaging.replay import SUFFIX, Replay
from shared.postgres.database import prepare_connection
from shared.runtime import commands
from shared.runtime.clock import Clock
from shared.runtime.ids import new_id
from shared.runtime.settings import ConfigurationError
from tests.support import events
from tests.support.event_log import EventLog, Raw
from tests.support.sample.app import OFFERS, PEOPLE, PROJECTIONS, SERVICE
from tests.support.sample.running import Sample, is_ready
from tests.support.waiting import eventually

DESCRIBED = {
    "columns": "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_name = 'people' ORDER BY ordinal_position",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'people' ORDER BY indexname",
    "constraints": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE conrelid = 'people'::regclass ORDER BY conname",
    "grants": "SELECT grantee, privilege_type FROM information_schema.table_privileges"
    " WHERE table_name = 'people' ORDER BY 1, 2",
    "owner": "SELECT tableowner FROM pg_tables WHERE tablename = 'people'",
    "comment": "SELECT obj_description('people'::regclass)",
}


async def described(sample: Sample) -> dict[str, Any]:
    """Everything about the table but what is in it."""
    return {what: await sample.rows(query) for what, query in DESCRIBED.items()}


async def rebuild(sample: Sample) -> int:
    """Build the read model of people anew."""
    return await Replay("matching", PEOPLE, sample.settings(), Clock()).run()


async def test_the_table_is_the_same_afterwards_with_its_indexes_grants_and_comment(sample: Sample) -> None:
    before = await described(sample)
    assert all(before.values())
    for _ in range(2):
        await rebuild(sample)
        assert await described(sample) == before
    assert await sample.rows("SELECT FROM pg_tables WHERE tablename LIKE $1", f"%{SUFFIX}") == []


async def test_a_damaged_read_model_is_whole_again(sample: Sample, log: EventLog) -> None:
    volunteers = [new_id() for _ in range(20)]
    kept, damaged, lost, wrong = volunteers[:4]
    await log.publish(*(events.volunteer(volunteer, 1) for volunteer in volunteers))
    await log.publish(*(events.volunteer_updated(volunteer, 2, reach_km=44) for volunteer in volunteers[1:]))
    await log.publish(Raw.tombstone("registry.volunteers", wrong))
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))
    told = await sample.value("SELECT count(*) FROM told")
    await sample.rows("UPDATE people SET reach_km = 1, version = 99 WHERE volunteer_id = $1 RETURNING 1", damaged)
    await sample.rows("DELETE FROM people WHERE volunteer_id = $1 RETURNING 1", lost)
    await sample.rows(
        "INSERT INTO people SELECT $1, version, district, reach_km, languages FROM people LIMIT 1 RETURNING 1", wrong
    )
    assert await rebuild(sample) >= 40
    rows = await sample.rows(
        "SELECT volunteer_id, version, reach_km FROM people WHERE volunteer_id = ANY ($1)", volunteers
    )
    wanted = {kept: (1, 20)} | {volunteer: (2, 44) for volunteer in volunteers[1:] if volunteer != wrong}
    assert {row[0]: row[1:] for row in rows} == wanted
    assert await sample.value("SELECT count(*) FROM told") == told, "a replay called `changed`"


async def test_under_live_writes_nothing_is_lost(sample: Sample, log: EventLog) -> None:
    """Most volunteers are written once only: what is lost then, no later event would heal."""
    often = new_id()
    written: dict[UUID, int] = {}
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            written[often] = written.get(often, 0) + 1
            once = [new_id() for _ in range(5)]
            await log.publish(
                events.volunteer_updated(often, written[often]), *(events.volunteer(volunteer) for volunteer in once)
            )
            written.update(dict.fromkeys(once, 1))
            await asyncio.wait([stopping], timeout=0.01)

    async def all_there() -> bool:
        known = "SELECT volunteer_id, version FROM people WHERE volunteer_id = ANY ($1)"
        return dict(await sample.rows(known, list(written))) == written

    async with sample.consuming() as consumer:
        stopping = asyncio.create_task(stop.wait())
        writing = asyncio.create_task(write())
        for _ in range(3):
            await rebuild(sample)
        stop.set()
        await writing
        await eventually(all_there)
        assert consumer.failed.done() is False
    assert len(written) > 30
    assert await sample.rows("SELECT reason FROM dead_letters WHERE reason LIKE 'failed%'") == []
    times = "SELECT count(*) FROM told WHERE volunteer_id = ANY ($1) GROUP BY volunteer_id HAVING count(*) > 1"
    assert await sample.rows(times, [str(volunteer) for volunteer in written if volunteer != often]) == []


async def test_what_no_table_takes_in_is_left_out_alone(sample: Sample) -> None:
    told = [events.volunteer(new_id(), version) for version in (1, 2**63, 1, 1)]
    items = [Item(cast(Any, None), str(event.volunteer_id), event=event) for event in told]
    replay = Replay("matching", PEOPLE, sample.settings(), Clock())
    dsn = sample.settings().postgres_owner_dsn
    assert dsn is not None
    owner = await asyncpg.connect(dsn.get_secret_value(), server_settings={"search_path": "matching"})
    await prepare_connection(owner)
    try:
        await owner.execute(f"CREATE TABLE people{SUFFIX} (LIKE people INCLUDING ALL)")
        await replay._apply(owner, items)
        rows = await owner.fetch(f"SELECT volunteer_id FROM people{SUFFIX}")
        assert {row["volunteer_id"] for row in rows} == {told[at].volunteer_id for at in (0, 2, 3)}
    finally:
        await owner.execute(f"DROP TABLE IF EXISTS people{SUFFIX}")
        await owner.close()


async def test_a_rebuild_that_died_leaves_nothing_in_the_way(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    await log.publish(events.volunteer(volunteer))
    dies = replace(PEOPLE, row=_fail)
    with pytest.raises(ZeroDivisionError):
        await Replay("matching", dies, sample.settings(), Clock()).run()
    assert await sample.value("SELECT to_regclass('people__beside')::text") is None, "persons whom nobody erases there"
    assert await rebuild(sample) > 0
    assert len(await sample.rows("SELECT FROM people WHERE volunteer_id = $1", volunteer)) == 1


def _fail(_event: Any) -> dict[str, Any]:
    raise ZeroDivisionError


async def test_it_does_not_touch_the_live_group_nor_the_outbox(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    await log.publish(events.volunteer(volunteer))
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))
        await eventually(lambda: _committed(log, volunteer))
    before = await log.committed(PROJECTIONS, "registry.volunteers", volunteer)
    await rebuild(sample)
    assert await log.committed(PROJECTIONS, "registry.volunteers", volunteer) == before
    assert await sample.value("SELECT count(*) FROM outbox") == 0


async def _committed(log: EventLog, volunteer: UUID) -> bool:
    end = await log.end("registry.volunteers", volunteer)
    return await log.committed(PROJECTIONS, "registry.volunteers", volunteer) >= end


async def test_it_needs_the_owners_connection(sample: Sample) -> None:
    settings = sample.settings(postgres_owner_dsn=None)
    with pytest.raises(ConfigurationError, match="TANDEM_POSTGRES_OWNER_DSN"):
        await Replay("matching", OFFERS, settings, Clock()).run()


async def test_the_command_rebuilds(sample: Sample) -> None:
    with sample.process("replay", "people") as process:
        assert await process.ended() == 0, process.log
        assert '"projection": "people"' in process.log


async def test_the_command_names_the_read_models_that_there_are(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_prepare", lambda *_: sample.settings())
    for name, says in (("nobody", "no read model 'nobody'"), ("", "say which")):
        with pytest.raises(ConfigurationError, match=f"{says}.*offers, people"):
            await commands.run_replay(SERVICE, name)
