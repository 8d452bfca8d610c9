"""From a transaction to another service's table, and once more, and never twice."""

from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import EventLog, headers_of
from tests.support.sample.running import Sample
from tests.support.waiting import eventually


async def test_what_a_transaction_publishes_arrives_in_the_read_model(sample: Sample, log: EventLog) -> None:
    offer = new_id()
    async with sample.database() as database, sample.relaying(), sample.consuming():
        await sample.publish(database, events.offer(offer, 1), events.offer(offer, 2, title="Sprachcafé"))
        await eventually(lambda: sample.rows("SELECT version FROM offers WHERE offer_id = $1 AND version = 2", offer))
    written = await log.read("matching.offers", offer)
    assert [headers_of(record)["ce_type"] for record in written] == ["offer-created"] * 2
    assert await sample.value("SELECT count(*) FROM outbox") == 0


async def test_a_reaction_runs_once(sample: Sample, log: EventLog) -> None:
    event = events.organisation()
    async with sample.consuming():
        await log.publish(event, event)
        await log.publish(events.organisation(event.organisation_id, 2))
        await eventually(
            lambda: sample.rows("SELECT FROM effects WHERE version = 2 AND key = $1", str(event.organisation_id))
        )
    assert await sample.effects(event.organisation_id) == [1, 2]
