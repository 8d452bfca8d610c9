"""An erased person is gone from tables and log, and does not come back: not by replay, redrive, nor a late duplicate."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasedHere
from shared.contracts.registry import MemberRegistered
from shared.messaging.erasure import ERASURE, erase_person, erasure
from shared.messaging.intake import Intake
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.messaging.redrive import redrive
from shared.messaging.replay import Replay
from shared.postgres.database import Database
from shared.postgres.subjects import lock_subject, lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.clock import Clock
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id
from shared.telemetry.metrics import Metrics
from tests.support import events
from tests.support.event_log import EventLog, Raw, envelope_of, headers_of
from tests.support.sample.app import PEOPLE, PROJECTIONS, REACTIONS, erase, queries
from tests.support.sample.running import Sample
from tests.support.waiting import eventually, never


async def place(database: Database, person: UUID, placement: UUID) -> None:
    """The command about a person: refused once the person is erased."""
    async with database.transaction() as tx:
        await lock_subject(tx, person)
        await asyncio.sleep(random.random() / 200)
        await queries.add_placement(tx.connection, placement_id=placement, volunteer_id=person)
        tx.publish(events.placement(placement, volunteer_id=person))


async def answers(log: EventLog, person: UUID) -> list[ErasedHere]:
    """What matching answered about the erasure of a person."""
    found = await log.read("matching.privacy", person)
    return [ErasedHere.model_validate_json(record.value) for record in found]


async def test_every_key_of_the_person_is_buried_and_the_answer_says_what_went(sample: Sample, log: EventLog) -> None:
    person, placements = new_id(), [new_id() for _ in range(3)]
    request = events.erasure_requested(person)
    async with sample.database() as database, sample.relaying(), sample.consuming():
        for placement in placements:
            await place(database, person, placement)
        await log.publish(request, request)
        (answer,) = await eventually(lambda: answers(log, person), every=0.1)
        await log.publish(request)
        await eventually(lambda: _taken(log, person))
    assert (answer.erasure_id, answer.service, answer.records) == (request.erasure_id, "matching", 3)
    assert (answer.log_clean_by - answer.deleted_at.date()).days >= 30
    for placement in placements:
        records = await log.read("matching.placements", placement)
        assert [record.value is None for record in records] == [False, True]
        assert headers_of(records[-1])["ce_person"] == str(person)
    assert await sample.rows("SELECT FROM own_placements WHERE volunteer_id = $1", person) == []
    assert len(await answers(log, person)) == 1


async def _taken(log: EventLog, person: UUID) -> bool:
    return await log.committed(REACTIONS, "registry.privacy", person) >= await log.end("registry.privacy", person)


async def erased(sample: Sample, person: UUID) -> None:
    """Erase a person directly."""
    async with sample.database() as database, database.transaction() as tx:
        await erase_person(tx, person, erase)


async def test_nothing_of_the_person_stays_in_the_tables_of_the_promise(sample: Sample) -> None:
    person = new_id()
    async with sample.database() as database:
        async with database.transaction() as tx:
            for table, columns in {
                "dead_letters": '(dead_letter_id, consumer, topic, partition, "offset", headers, reason, attempts,'
                " set_aside_at, subject_id) VALUES (gen_random_uuid(), 'c', 't', 0, 0, '[]', 'r', 1, now(), $1)",
                "reactions": "VALUES ('mail', 'key', 'aggregate', $1, now())",
                "idempotency_keys": "(caller, key, fingerprint, created_at, subject_id)"
                " VALUES ('c', 'k', '', now(), $1)",
            }.items():
                await tx.connection.execute(f"INSERT INTO {table} {columns}", person)
        async with database.transaction() as tx:
            assert await erase_person(tx, person, erase) == 3
    for table in ("dead_letters", "reactions", "idempotency_keys"):
        assert await sample.rows(f"SELECT FROM {table} WHERE subject_id = $1", person) == []
    assert len(await sample.rows("SELECT FROM erased_subjects WHERE subject_id = $1", person)) == 1


async def test_a_command_about_an_erased_person_is_refused(sample: Sample) -> None:
    person = new_id()
    await erased(sample, person)
    async with sample.database() as database:
        with pytest.raises(Refusal) as refusal:
            await place(database, person, new_id())
    assert refusal.value.code == "person-not-found"


async def test_a_command_and_the_erasure_never_pass_each_other(sample: Sample) -> None:
    """Whoever wins: no row of the person stays, and every event of the person has its tombstone behind it."""
    rounds = 60
    people, placements = [new_id() for _ in range(rounds)], [[new_id() for _ in range(3)] for _ in range(rounds)]
    async with sample.database(postgres_pool_size=12) as database:

        async def erase_one(person: UUID) -> None:
            await asyncio.sleep(random.random() / 100)
            async with database.transaction() as tx:
                await erase_person(tx, person, erase)

        for person, theirs in zip(people, placements, strict=True):
            commands = [place(database, person, placement) for placement in theirs]
            outcomes = await asyncio.gather(erase_one(person), *commands, return_exceptions=True)
            assert all(outcome is None or isinstance(outcome, Refusal) for outcome in outcomes), outcomes
        both = await sample.value("SELECT count(*) FROM outbox WHERE value IS NULL")
        assert both > 0, "no command won: the race was none"
        assert await sample.rows("SELECT FROM own_placements WHERE volunteer_id = ANY ($1)", people) == []
        unburied = await sample.rows(
            "SELECT key FROM outbox AS told WHERE value IS NOT NULL AND key = ANY ($1) AND NOT EXISTS "
            "(SELECT FROM outbox AS buried WHERE buried.key = told.key AND buried.value IS NULL "
            "AND buried.position > told.position)",
            [str(placement) for theirs in placements for placement in theirs],
        )
        assert unburied == []
        await sample.rows("DELETE FROM outbox RETURNING 1")


async def test_the_lock_for_erasure_says_whether_the_person_was_erased_before(sample: Sample) -> None:
    person = new_id()
    async with sample.database() as database:
        for before in (False, True):
            async with database.transaction() as tx:
                assert await lock_subject_for_erasure(tx, person) is before
                await erase_person(tx, person, erase)


async def test_a_late_duplicate_does_not_bring_the_person_back(sample: Sample, log: EventLog) -> None:
    person = new_id()
    async with sample.consuming():
        await log.publish(events.volunteer(person, 1))
        await eventually(lambda: sample.rows("SELECT FROM people WHERE volunteer_id = $1", person))
        await log.publish(events.volunteer_erased(person, 2), Raw.tombstone("registry.volunteers", person))
        again = (events.volunteer(person, 1), events.volunteer_erased(person, 2), events.volunteer_updated(person, 3))
        await log.publish(*again)
        await eventually(lambda: _projected(log, person))
    assert await sample.rows("SELECT FROM people WHERE volunteer_id = $1", person) == []
    assert await sample.rows("SELECT FROM ended_aggregates WHERE key = $1", str(person)) == []


async def _projected(log: EventLog, person: UUID) -> bool:
    end = await log.end("registry.volunteers", person)
    return await log.committed(PROJECTIONS, "registry.volunteers", person) >= end


async def test_replay_does_not_bring_the_person_back(sample: Sample, log: EventLog) -> None:
    """Compaction has not come yet: the old values are in the log, before and even after the tombstone."""
    person = new_id()
    await log.publish(events.volunteer(person, 1), Raw.tombstone("registry.volunteers", person))
    await log.publish(events.volunteer(person, 1))
    await erased(sample, person)
    await Replay("matching", PEOPLE, sample.settings(), Clock()).run()
    assert await sample.rows("SELECT FROM people WHERE volunteer_id = $1", person) == []


async def test_redrive_does_not_bring_the_person_back(sample: Sample) -> None:
    from tests.integration.messaging.test_set_aside import record, set_aside_as_failed

    person = new_id()
    async with sample.intake() as intake:
        await set_aside_as_failed(sample, intake, record(events.volunteer(person), offset=77))
        assert len(await sample.dead_letters(person)) == 1
        # As if the dead letter had been missed by the erasure: restored from a backup, say.
        async with intake.database.transaction() as tx:
            await tx.connection.execute("INSERT INTO erased_subjects VALUES ($1, now())", person)
        await redrive(intake)
    assert await sample.dead_letters(person) == []
    assert await sample.rows("SELECT FROM people WHERE volunteer_id = $1", person) == []


async def test_a_letter_that_is_redriven_while_the_person_is_erased_waits_and_is_gone(sample: Sample) -> None:
    """No tombstone follows a letter that is played again: whatever it wrote behind the erasure's back would stay."""
    from tests.integration.messaging.test_set_aside import record, set_aside_as_failed

    person = new_id()
    async with sample.intake() as intake:
        await set_aside_as_failed(sample, intake, record(events.volunteer(person), offset=79))
        async with intake.database.transaction() as tx:
            await erase_person(tx, person, erase)
            played = asyncio.create_task(redrive(intake))
            await never(played.done, 0.2)
        await played
    assert await sample.dead_letters(person) == []
    assert await sample.rows("SELECT FROM people WHERE volunteer_id = $1", person) == []


async def test_erasures_in_one_batch_do_not_hold_each_others_locks(sample: Sample) -> None:
    """Each in its own transaction: two of them in one would wait for requests that wait for the other."""
    from tests.integration.messaging.test_set_aside import record

    first, second = new_id(), new_id()
    requests = [events.erasure_requested(first), events.erasure_requested(second)]
    async with sample.database() as database:
        intake = Intake(
            "matching.reactions", database, sample.settings(), Metrics(), reactions=[erasure("matching", erase)]
        )
        async with database.transaction() as tx:
            # A request about the second is under way; the first need not wait for it.
            await lock_subject(tx, second)
            taking = asyncio.create_task(intake.take([record(each, offset) for offset, each in enumerate(requests)]))
            await eventually(lambda: _is_erased(sample, first))
            assert not await _is_erased(sample, second)
        await taking
    assert await _is_erased(sample, second)


async def _is_erased(sample: Sample, person: UUID) -> bool:
    return bool(await sample.rows("SELECT FROM erased_subjects WHERE subject_id = $1", person))


async def test_nothing_about_an_erased_person_is_set_aside(sample: Sample, log: EventLog) -> None:
    person = new_id()
    await erased(sample, person)
    good = Raw.of(events.volunteer(person))
    async with sample.consuming():
        await log.publish(Raw(good.topic, good.key, b"{broken", good.headers))
        await eventually(lambda: _projected(log, person))
    assert await sample.dead_letters(person) == []


async def test_what_is_set_aside_meanwhile_waits_for_the_erasure(sample: Sample) -> None:
    from tests.integration.messaging.test_set_aside import record, set_aside_as_failed

    person = new_id()
    async with sample.intake() as intake:
        async with intake.database.transaction() as tx:
            await erase_person(tx, person, erase)
            aside = asyncio.create_task(
                set_aside_as_failed(sample, intake, record(events.volunteer(person), offset=78))
            )
            await never(aside.done, 0.2)
        await aside
    assert await sample.dead_letters(person) == []


async def test_a_reaction_about_the_person_waits_for_the_erasure_and_is_dropped(sample: Sample) -> None:
    person, seen = new_id(), []

    async def handle(_tx: Transaction, event: MemberRegistered, _envelope: Envelope) -> None:
        seen.append(event.subject_id)

    member = events.member(person)
    mail = Reaction("mails", "registry.members", (MemberRegistered,), handle)
    async with sample.database() as database:

        async def react() -> str:
            async with database.transaction() as tx:
                return await mail.run(tx, member, envelope_of(member))

        async with database.transaction() as tx:
            await erase_person(tx, person, erase)
            reacting = asyncio.create_task(react())
            await never(reacting.done, 0.2)
        assert await reacting == "erased"
    assert seen == []


async def test_a_tombstone_takes_dead_letters_of_its_key_away(sample: Sample, log: EventLog) -> None:
    person = new_id()
    good = Raw.of(events.volunteer(person))
    async with sample.consuming():
        await log.publish(Raw(good.topic, good.key, b"{broken", good.headers))
        await eventually(lambda: sample.dead_letters(person))
        await log.publish(Raw.tombstone(good.topic, person))
        await eventually(lambda: _projected(log, person))
    assert await sample.dead_letters(person) == []


async def test_no_reaction_about_an_erased_person_runs_but_the_erasure_itself(sample: Sample) -> None:
    person, seen = new_id(), []

    async def handle(_tx: Transaction, event: Any, _envelope: Envelope) -> None:
        seen.append(type(event).__name__)

    await erased(sample, person)
    member, request = events.member(person), events.erasure_requested(person)
    mail = Reaction("mails", "registry.members", (MemberRegistered,), handle)
    again = Reaction(ERASURE, "registry.privacy", (type(request),), handle, even_when_erased=True)
    async with sample.database() as database, database.transaction() as tx:
        assert await mail.run(tx, member, envelope_of(member)) == "erased"
        assert await again.run(tx, request, envelope_of(request)) == "applied"
    assert seen == ["ErasureRequested"]


async def test_every_read_model_of_persons_checks_who_was_erased(sample: Sample) -> None:
    person = new_id()
    await erased(sample, person)
    members = Projection(
        name="members",
        topic="registry.members",
        events=(MemberRegistered,),
        table="members",
        key="subject_id",
        row=lambda event: {"issuer": event.issuer, "subject": event.subject, "memberships": []},
    )
    from tests.integration.messaging.test_set_aside import record

    async with sample.database() as database:
        intake = Intake("matching.projections", database, sample.settings(), Metrics(), projections=[members])
        other = events.member()
        await intake.take([record(events.member(person)), record(other, offset=1)])
    assert await sample.rows("SELECT FROM members WHERE subject_id = $1", person) == []
    assert len(await sample.rows("SELECT FROM members WHERE subject_id = $1", other.subject_id)) == 1
