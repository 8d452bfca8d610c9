"""Any order, any duplication, any cut into batches: a read model ends in the same state, on a real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.access.members import members_projection
from shared.contracts.registry import MemberWithdrawn
from shared.messaging.intake import Intake
from shared.messaging.redrive import KeptRecord
from shared.runtime.ids import new_id
from shared.telemetry.metrics import Metrics
from tests.support import events
from tests.support.event_log import Raw
from tests.support.platform import PlatformDatabase
from tests.support.sample.app import MIGRATIONS, PEOPLE
from tests.support.sample.running import Sample

LAST = 5
Arrivals = list[list[tuple[int, int]]]
"""Batches of (key's number, version)."""


@st.composite
def arrivals(draw: st.DrawFn) -> Arrivals:
    """Every version of two keys at least once, some more often, shuffled, cut into batches."""
    every = [(key, version) for key in (0, 1) for version in range(1, LAST + 1)]
    again = draw(st.lists(st.sampled_from(every), max_size=8))
    order = draw(st.permutations(every + again))
    batches: Arrivals = [[]]
    for arrival in order:
        batches[-1].append(arrival)
        if draw(st.booleans()):
            batches.append([])
    return [batch for batch in batches if batch]


def as_records(found: list[Any]) -> list[Any]:
    raws = [event if isinstance(event, Raw) else Raw.of(event) for event in found]
    return [KeptRecord(raw.topic, 0, 0, raw.key, raw.value, list(raw.headers)) for raw in raws]


@pytest_asyncio.fixture(scope="module")
async def sample(database_without_kafka: Callable[..., PlatformDatabase]) -> AsyncIterator[Sample]:
    """The sample without Kafka: what follows gives it batches itself."""
    opened = Sample(database_without_kafka(matching=MIGRATIONS))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module")
async def intake(sample: Sample) -> AsyncIterator[Intake]:
    """An intake of people and members that stays open."""
    async with sample.database() as database:
        projections = [PEOPLE, members_projection()]
        yield Intake("matching.projections", database, sample.settings(), Metrics(), projections=projections)


OFTEN = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@OFTEN
@given(batches=arrivals())
async def test_the_newest_state_stays(sample: Sample, intake: Intake, batches: Arrivals) -> None:
    keys = [new_id(), new_id()]
    for batch in batches:
        await intake.take(as_records([events.volunteer_updated(keys[k], v, reach_km=v) for k, v in batch]))
    rows = await sample.rows("SELECT volunteer_id, version, reach_km FROM people WHERE volunteer_id = ANY ($1)", keys)
    assert sorted(rows) == sorted((key, LAST, LAST) for key in keys)


@OFTEN
@given(batches=arrivals(), withdrawn=st.sets(st.integers(min_value=1, max_value=LAST), min_size=1))
async def test_what_ended_and_began_again_is_as_its_newest_version_says(
    sample: Sample, intake: Intake, batches: Arrivals, withdrawn: set[int]
) -> None:
    keys = [new_id(), new_id()]

    def event(key: UUID, version: int) -> Any:
        if version in withdrawn:
            return MemberWithdrawn(subject_id=key, version=version)
        return events.member(key, version)

    for batch in batches:
        await intake.take(as_records([event(keys[k], v) for k, v in batch]))
    rows = await sample.rows("SELECT version FROM members WHERE subject_id = ANY ($1)", keys)
    assert rows == ([] if LAST in withdrawn else [(LAST,), (LAST,)])


@OFTEN
@given(batches=arrivals(), erased=st.integers(min_value=0, max_value=9), buried=st.booleans())
async def test_an_erased_person_stays_away(
    sample: Sample, intake: Intake, batches: Arrivals, erased: int, buried: bool
) -> None:
    """From the erasure on, wherever it falls between late states and duplicates, and whether compaction came or not."""
    key, other = new_id(), new_id()
    for number, batch in enumerate([*batches, []]):
        found: list[Any] = [events.volunteer_updated((key, other)[k], v) for k, v in batch]
        if number == min(erased, len(batches)):
            found.insert(0, events.volunteer_erased(key, LAST + 1))
            found[1:1] = [Raw.tombstone("registry.volunteers", key)] if buried else []
        if found:
            await intake.take(as_records(found))
    assert await sample.rows("SELECT volunteer_id FROM people WHERE volunteer_id = ANY ($1)", [key, other]) == [
        (other,)
    ]
