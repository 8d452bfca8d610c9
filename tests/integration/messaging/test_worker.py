"""The worker as a real process: killed, stopped, frozen out of its database; healthy by its progress."""

import asyncio
import signal
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.messaging import consumer as consumer_module
from shared.messaging import subscription as subscription_module
from shared.messaging.publication import partition_of
from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import EventLog
from tests.support.sample.app import REACTIONS
from tests.support.sample.running import Sample, is_ready
from tests.support.waiting import eventually

ORGANISATIONS = "registry.organisations"


def in_one_partition(number: int) -> list[UUID]:
    """Fresh ids whose records lie behind one another."""
    first = new_id()
    found = [first]
    while len(found) < number:
        if partition_of(str(other := new_id())) == partition_of(str(first)):
            found.append(other)
    return found


async def all_once(sample: Sample, organisations: list[UUID]) -> bool:
    """Whether each had its one effect. More than one is an error at once."""
    rows = await sample.rows(
        "SELECT key, count(*) FROM effects WHERE key = ANY ($1) GROUP BY key", [str(each) for each in organisations]
    )
    if any(times != 1 for _, times in rows):
        pytest.fail(f"an effect happened twice: {rows}")
    return len(rows) == len(organisations)


@pytest.mark.parametrize("point", ["taking", "taken"])
async def test_killed_in_the_middle_of_a_batch_nothing_is_lost_and_nothing_happens_twice(
    sample: Sample, log: EventLog, point: str
) -> None:
    """`taking`: before the transaction commits; `taken`: after it, before the offsets are committed."""
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer), 30)
    organisations = in_one_partition(12)
    await log.publish(*(events.organisation(organisation) for organisation in organisations))
    before = await log.committed(REACTIONS, ORGANISATIONS, organisations[0])
    with sample.process(dies_at=point, TANDEM_CONSUMER_BATCH="5") as process:
        assert await process.ended(40) == -signal.SIGKILL
    assert await log.committed(REACTIONS, ORGANISATIONS, organisations[0]) == before
    async with sample.consuming():
        await eventually(lambda: all_once(sample, organisations), 30)


async def test_a_stop_drains_what_is_under_way_and_commits_it(sample: Sample, log: EventLog) -> None:
    slow, offer = events.organisation(name="slow 1.5"), new_id()
    with sample.process() as process:
        await process.ready()
        (place,) = await log.publish(slow)
        await eventually(lambda: sample.rows("SELECT FROM pg_stat_activity WHERE state = 'idle in transaction'"), 20)
        process.signal(signal.SIGTERM)
        async with sample.database() as database:
            await sample.publish(database, events.offer(offer))
        assert await process.ended() == 0, process.log
    assert await sample.effects(slow.organisation_id) == [1]
    assert await log.committed(REACTIONS, ORGANISATIONS, slow.organisation_id) == place.offset + 1
    assert await sample.value("SELECT holder FROM relay") is None
    async with sample.relaying():
        await eventually(lambda: log.read("matching.offers", offer), every=0.1)
    assert len(await log.read("matching.offers", offer)) == 1


async def test_it_is_ready_when_it_has_caught_up_with_what_was_there_and_not_before(
    sample: Sample, log: EventLog
) -> None:
    await log.publish(slow := events.organisation(name="slow 2"))
    with sample.process() as process:
        await eventually(lambda: _answers(process, "live", 200), 30)
        status, body = await process.health("ready")
        assert (status, body["checks"]["database"]) == (503, "ok")
        assert await sample.effects(slow.organisation_id) == []
        await process.ready()
        assert await sample.effects(slow.organisation_id) == [1]
        assert (await process.health("ready"))[1]["checks"]["consumer"] == "caught-up"
        metrics = await asyncio.to_thread(lambda: httpx.get(f"{process.url}/metrics").text)
    for metric in ("tandem_consumer_lag{", "tandem_outbox_oldest_seconds 0.0", "tandem_relay_active 1.0"):
        assert metric in metrics


async def test_it_is_not_ready_while_something_lies_ahead_also_when_it_does_nothing(
    sample: Sample, log: EventLog
) -> None:
    async with sample.consuming() as consumer:
        clients = [subscription.kafka for subscription in consumer.subscriptions]
        for client in clients:
            assert client is not None
            await eventually(client.assignment)
            client.pause(*client.assignment())
        await log.publish(event := events.organisation())
        assert not await is_ready(consumer)
        for client in clients:
            assert client is not None
            client.resume(*client.assignment())
        await eventually(lambda: is_ready(consumer))
        assert await sample.effects(event.organisation_id) == [1]


async def _answers(process: Any, what: str, status: int) -> bool:
    return bool((await process.health(what))[0] == status)


async def test_it_waits_for_servers_that_are_away_when_it_starts(
    sample: Sample, log: EventLog, postgres_server: Any, kafka_server: Any
) -> None:
    volunteer = new_id()
    await log.publish(events.volunteer(volunteer))
    await asyncio.to_thread(kafka_server.stop)
    await asyncio.to_thread(postgres_server.stop)
    try:
        with sample.process() as process:
            await process.logged("database-away")
            await process.logged("kafka-away")
            assert (await process.health("live"))[0] == 200
            assert (await process.health("ready"))[0] == 503
            await asyncio.to_thread(postgres_server.start)
            await asyncio.to_thread(kafka_server.start)
            await process.ready(60)
            assert await sample.rows("SELECT FROM people WHERE volunteer_id = $1", volunteer)
            process.signal(signal.SIGTERM)
            assert await process.ended() == 0
    finally:
        for server in (postgres_server, kafka_server):
            if not server.is_running:
                await asyncio.to_thread(server.start)


async def test_it_says_that_it_is_not_ready_while_the_database_is_away(sample: Sample, postgres_server: Any) -> None:
    with sample.process() as process:
        await process.ready()
        await asyncio.to_thread(postgres_server.stop)
        try:
            status, body = await eventually(lambda: _not_ready(process), 20)
            assert body["checks"]["database"] in ("database-away", "no-answer")
            assert (await process.health("live"))[0] == 200
        finally:
            await asyncio.to_thread(postgres_server.start)
        await process.ready(40)
        assert status == 503


async def _not_ready(process: Any) -> tuple[int, dict[str, Any]] | None:
    status, body = await process.health("ready")
    return (status, body) if status == 503 else None


async def test_it_is_not_live_while_a_batch_stands_still_for_too_long(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_module, "STUCK_SECONDS", 0.3)
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))
        assert consumer.live() == (True, "moving")
        await log.publish(slow := events.organisation(name="slow 1.5"))
        await eventually(lambda: consumer.live() == (False, f"{REACTIONS}-stuck"))
        await eventually(lambda: sample.effects(slow.organisation_id))
        await eventually(lambda: consumer.live() == (True, "moving"))


async def test_lag_and_dead_letters_are_shown_and_no_longer_when_they_are_gone(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "MEASURE_SECONDS", 0.2)
    refused, slow = (
        events.organisation(key, name=name)
        for key, name in zip(in_one_partition(2), ("refused", "slow 2"), strict=True)
    )
    async with sample.consuming() as consumer:
        registry = consumer._metrics.registry

        def shown(metric: str, **labels: str) -> float | None:
            return registry.get_sample_value(metric, {"topic": ORGANISATIONS, **labels})

        await eventually(lambda: shown("tandem_consumer_caught_up") == 1)
        await log.publish(refused)
        await eventually(lambda: (shown("tandem_dead_letters", reason="as-told") or 0) >= 1)
        await sample.rows("DELETE FROM dead_letters RETURNING 1")
        await eventually(lambda: shown("tandem_dead_letters", reason="as-told") is None)
        await log.publish(slow)
        await eventually(lambda: shown("tandem_consumer_lag") == 1)
        await eventually(lambda: shown("tandem_consumer_lag") == 0)


async def test_after_an_unforeseen_error_it_takes_nothing_more_and_skips_nothing(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (events.organisation(organisation) for organisation in in_one_partition(2))
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))

        async def broken(_records: Any) -> None:
            raise MemoryError

        subscription = consumer.subscriptions[1]
        monkeypatch.setattr(subscription.intake, "take", broken)
        (place,) = await log.publish(first)
        assert isinstance(await asyncio.wait_for(consumer.failed, 20), MemoryError)
        monkeypatch.undo()
        await log.publish(second)
        assert (await consumer.ready())[0] is False
        assert consumer.live()[0] is False
    assert await log.committed(REACTIONS, ORGANISATIONS, first.organisation_id) <= place.offset
    assert await sample.effects(second.organisation_id) == []
    async with sample.consuming():
        await eventually(lambda: sample.effects(second.organisation_id))
    assert await sample.effects(first.organisation_id) == [1]


async def test_it_ends_when_offsets_are_no_longer_committed(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))

        async def broken() -> None:
            raise AssertionError

        monkeypatch.setattr(consumer.subscriptions[0], "commit", broken)
        assert isinstance(await asyncio.wait_for(consumer.failed, 20), AssertionError)
        monkeypatch.undo()


async def test_a_wrong_setting_ends_it_with_a_line_that_names_it(sample: Sample) -> None:
    with sample.process(TANDEM_CONSUMER_BATCH="none", TANDEM_POSTGRES_DSN="") as process:
        assert await process.ended() == 78
        assert "TANDEM_CONSUMER_BATCH: " in process.log


async def test_the_command_redrives_and_says_how_many(sample: Sample, log: EventLog) -> None:
    refused = events.organisation(name="refused")
    async with sample.consuming():
        await log.publish(refused)
        await eventually(lambda: sample.dead_letters(refused.organisation_id))
    with sample.process("redrive", "--consumer", "reactions", "--reason", "as-told") as process:
        assert await process.ended() == 1
        assert '"kept": 1' in process.log
    assert await sample.dead_letters(refused.organisation_id) == ["as-told"]
    attempts = "SELECT attempts FROM dead_letters WHERE key = $1"
    assert await sample.value(attempts, str(refused.organisation_id).encode()) == 2
