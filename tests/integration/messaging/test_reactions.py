"""Reactions run once per natural key, drop what has expired, and stand in the journey of the event that caused them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasureRequested
from shared.contracts.registry import OrganisationRegistered
from shared.messaging.reaction import Reaction
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import EventLog, Raw, envelope_of, headers_of
from tests.support.sample.app import PROJECTIONS, REACTIONS, queries
from tests.support.sample.running import Sample
from tests.support.waiting import eventually

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def taken(sample: Sample, log: EventLog, organisation: UUID) -> None:
    """Wait until everything in the partition of an organisation was taken in."""
    end = await log.end("registry.organisations", organisation)

    async def committed() -> bool:
        return await log.committed(REACTIONS, "registry.organisations", organisation) >= end

    await eventually(committed, 60, every=0.1)


async def test_duplicates_and_forgotten_offsets_do_nothing_a_second_time(sample: Sample, log: EventLog) -> None:
    event = events.organisation()
    async with sample.consuming():
        await log.publish(event, event, event)
        await taken(sample, log, event.organisation_id)
        await log.publish(event)
        await taken(sample, log, event.organisation_id)
    await log.forget_offsets(PROJECTIONS, REACTIONS)
    async with sample.consuming():
        await taken(sample, log, event.organisation_id)
        await log.publish(events.organisation(event.organisation_id, 2))
        await eventually(lambda: _has(sample, event.organisation_id, 2))
    assert await sample.effects(event.organisation_id) == [1, 2]


async def _has(sample: Sample, organisation: UUID, version: int) -> bool:
    return version in await sample.effects(organisation)


async def test_every_version_has_its_own_effect_also_when_versions_are_late(sample: Sample, log: EventLog) -> None:
    organisation = new_id()
    async with sample.consuming():
        await log.publish(*(events.organisation(organisation, version) for version in (3, 1, 3, 2)))
        await taken(sample, log, organisation)
    assert await sample.effects(organisation) == [3, 1, 2]


async def test_it_is_remembered_as_long_as_the_aggregate(sample: Sample, log: EventLog) -> None:
    organisation = new_id()
    remembered = "SELECT count(*) FROM reactions WHERE aggregate = $1"
    aggregate = f"registry.organisations {organisation}"
    async with sample.consuming():
        await log.publish(events.organisation(organisation))
        await taken(sample, log, organisation)
        assert await sample.value(remembered, aggregate) == 1
        await log.publish(Raw.tombstone("registry.organisations", organisation))
        await taken(sample, log, organisation)
    assert await sample.value(remembered, aggregate) == 0


async def test_what_it_publishes_belongs_to_the_same_journey(sample: Sample, log: EventLog) -> None:
    organisation, offer = new_id(), new_id()
    envelope = envelope_of(events.organisation(organisation))
    event = events.organisation(organisation, name=f"publishes {offer}")
    async with sample.consuming(), sample.relaying():
        await log.publish(Raw.of(event, id=envelope.id, correlation_id=envelope.correlation_id))
        await eventually(lambda: log.read("matching.offers", offer), every=0.1)
    (effect,) = await sample.rows("SELECT correlation_id, causation_id FROM effects WHERE key = $1", str(organisation))
    assert effect == (envelope.correlation_id, str(envelope.id))
    (record,) = await log.read("matching.offers", offer)
    assert headers_of(record)["ce_correlationid"] == envelope.correlation_id
    assert headers_of(record)["ce_causationid"] == str(envelope.id)


async def add_effect(tx: Transaction, event: OrganisationRegistered, envelope: Envelope) -> None:
    """The effect alone."""
    await queries.add_effect(
        tx.connection, key=envelope.subject, version=event.version, correlation_id="none", causation_id=None
    )


@pytest.mark.parametrize(("age", "outcome"), [(59, "applied"), (61, "expired")])
async def test_an_event_older_than_the_reaction_allows_is_dropped(sample: Sample, age: int, outcome: str) -> None:
    reaction = Reaction(
        name="short-lived",
        topic="registry.organisations",
        events=(OrganisationRegistered,),
        handle=add_effect,
        expires_after=timedelta(minutes=60),
    )
    event = events.organisation()
    envelope = envelope_of(event, time=NOW - timedelta(minutes=age))
    async with sample.database(SettableClock(NOW)) as database, database.transaction() as tx:
        assert await reaction.run(tx, event, envelope) == outcome
    assert len(await sample.effects(event.organisation_id)) == (outcome == "applied")


@pytest.mark.parametrize(("seconds", "outcome"), [(1, "applied"), (-1, "expired")])
async def test_an_event_that_says_when_it_expires_is_dropped_after_that(
    sample: Sample, seconds: int, outcome: str
) -> None:
    from shared.contracts.registry import SignInRequested

    handled = []

    async def handle(_tx: Transaction, event: SignInRequested, _envelope: Envelope) -> None:
        handled.append(event.sign_in_id)

    reaction = Reaction(name="sign-in", topic="registry.notices", events=(SignInRequested,), handle=handle)
    event = SignInRequested(volunteer_id=new_id(), sign_in_id=new_id(), expires_at=NOW + timedelta(seconds=seconds))
    async with sample.database(SettableClock(NOW)) as database, database.transaction() as tx:
        assert await reaction.run(tx, event, envelope_of(event, time=NOW)) == outcome
    assert bool(handled) == (outcome == "applied")


async def test_a_refused_or_failed_reaction_leaves_no_memory(sample: Sample) -> None:
    async def fail(_tx: Transaction, _event: OrganisationRegistered, _envelope: Envelope) -> None:
        raise RuntimeError

    event = events.organisation()
    envelope = envelope_of(event)
    async with sample.database() as database:
        for handle, outcome in ((fail, None), (add_effect, "applied"), (add_effect, "duplicate")):
            reaction = Reaction("retried", "registry.organisations", (OrganisationRegistered,), handle)
            try:
                async with database.transaction() as tx:
                    assert await reaction.run(tx, event, envelope) == outcome
            except RuntimeError:
                assert outcome is None
    assert await sample.effects(event.organisation_id) == [1]


async def test_an_event_without_a_version_is_known_by_its_id(sample: Sample) -> None:
    seen = []

    async def handle(_tx: Transaction, event: ErasureRequested, _envelope: Envelope) -> None:
        seen.append(event.subject_id)

    reaction = Reaction("by-id", "registry.privacy", (ErasureRequested,), handle)
    event = events.erasure_requested(new_id())
    first, second = envelope_of(event), envelope_of(event)
    async with sample.database() as database:
        for envelope in (first, first, second):
            async with database.transaction() as tx:
                await reaction.run(tx, event, envelope)
    assert len(seen) == 2


async def test_a_reaction_cannot_be_declared_for_an_event_of_another_topic() -> None:
    with pytest.raises(ValueError, match=r"does not stand in registry\.places"):
        Reaction("wrong", "registry.places", (OrganisationRegistered,), add_effect)
