"""Every table that grows is pruned, by a timer of every worker, in bounded steps."""

from datetime import timedelta

from shared.contracts.topics import NOTICES_KEPT
from shared.messaging.pruning import prune_reactions
from shared.runtime.clock import SettableClock
from shared.runtime.worker import _pruning
from shared.telemetry.metrics import Metrics
from tests.support.sample.running import Sample

AGGREGATES = ("registry.notices one", "registry.organisations two")


async def test_reactions_to_notices_are_forgotten_after_they_left_every_log_others_stay(sample: Sample) -> None:
    clock = SettableClock()
    async with sample.database(clock) as database:
        async with database.transaction() as tx:
            for aggregate in AGGREGATES:
                await tx.connection.execute(
                    "INSERT INTO reactions VALUES ('mails', $1, $1, NULL, $2)", aggregate, tx.now
                )
        clock.advance(2 * NOTICES_KEPT - timedelta(seconds=1))
        async with database.transaction() as tx:
            assert await prune_reactions(tx) == 0
        clock.advance(timedelta(seconds=2))
        async with database.transaction() as tx:
            assert await prune_reactions(tx) == 1
    assert await sample.rows("SELECT aggregate FROM reactions WHERE reaction = 'mails'") == [(AGGREGATES[1],)]


async def test_a_step_is_bounded_and_says_how_many(sample: Sample) -> None:
    clock, metrics = SettableClock(), Metrics()
    await sample.rows(
        'INSERT INTO dead_letters (dead_letter_id, consumer, topic, partition, "offset", headers, reason, attempts,'
        " set_aside_at) SELECT gen_random_uuid(), 'c', 't', 0, n, '[]', 'r', 1, $1 FROM generate_series(1, 1500) AS n"
        " RETURNING 1",
        clock.now() - timedelta(days=31),
    )
    (timer,) = [each for each in _pruning(sample.settings(), metrics) if each.name == "prune-dead-letters"]
    removed = []
    async with sample.database(clock) as database:
        for _ in range(3):
            async with database.transaction() as tx:
                removed.append(await timer.run(tx))
    assert removed == [1000, 500, 0]
    assert metrics.registry.get_sample_value("tandem_pruned_rows_total", {"table": "dead_letters"}) == 1500


async def test_every_table_that_grows_has_its_timer(sample: Sample) -> None:
    """What else there is, is bounded by what there is: one row, one per aggregate, one per person, or emptied."""
    bounded = {
        "relay",
        "schema_revision",
        "outbox",
        "ended_aggregates",
        "erased_subjects",
        "members",
        "person_rights",
        "rate_limit_salts",
    }
    own = {"people", "offers", "organisations", "told", "effects", "own_placements"}
    there = {row[0] for row in await sample.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'matching'")}
    pruned = {timer.name.removeprefix("prune-").replace("-", "_") for timer in _pruning(sample.settings(), Metrics())}
    assert there - bounded - own == pruned
    async with sample.database() as database:
        for timer in _pruning(sample.settings(), Metrics()):
            async with database.transaction() as tx:
                assert await timer.run(tx) >= 0
