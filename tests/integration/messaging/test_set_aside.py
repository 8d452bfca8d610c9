"""What cannot be consumed lies aside alone; consumption goes on; it is played again when it can be consumed."""

import asyncio
import time
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from shared.contracts import base
from shared.contracts.base import CONTRACTS, known_types
from shared.messaging.redrive import redrive
from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import EventLog, Raw, headers_of
from tests.support.sample.app import REACTIONS
from tests.support.sample.running import Sample, is_ready
from tests.support.waiting import eventually, never

VOLUNTEERS, ORGANISATIONS = "registry.volunteers", "registry.organisations"


def with_headers(record: Raw, **changed: bytes | None) -> Raw:
    """The record with some headers replaced."""
    headers = [(name, changed.get(name, value)) for name, value in record.headers]
    return Raw(record.topic, record.key, record.value, headers, record.partition)


def unreadable(volunteer: UUID) -> dict[str, Raw]:
    """Records that nobody can consume, by what is wrong with them."""
    good = Raw.of(events.volunteer(volunteer))
    assert good.key is not None and good.value is not None
    return {
        "bad-envelope: a header is null": with_headers(good, ce_id=None),
        "bad-envelope: a header is no text": with_headers(good, ce_type=b"\xff\xfe"),
        "bad-envelope: no headers": Raw(good.topic, good.key, good.value, []),
        "bad-envelope: the id is none": with_headers(good, ce_id=b"17"),
        "bad-envelope: another version of CloudEvents": with_headers(good, ce_specversion=b"0.3"),
        "bad-envelope: an instant without a zone": with_headers(good, ce_time=b"2026-03-02T09:00:00"),
        "bad-envelope: the subject is not the key": with_headers(good, ce_subject=str(new_id()).encode()),
        "bad-data: no JSON": Raw(good.topic, good.key, b"\x00\x01", good.headers),
        "bad-data: empty": Raw(good.topic, good.key, b"", good.headers),
        "bad-data: JSON of another kind": Raw(good.topic, good.key, b"[]", good.headers),
        "bad-data: a field is missing": Raw(good.topic, good.key, b'{"version": 1}', good.headers),
        "bad-data: another key inside": Raw(good.topic, good.key, Raw.of(events.volunteer()).value, good.headers),
        "unsupported-version: a newer major": with_headers(good, ce_dataschema=b"urn:tandem:volunteer-registered:2"),
        "unsupported-version: a new type": with_headers(
            good, ce_type=b"volunteer-praised", ce_dataschema=b"urn:tandem:volunteer-praised:1"
        ),
    }


async def test_each_unreadable_record_lies_aside_alone_and_its_neighbours_are_consumed(
    sample: Sample, log: EventLog
) -> None:
    volunteer, neighbour = new_id(), new_id()
    records = unreadable(volunteer)
    async with sample.consuming() as consumer:
        for version, record in enumerate(records.values(), start=1):
            await log.publish(events.volunteer_updated(neighbour, version), record)
        last = len(records)
        await eventually(lambda: _at_version(sample, neighbour, last))
        await eventually(lambda: _lie_aside(sample, volunteer, last))
        assert await is_ready(consumer)
    assert await sample.dead_letters(volunteer) == [name.partition(":")[0] for name in records]
    kept = await sample.rows(
        "SELECT value, subject_id FROM dead_letters WHERE key = $1 ORDER BY dead_letter_id", str(volunteer).encode()
    )
    assert kept == [(record.value, volunteer) for record in records.values()]


async def _at_version(sample: Sample, volunteer: UUID, version: int) -> bool:
    return bool(await sample.value("SELECT version >= $2 FROM people WHERE volunteer_id = $1", volunteer, version))


async def _lie_aside(sample: Sample, key: UUID, number: int) -> bool:
    return len(await sample.dead_letters(key)) == number


@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe\xfd"])
async def test_a_record_without_a_readable_key_lies_aside(sample: Sample, log: EventLog, key: bytes | None) -> None:
    """In a topic of notices: Kafka itself refuses a record without a key in a compacted one."""
    person = new_id()
    record = Raw.of(events.erasure_requested(person))
    async with sample.consuming():
        (place,) = await log.publish(Raw(record.topic, key, record.value, record.headers))
        at = 'consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4'
        where = (REACTIONS, place.topic, place.partition, place.offset)
        found = await eventually(lambda: sample.rows(f"SELECT reason, subject_id FROM dead_letters WHERE {at}", *where))
    assert found == [("bad-key", person)]


async def test_a_header_that_nobody_needs_may_be_anything(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    record = Raw.of(events.volunteer(volunteer))
    odd = [*record.headers, ("traceparent", None), ("x", None), ("y", b"\xff"), ("", b""), ("ce_person", b"nobody")]
    async with sample.consuming():
        await log.publish(Raw(record.topic, record.key, record.value, odd[:-1]))
        await eventually(lambda: _at_version(sample, volunteer, 1))
    assert await sample.dead_letters(volunteer) == []


async def test_an_event_that_always_fails_is_tried_again_with_backoff_and_then_lies_aside_alone(
    sample: Sample, log: EventLog
) -> None:
    failing = events.organisation(name="fails")
    before, after = events.organisation(), events.organisation()
    begun = time.monotonic()
    async with sample.consuming(consumer_attempts=4, consumer_backoff_seconds=0.1):
        places = await log.publish(before, failing, after)
        await eventually(lambda: sample.dead_letters(failing.organisation_id))
        took = time.monotonic() - begun
        await eventually(lambda: sample.effects(after.organisation_id))
        for event, place in zip((before, failing, after), places, strict=True):
            await eventually(partial(_committed_past, log, event.organisation_id, place.offset), every=0.1)
    assert took > 0.1 + 0.2 + 0.4
    assert await sample.rows(
        "SELECT reason, attempts FROM dead_letters WHERE key = $1", str(failing.organisation_id).encode()
    ) == [("failed-RuntimeError", 4)]
    assert await sample.effects(before.organisation_id) == await sample.effects(after.organisation_id) == [1]
    assert await sample.effects(failing.organisation_id) == []


async def _committed_past(log: EventLog, organisation: UUID, offset: int) -> bool:
    return await log.committed(REACTIONS, ORGANISATIONS, organisation) > offset


async def test_a_refusal_is_final_and_lies_aside_at_once(sample: Sample, log: EventLog) -> None:
    refused = events.organisation(name="refused")
    async with sample.consuming(consumer_attempts=5, consumer_backoff_seconds=30.0):
        await log.publish(refused)
        await eventually(lambda: sample.dead_letters(refused.organisation_id))
    assert await sample.rows(
        "SELECT reason, attempts FROM dead_letters WHERE key = $1", str(refused.organisation_id).encode()
    ) == [("as-told", 1)]


async def test_what_needs_something_not_yet_known_is_consumed_when_it_comes(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    waiting = events.organisation(name=f"needs {volunteer}")
    async with sample.consuming(consumer_attempts=200):
        await log.publish(waiting)
        await never(lambda: sample.effects(waiting.organisation_id), 0.3)
        await log.publish(events.volunteer(volunteer))
        await eventually(lambda: sample.effects(waiting.organisation_id))
    assert await sample.dead_letters(waiting.organisation_id) == []


async def test_past_the_limit_the_consumer_halts_until_the_dead_letters_are_cleared(
    sample: Sample, log: EventLog
) -> None:
    await sample.rows("DELETE FROM dead_letters RETURNING 1")
    refused = [events.organisation(name="refused") for _ in range(4)]
    async with sample.consuming(dead_letters_at_most=3) as consumer:
        await eventually(lambda: is_ready(consumer))
        await log.publish(*refused)
        await eventually(lambda: consumer.subscriptions[1].intake.halted)
        after = events.organisation(_same_partition(refused[0].organisation_id))
        await log.publish(after)
        assert (await consumer.ready())[0] is False
        assert consumer.live() == (True, "moving")
        await never(lambda: sample.effects(after.organisation_id), 0.5)
        assert len(await sample.rows("SELECT FROM dead_letters WHERE consumer = $1", REACTIONS)) <= 3
        await sample.rows("DELETE FROM dead_letters WHERE consumer = $1 RETURNING 1", REACTIONS)
        await eventually(lambda: sample.effects(after.organisation_id), 20)
        await eventually(lambda: is_ready(consumer))
    assert len(await sample.rows("SELECT FROM dead_letters WHERE consumer = $1", REACTIONS)) >= 1


def _same_partition(key: UUID) -> UUID:
    from shared.messaging.publication import partition_of

    return next(other for _ in range(10_000) if partition_of(str(other := new_id())) == partition_of(str(key)))


async def test_a_database_that_is_away_is_no_poison(sample: Sample, log: EventLog, postgres_server: Any) -> None:
    volunteer, organisation = new_id(), new_id()
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))
        await asyncio.to_thread(postgres_server.stop)
        try:
            await log.publish(events.volunteer(volunteer), events.organisation(organisation))
            await never(lambda: consumer.failed.done() or not consumer.live()[0], 3)
        finally:
            await asyncio.to_thread(postgres_server.start)
        await eventually(lambda: _at_version(sample, volunteer, 1), 30)
        await eventually(lambda: sample.effects(organisation), 30)
    assert await sample.dead_letters(volunteer) == await sample.dead_letters(organisation) == []
    assert await sample.effects(organisation) == [1]


async def test_a_release_that_knows_the_version_plays_it_again(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older release is played by this process with the type taken away; the newer one is a real process."""
    event = events.organisation()
    known = dict(CONTRACTS)
    del known["organisation-registered", 1]
    monkeypatch.setattr(base, "CONTRACTS", known)
    known_types.cache_clear()
    try:
        async with sample.consuming():
            await log.publish(event)
            await eventually(lambda: sample.dead_letters(event.organisation_id))
    finally:
        monkeypatch.undo()
        known_types.cache_clear()
    assert await sample.dead_letters(event.organisation_id) == ["unsupported-version"]
    with sample.process() as process:
        await eventually(lambda: sample.effects(event.organisation_id), 30)
        await process.logged("unsupported-versions-redriven")
    assert await sample.dead_letters(event.organisation_id) == []


async def test_redrive_runs_the_handler_once_and_republishes_nothing(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation, volunteer = new_id(), new_id()
    waiting = events.organisation(organisation, name=f"needs {volunteer}")
    async with sample.consuming(consumer_attempts=1):
        await log.publish(waiting)
        await eventually(lambda: sample.dead_letters(organisation))
        assert await sample.dead_letters(organisation) == ["not-yet-known"]
    before = await log.end(ORGANISATIONS, organisation)
    async with sample.intake(reactions=True) as intake:
        assert (await redrive(intake, "not-yet-known"))["kept"] >= 1
        assert await sample.dead_letters(organisation) == ["not-yet-known"]
        async with sample.consuming():
            await log.publish(events.volunteer(volunteer))
            await eventually(lambda: _at_version(sample, volunteer, 1))
        outcomes = await asyncio.gather(redrive(intake, "not-yet-known"), redrive(intake, "not-yet-known"))
        assert sum(outcome["consumed"] for outcome in outcomes) == 1
    assert await sample.effects(organisation) == [1]
    assert await sample.dead_letters(organisation) == []
    assert await log.end(ORGANISATIONS, organisation) == before
    assert await sample.value("SELECT count(*) FROM outbox") == 0


async def test_redrive_drops_versions_that_are_older_than_the_row(sample: Sample) -> None:
    volunteer = new_id()
    async with sample.intake() as intake:
        await intake.take([record(events.volunteer_updated(volunteer, 3, reach_km=33))])
        await set_aside_as_failed(sample, intake, record(events.volunteer_updated(volunteer, 2, reach_km=22), offset=1))
        assert (await redrive(intake))["consumed"] >= 1
    assert await sample.rows("SELECT version, reach_km FROM people WHERE volunteer_id = $1", volunteer) == [(3, 33)]


def record(event: Any, offset: int = 0) -> Any:
    """An event as a consumer gets it."""
    from shared.messaging.redrive import KeptRecord

    raw = Raw.of(event)
    return KeptRecord(raw.topic, 0, offset, raw.key, raw.value, list(raw.headers))


async def set_aside_as_failed(sample: Sample, intake: Any, kept: Any) -> None:
    """Put a record aside as if its handler had failed."""
    from shared.messaging.dead_letters import set_aside
    from shared.messaging.record import decode

    item = decode(kept, intake.wanted(kept.topic))
    async with intake.database.transaction() as tx:
        await set_aside(tx.connection, intake.consumer, item, reason="failed", attempts=1, now=tx.now, limit=1000)


async def test_the_same_record_lies_aside_once_and_does_not_halt_a_consumer_that_is_just_full(sample: Sample) -> None:
    await sample.rows("DELETE FROM dead_letters RETURNING 1")
    refused = record(events.organisation(name="refused"), offset=new_id().int % 1_000_000)
    async with sample.intake(reactions=True, dead_letters_at_most=1) as intake:
        for _ in range(3):
            await asyncio.wait_for(intake.take([refused]), 10)
    assert len(await sample.rows("SELECT FROM dead_letters")) == 1


async def test_a_batch_with_one_bad_record_costs_few_transactions(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [record(events.organisation(), offset=number) for number in range(256)]
    batch[100] = record(events.organisation(name="refused"), offset=100)
    applied = 0
    async with sample.intake(reactions=True) as intake:
        original = intake.apply

        async def counted(*arguments: Any) -> None:
            nonlocal applied
            applied += 1
            await original(*arguments)

        monkeypatch.setattr(intake, "apply", counted)
        await intake.take(batch)
    effects = await sample.value(
        "SELECT count(*) FROM effects WHERE key = ANY ($1)", [item.key.decode() for item in batch]
    )
    assert effects == 255
    assert applied < 30


async def test_a_statement_that_runs_out_of_time_is_no_database_that_is_away(sample: Sample) -> None:
    """Waiting for it would never end: its event lies aside, and the others of its batch are consumed."""
    batch = [record(events.organisation(), offset=number) for number in range(4)]
    batch[2] = record(events.organisation(name="too-slow"), offset=2)
    async with sample.intake(reactions=True, consumer_attempts=2) as intake:
        await asyncio.wait_for(intake.take(batch), 30)
    keys = [UUID(item.key.decode()) for item in batch]
    assert [await sample.effects(key) for key in keys] == [[1], [1], [], [1]]
    assert await sample.dead_letters(keys[2]) == ["failed-TimeoutError"]


async def test_dead_letters_are_kept_thirty_days(sample: Sample) -> None:
    from datetime import timedelta

    from shared.messaging.pruning import prune_dead_letters
    from shared.runtime.clock import SettableClock

    await sample.rows("DELETE FROM dead_letters RETURNING 1")
    clock = SettableClock()
    assert sample.settings().dead_letters_kept_days == 30
    async with sample.intake(reactions=True, clock=clock) as intake:
        await set_aside_as_failed(sample, intake, record(events.organisation(), offset=1))
        clock.advance(timedelta(days=2))
        await set_aside_as_failed(sample, intake, record(events.organisation(), offset=2))
        clock.advance(timedelta(days=28, seconds=1))
        async with intake.database.transaction() as tx:
            assert await prune_dead_letters(tx, timedelta(days=30)) == 1
    assert await sample.rows('SELECT "offset" FROM dead_letters') == [(2,)]


async def test_headers_come_back_as_they_were(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    raw = with_headers(Raw.of(events.volunteer(volunteer)), ce_id=None, ce_source=b"\xff")
    async with sample.consuming():
        await log.publish(raw)
        await eventually(lambda: sample.dead_letters(volunteer))
    from shared.messaging.redrive import kept_record

    async with sample.database() as database, database.reading() as connection:
        row = await connection.fetchrow("SELECT * FROM dead_letters WHERE key = $1", raw.key)
    assert row is not None
    kept = kept_record(row)
    assert kept.headers == list(raw.headers)
    assert headers_of(kept) == headers_of(raw)
    assert (kept.key, kept.value) == (raw.key, raw.value)
