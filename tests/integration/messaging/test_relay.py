"""The relay on real servers: what is committed is published, once, in order, whatever happens to whom."""

import asyncio
import signal
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError

from shared.contracts.envelope import TICK
from shared.contracts.matching import OfferCreated
from shared.contracts.topics import PARTITIONS, Kind, topics_of
from shared.messaging import lease as leases
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.publication import Publication, partition_of
from shared.messaging.queries import queries
from shared.messaging.relay import NOTHING, Relay
from shared.runtime.clock import SettableClock
from shared.runtime.ids import new_id
from shared.telemetry.metrics import Metrics
from tests.support import events
from tests.support.event_log import EventLog, headers_of
from tests.support.sample.running import Sample, is_ready
from tests.support.waiting import eventually, never

POINTS = ("named", "sent", "committing", "committed")


async def versions(log: EventLog, key: UUID) -> list[int]:
    """The versions of an offer in the log, in its order."""
    return [OfferCreated.model_validate_json(record.value).version for record in await log.read("matching.offers", key)]


async def outbox_is_empty(sample: Sample) -> bool:
    return bool(await sample.value("SELECT count(*) = 0 FROM outbox"))


async def test_a_transaction_that_commits_late_is_published_all_the_same(sample: Sample, log: EventLog) -> None:
    early, late = new_id(), new_id()
    async with sample.database() as database, sample.relaying():
        async with database.transaction() as slow:
            slow.publish(events.offer(late))
            await slow.flush()
            await sample.publish(database, events.offer(early))
            await eventually(lambda: versions(log, early), every=0.1)
            assert await versions(log, late) == []
        await eventually(lambda: versions(log, late), every=0.1)
    assert await versions(log, early) == await versions(log, late) == [1]


async def test_what_is_rolled_back_is_not_published(sample: Sample, log: EventLog) -> None:
    undone, done = new_id(), new_id()
    async with sample.database() as database, sample.relaying():
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as tx:
                tx.publish(events.offer(undone))
                await tx.flush()
                raise ZeroDivisionError
        await sample.publish(database, events.offer(done))
        await eventually(lambda: versions(log, done), every=0.1)
    assert await versions(log, undone) == []


async def test_events_of_a_key_keep_their_order_within_and_across_batches(sample: Sample, log: EventLog) -> None:
    offer, other = new_id(), new_id()
    mixed = [events.offer(key, version) for version in range(1, 41) for key in (offer, other)]
    async with sample.database() as database:
        await sample.publish(database, *mixed)
        async with sample.relaying(relay_batch=7):
            await eventually(lambda: outbox_is_empty(sample))
    assert await versions(log, offer) == await versions(log, other) == list(range(1, 41))


async def test_what_commits_late_within_a_batch_is_published_behind_it(sample: Sample, log: EventLog) -> None:
    keys = [new_id() for _ in range(4)]
    late = new_id()
    async with sample.database() as database:
        settings = sample.settings(relay_batch=4)
        relay, publication = Relay("matching", database, settings, Metrics()), Publication("matching", settings)
        async with database.transaction() as slow:
            slow.publish(events.offer(late))
            await slow.flush()
            await sample.publish(database, *(events.offer(key, version) for version in (1, 2) for key in keys))
            under_way = await relay._read(publication)
            ahead = await relay._read_ahead(publication, under_way, None)
            assert len(under_way.positions) == len(ahead.positions) == 4
            assert not set(under_way.positions) & set(ahead.positions)
        assert (await relay._read_ahead(publication, under_way, None)).positions == []
        await publication.stop()
        async with sample.relaying(relay_batch=4):
            await eventually(lambda: outbox_is_empty(sample))
    for key, told in (*((key, [1, 2]) for key in keys), (late, [1])):
        assert await versions(log, key) == told


async def test_a_tombstone_has_its_key_and_no_value(sample: Sample, log: EventLog) -> None:
    placement, person = new_id(), new_id()
    async with sample.database() as database, sample.relaying():
        async with database.transaction() as tx:
            tx.publish(events.placement(placement, volunteer_id=person))
            tx.bury("matching.placements", placement, person=person)
        await eventually(lambda: outbox_is_empty(sample))
    first, second = await log.read("matching.placements", placement)
    assert first.value is not None
    assert second.value is None
    assert headers_of(second)["ce_person"] == str(person)


async def test_an_event_above_the_limit_is_refused_before_the_commit(sample: Sample) -> None:
    placement = new_id()
    far_too_many = tuple(events.volunteer().languages) * 6_000
    async with sample.database() as database:
        with pytest.raises(ValueError, match="more than an event may have"):
            async with database.transaction() as tx:
                await tx.connection.execute("INSERT INTO own_placements VALUES ($1, 1, $1)", placement)
                tx.publish(events.volunteer(languages=far_too_many))
    assert await sample.rows("SELECT FROM own_placements WHERE placement_id = $1", placement) == []


async def test_the_largest_event_that_is_accepted_reaches_its_topic(sample: Sample, log: EventLog) -> None:
    offer = new_id()
    large = events.offer(offer, languages_welcome=("ukr",) * 40_000)
    assert len(large.model_dump_json()) > 200_000
    async with sample.database() as database, sample.relaying():
        await sample.publish(database, large, *(events.offer(offer, version) for version in range(2, 9)))
        await eventually(lambda: outbox_is_empty(sample))
    assert await versions(log, offer) == list(range(1, 9))


async def test_the_envelope_is_that_of_cloudevents_and_carries_the_journey(sample: Sample, log: EventLog) -> None:
    from shared.telemetry import correlation

    event = events.placement()
    with correlation.bind(causation_id="cause") as journey:
        async with sample.database() as database, sample.relaying():
            await sample.publish(database, event)
            await eventually(lambda: outbox_is_empty(sample))
    (record,) = await log.read("matching.placements", event.placement_id)
    headers = headers_of(record)
    assert record.partition == partition_of(str(event.placement_id))
    assert headers.pop("ce_id")
    assert datetime.fromisoformat(headers.pop("ce_time")).utcoffset() == timedelta(0)
    assert headers == {
        "ce_specversion": "1.0",
        "ce_type": "placement-requested",
        "ce_source": "urn:tandem:matching",
        "ce_subject": str(event.placement_id),
        "ce_dataschema": "urn:tandem:placement-requested:1",
        "ce_correlationid": journey.correlation_id,
        "ce_causationid": "cause",
        "ce_person": str(event.volunteer_id),
        "traceparent": journey.traceparent,
        "content-type": "application/json",
    }


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_every_event_is_in_the_log_once_and_in_order(
    sample: Sample, log: EventLog, point: str
) -> None:
    keys = [new_id() for _ in range(5)]
    async with sample.database() as database:
        for version in range(1, 7):
            await sample.publish(database, *(events.offer(key, version) for key in keys))
        with sample.process(dies_at=point, TANDEM_RELAY_BATCH="11") as process:
            assert await process.ended() == -signal.SIGKILL
        assert not await outbox_is_empty(sample)
        async with sample.relaying():
            await eventually(lambda: outbox_is_empty(sample))
    for key in keys:
        assert await versions(log, key) == list(range(1, 7))


@pytest.mark.parametrize("point", POINTS)
async def test_a_frozen_relay_that_wakes_after_its_successor_changes_nothing(
    sample: Sample, log: EventLog, point: str
) -> None:
    keys = [new_id() for _ in range(5)]
    async with sample.database() as database:
        await sample.publish(database, *(events.offer(key, version) for version in (1, 2, 3) for key in keys))
        with sample.process(freezes_at=point) as process:
            await eventually(lambda: process.is_frozen, 30)
            async with sample.relaying():
                await eventually(lambda: outbox_is_empty(sample))
                await sample.publish(database, *(events.offer(key, version) for version in (4, 5) for key in keys))
                await eventually(lambda: outbox_is_empty(sample))
                before = await sample.rows("SELECT holder, generation FROM relay")
                process.signal(signal.SIGCONT)
                await process.logged("relay-starts-over")
                assert await sample.rows("SELECT holder, generation FROM relay") == before
                await sample.publish(database, *(events.offer(key, 6) for key in keys))
                await eventually(lambda: outbox_is_empty(sample))
    for key in keys:
        assert await versions(log, key) == [1, 2, 3, 4, 5, 6]


async def test_a_relay_that_stops_hands_over_at_once(sample: Sample, log: EventLog) -> None:
    offer = new_id()
    # Whoever was killed before has still a lease, for seconds.
    await eventually(lambda: sample.value("SELECT lease_until <= clock_timestamp() FROM relay"), 30)
    async with sample.database() as database:
        for version in range(1, 5):
            # A lease as long as the test: only a lease that was given back lets the next relay begin.
            async with sample.relaying(relay_lease_seconds=300.0):
                await sample.publish(database, events.offer(offer, version))
                await eventually(lambda: outbox_is_empty(sample), 10)
    assert await versions(log, offer) == [1, 2, 3, 4]


async def test_of_two_relays_one_publishes_and_the_other_takes_over(sample: Sample, log: EventLog) -> None:
    offer = new_id()
    async with sample.database() as database, sample.relaying(relay_batch=3):
        async with sample.relaying(relay_batch=3):
            for version in range(1, 31):
                await sample.publish(database, events.offer(offer, version))
            await eventually(lambda: outbox_is_empty(sample))
            assert await sample.value("SELECT lease_until > clock_timestamp() FROM relay")
        await sample.publish(database, events.offer(offer, 31))
        await eventually(lambda: outbox_is_empty(sample))
    assert await versions(log, offer) == list(range(1, 32))


async def test_a_broker_that_restarts_costs_no_event(sample: Sample, log: EventLog, kafka_server: Any) -> None:
    keys = [new_id() for _ in range(4)]
    async with sample.database() as database, sample.relaying(), sample.consuming():
        restarting = asyncio.create_task(asyncio.to_thread(kafka_server.restart))
        version = 0
        while not restarting.done():
            version += 1
            await sample.publish(database, *(events.offer(key, version) for key in keys))
            await asyncio.wait([restarting], timeout=0.05)
        await restarting
        await sample.publish(database, *(events.offer(key, version + 1) for key in keys))
        await eventually(lambda: outbox_is_empty(sample), 60)
        reached = "SELECT count(*) FROM offers WHERE version = $1 AND offer_id = ANY ($2)"
        await eventually(lambda: _is(sample, 4, reached, version + 1, keys), 60)
    assert version > 5
    for key in keys:
        assert await versions(log, key) == list(range(1, version + 2))


async def _is(sample: Sample, wanted: Any, query: str, *arguments: Any) -> bool:
    return bool(await sample.value(query, *arguments) == wanted)


async def test_a_database_that_is_away_is_waited_for(sample: Sample, log: EventLog, postgres_server: Any) -> None:
    offer = new_id()
    async with sample.database() as database, sample.relaying():
        await sample.publish(database, events.offer(offer, 1))
        await asyncio.to_thread(postgres_server.restart)
        await sample.publish(database, events.offer(offer, 2))
        await eventually(lambda: outbox_is_empty(sample), 30)
    assert await versions(log, offer) == [1, 2]


async def test_every_partition_of_a_state_topic_gets_one_tick_a_day(sample: Sample, log: EventLog) -> None:
    clock = SettableClock(datetime(2030, 1, 1, 12, tzinfo=UTC))
    topics = [topic.name for topic in topics_of("matching") if topic.kind is Kind.STATE]

    async def ticks() -> list[int]:
        found = [record for topic in topics for record in await log.read(topic)]
        partitions = [record.partition for record in found if headers_of(record).get("ce_type") == TICK]
        return [partitions.count(partition) for partition in range(PARTITIONS)]

    before = await ticks()
    for day in (1, 1, 2):
        clock.instant = datetime(2030, 1, day, 12, tzinfo=UTC)
        async with sample.relaying(clock):
            await eventually(lambda: _is(sample, clock.today(), "SELECT ticked_on FROM relay"))
    assert await ticks() == [count + 2 * len(topics) for count in before]
    async with sample.consuming() as consumer:
        await eventually(lambda: is_ready(consumer))
    assert await sample.dead_letters(TICK) == []


async def test_the_relay_is_woken_after_the_commit_and_not_for_each(sample: Sample) -> None:
    heard: list[str] = []

    def hear(*_: Any) -> None:
        heard.append("woken")

    async with sample.database() as database, sample.database() as ears, ears.reading() as connection:
        await connection.add_listener("outbox_matching", hear)
        async with database.transaction() as tx:
            tx.publish(events.offer())
            await tx.flush()
            await never(lambda: heard, 0.1)
        await eventually(lambda: heard)
        heard.clear()
        await asyncio.gather(*(sample.publish(database, events.offer()) for _ in range(40)))
        await database.wakeup.close()
        await eventually(lambda: heard)
        assert len(heard) < 20
        await connection.remove_listener("outbox_matching", hear)


async def test_every_statement_of_a_relay_that_lost_its_lease_changes_nothing(sample: Sample) -> None:
    offer = new_id()
    async with sample.database() as database:
        await sample.publish(database, events.offer(offer))
        stale = Relay("matching", database, sample.settings(), Metrics())
        (lost,) = await sample.rows(
            "UPDATE relay SET holder = $1, generation = 7 RETURNING holder, generation", new_id()
        )
        lease = Lease(*lost)
        publication = Publication("matching", sample.settings())
        waiting = await stale._read(publication)
        await publication.stop()
        batch = await stale._name(lease, waiting, None)
        await sample.rows("UPDATE relay SET holder = $1, generation = 8 RETURNING 1", new_id())
        before = await sample.rows("SELECT * FROM relay")
        outbox = await sample.rows("SELECT * FROM outbox")
        assert outbox
        for lose in (lambda: stale._name(lease, waiting, batch), lambda: stale._settle(lease, batch)):
            with pytest.raises(LeaseLost):
                await lose()
        await leases.release(database, lease)
        async with database.reading() as connection:
            names = {"holder": lease.holder, "generation": lease.generation}
            assert await queries.extend_lease(connection, seconds=300.0, **names) is None
            await queries.remember_tick(connection, today=date(2031, 1, 1), **names)
        assert await sample.rows("SELECT * FROM relay") == before
        assert await sample.rows("SELECT * FROM outbox") == outbox
        await sample.rows("UPDATE relay SET lease_until = '-infinity' RETURNING 1")
        await sample.rows("DELETE FROM outbox RETURNING 1")


async def test_a_relay_that_starts_over_is_another_generation(sample: Sample) -> None:
    """A statement of its former self that arrives late must not name a batch beside the one that is in the log."""
    holder = new_id()
    async with sample.database() as database:
        await sample.publish(database, events.offer(new_id()))
        relay = Relay("matching", database, sample.settings(), Metrics())
        publication = Publication("matching", sample.settings())
        former = await leases.acquire(database, holder, 60)
        again = await leases.acquire(database, holder, 60)
        assert former is not None and again is not None
        waiting = await relay._read(publication)
        await publication.stop()
        batch = await relay._name(again, waiting, None)
        with pytest.raises(LeaseLost):
            await relay._name(former, waiting, None)
        await relay._settle(again, batch)
        assert await outbox_is_empty(sample)
        await leases.release(database, again)


async def test_how_long_events_wait_is_measured_while_nobody_can_publish_them(sample: Sample) -> None:
    async with sample.database() as database:
        await sample.publish(database, events.offer(new_id()))
        try:
            async with sample.relaying(kafka_bootstrap="127.0.0.1:1") as relay:
                shown = relay._metrics.registry.get_sample_value
                await eventually(lambda: shown("tandem_outbox_waiting") == 1)
                await eventually(lambda: (shown("tandem_outbox_oldest_seconds") or 0) > 0)
        finally:
            await sample.rows("DELETE FROM outbox RETURNING 1")


async def test_what_is_read_ahead_in_vain_leaves_no_batch_behind(
    sample: Sample, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch under way is published to its end before the relay starts over."""
    keys = [new_id() for _ in range(6)]
    failed = 0

    async def broken(*_: Any) -> Any:
        nonlocal failed
        failed += 1
        if failed == 1:
            raise KafkaError
        return NOTHING

    monkeypatch.setattr(Relay, "_read_ahead", broken)
    async with sample.database() as database:
        await sample.publish(database, *(events.offer(key) for key in keys))
        async with sample.relaying(relay_batch=2):
            await eventually(lambda: outbox_is_empty(sample))
    assert failed > 1
    for key in keys:
        assert await versions(log, key) == [1]


async def test_the_heartbeat_ends_when_somebody_else_took_over(sample: Sample) -> None:
    async with sample.database() as database:
        lease = await leases.acquire(database, new_id(), 0.3)
        assert lease is not None
        async with leases.heartbeat(database, lease, 0.3) as beating:
            await never(beating.done, 1.0)
            assert await leases.acquire(database, new_id(), 0.3) is None
            await sample.rows("UPDATE relay SET generation = generation + 1, lease_until = '-infinity' RETURNING 1")
            with pytest.raises(LeaseLost):
                await asyncio.wait_for(asyncio.shield(beating), 10)
