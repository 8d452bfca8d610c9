"""Read models follow their topics by version, whatever comes twice, late, in the wrong order, or not at all readable."""

from typing import Any
from uuid import UUID

from shared.messaging.consumer import Consumer
from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import EventLog, Raw
from tests.support.sample.app import PROJECTIONS, REACTIONS
from tests.support.sample.running import Sample, is_ready
from tests.support.waiting import eventually


async def people(sample: Sample, volunteer: UUID) -> list[tuple[Any, ...]]:
    """Version and reach of a volunteer in the read model."""
    return await sample.rows("SELECT version, reach_km FROM people WHERE volunteer_id = $1", volunteer)


async def told(sample: Sample, volunteer: UUID) -> int:
    """How often the read model called `changed` for a volunteer."""
    return int(await sample.value("SELECT count(*) FROM told WHERE volunteer_id = $1", str(volunteer)))


async def passed(sample: Sample, log: EventLog, volunteer: UUID, consumer: Consumer) -> None:
    """Wait until everything in the partition of a volunteer was taken in."""
    end = await log.end("registry.volunteers", volunteer)

    async def committed() -> bool:
        return await log.committed(PROJECTIONS, "registry.volunteers", volunteer) >= end

    await eventually(committed, 60, every=0.1)
    assert await is_ready(consumer)


async def test_the_highest_version_wins_in_whatever_order_versions_come(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    versions = {version: events.volunteer_updated(volunteer, version, reach_km=version) for version in (1, 2, 3, 4)}
    async with sample.consuming() as consumer:
        for version in (2, 2, 1, 4, 3, 4, 1):
            await log.publish(versions[version])
        await passed(sample, log, volunteer, consumer)
    assert await people(sample, volunteer) == [(4, 4)]
    assert 1 <= await told(sample, volunteer) <= 2


async def test_nobody_is_told_of_what_did_not_change(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    async with sample.consuming() as consumer:
        await log.publish(events.volunteer_updated(volunteer, 2))
        await eventually(lambda: people(sample, volunteer))
        await log.publish(events.volunteer(volunteer, 1), events.volunteer_updated(volunteer, 2))
        await passed(sample, log, volunteer, consumer)
    assert await told(sample, volunteer) == 1


async def test_a_group_whose_offsets_are_gone_reads_from_the_beginning_and_changes_nothing(
    sample: Sample, log: EventLog
) -> None:
    volunteer = new_id()
    await log.publish(events.volunteer(volunteer, 1), events.volunteer_updated(volunteer, 2))
    async with sample.consuming():
        await eventually(lambda: people(sample, volunteer))
    await log.forget_offsets(PROJECTIONS, REACTIONS)
    async with sample.consuming() as consumer:
        await passed(sample, log, volunteer, consumer)
        await eventually(lambda: is_ready(consumer))
    assert [version for version, _ in await people(sample, volunteer)] == [2]
    assert await told(sample, volunteer) <= 2
    await sample.rows("DELETE FROM people WHERE volunteer_id = $1 RETURNING 1", volunteer)
    await log.forget_offsets(PROJECTIONS, REACTIONS)
    async with sample.consuming():
        await eventually(lambda: people(sample, volunteer))


async def test_a_null_value_deletes_and_is_never_decoded(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    key = str(volunteer).encode()
    async with sample.consuming() as consumer:
        await log.publish(events.volunteer(volunteer))
        await eventually(lambda: people(sample, volunteer))
        garbage = [("ce_type", b"\xff\xfe"), ("ce_id", None), ("ce_dataschema", b"urn:tandem:volunteer-registered:9")]
        await log.publish(Raw("registry.volunteers", key, None, garbage))
        await passed(sample, log, volunteer, consumer)
        assert await people(sample, volunteer) == []
        assert await told(sample, volunteer) == 2
        await log.publish(events.volunteer(volunteer, 5))
        await eventually(lambda: people(sample, volunteer))
    assert await sample.dead_letters(volunteer) == []


async def test_what_has_ended_does_not_come_back_by_a_late_duplicate(sample: Sample, log: EventLog) -> None:
    volunteer = new_id()
    async with sample.consuming() as consumer:
        await log.publish(events.volunteer(volunteer, 1), events.volunteer_erased(volunteer, 2))
        await passed(sample, log, volunteer, consumer)
        await log.publish(events.volunteer_updated(volunteer, 1), events.volunteer_updated(volunteer, 3))
        await passed(sample, log, volunteer, consumer)
    assert await people(sample, volunteer) == []
    assert await sample.value("SELECT count(*) FROM erased_subjects WHERE subject_id = $1", volunteer) == 1


async def test_what_an_aborted_transaction_wrote_is_not_seen(sample: Sample, log: EventLog, kafka_server: Any) -> None:
    from aiokafka import AIOKafkaProducer

    aborted, after = new_id(), new_id()
    producer = AIOKafkaProducer(**kafka_server.aiokafka_settings(), transactional_id=f"test-{new_id()}")
    await producer.start()
    try:
        await producer.begin_transaction()
        record = Raw.of(events.volunteer(aborted))
        await (await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers)))
        async with sample.consuming() as consumer:
            await producer.abort_transaction()
            await log.publish(events.volunteer(after))
            await eventually(lambda: people(sample, after))
            await eventually(lambda: is_ready(consumer))
    finally:
        await producer.stop()
    assert await people(sample, aborted) == []


async def test_two_workers_share_the_partitions_and_one_goes_on_alone(sample: Sample, log: EventLog) -> None:
    volunteers = [new_id() for _ in range(60)]
    everyone = "SELECT count(*) FROM people WHERE volunteer_id = ANY ($1) AND version = $2"

    async def arrived(version: int) -> bool:
        return bool(await sample.value(everyone, volunteers, version) == len(volunteers))

    async with sample.consuming() as first:
        async with sample.consuming() as second:

            def shared() -> bool:
                clients = [one.subscriptions[0].kafka for one in (first, second)]
                return all(client is not None and client.assignment() for client in clients)

            await eventually(shared)
            await log.publish(*(events.volunteer(volunteer, 1) for volunteer in volunteers))
            await eventually(lambda: arrived(1))
            await eventually(lambda: is_ready(first))
            await eventually(lambda: is_ready(second))
        await log.publish(*(events.volunteer_updated(volunteer, 2) for volunteer in volunteers))
        await eventually(lambda: arrived(2))
    times = "SELECT DISTINCT count(*) FROM told WHERE volunteer_id = ANY ($1) GROUP BY volunteer_id"
    assert await sample.rows(times, [str(volunteer) for volunteer in volunteers]) == [(2,)]
