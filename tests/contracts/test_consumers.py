"""Every service reads every example of every topic that it consumes, the odd ones too."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from services.notifications.rules.occasions import OCCASIONS, intents_of, receipt
from shared.contracts.base import EventData
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.example_files import Example
from shared.contracts.json_schemas import type_and_major
from shared.contracts.registry import ErasureReceiptDue
from shared.contracts.topics import SERVICES, TOPICS
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.messaging.record import Item, decode
from shared.runtime.service import WorkerParts
from tests.contracts.generated import events
from tests.contracts.records import EVENTS, in_topic, parts_of, record
from tests.support.platform import PlatformDatabase


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, WorkerParts]:
    return {service: parts_of(service, tmp_path_factory.mktemp(service)) for service in SERVICES}


def class_of(example: Example) -> type[EventData]:
    return CONTRACTS[type_and_major(example.path.parent.name)]


def decoded(example: Example, wanted: tuple[type[EventData], ...]) -> Item:
    """The example as a consumer of these classes sees it; never as something to be set aside."""
    item = decode(record(example), wanted)
    assert item.reason is None, example.name
    return item


def wanted_of(part: Projection | Reaction) -> tuple[type[EventData], ...]:
    return part.wanted if isinstance(part, Projection) else part.events


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_is_decoded_or_ignored_but_never_set_aside(service: str, parts: dict[str, WorkerParts]) -> None:
    consuming: list[Projection | Reaction] = [*parts[service].projections, *parts[service].reactions]
    assert consuming
    for part in consuming:
        assert service in TOPICS[part.topic].allowed_readers
        taken = set()
        for example in in_topic(part.topic):
            item = decoded(example, wanted_of(part))
            if example.is_tombstone:
                assert item.tombstone
                assert item.person == (UUID(person) if (person := example.headers.get("ce_person")) else None)
            elif class_of(example) in wanted_of(part):
                assert isinstance(item.event, class_of(example)), example.name
                assert item.key == example.key
                taken.add(class_of(example))
            else:
                assert item.ignored, example.name
        assert taken == set(wanted_of(part)), f"{service} {part.name}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_projection_makes_the_same_columns_of_every_example(service: str, parts: dict[str, WorkerParts]) -> None:
    for projection in parts[service].projections:
        columns = set()
        for example in in_topic(projection.topic):
            item = decoded(example, projection.events)
            if item.event is not None:
                row = projection.row(item.event)
                orjson.dumps(row)
                columns.add(tuple(row))
        assert len(columns) == 1, projection.name


@pytest.mark.parametrize("service", SERVICES)
def test_every_projection_takes_whatever_its_contracts_allow(service: str, parts: dict[str, WorkerParts]) -> None:
    for projection in parts[service].projections:
        for cls in projection.events:
            _takes_everything(projection, cls)


def _takes_everything(projection: Projection, cls: type[EventData]) -> None:
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(events(cls))
    def takes(event: EventData) -> None:
        orjson.dumps(projection.row(event))

    takes()


@pytest.mark.parametrize("service", SERVICES)
def test_every_reaction_names_every_example_once(service: str, parts: dict[str, WorkerParts]) -> None:
    for reaction in parts[service].reactions:
        names = {}
        for example in in_topic(reaction.topic):
            item = decoded(example, reaction.events)
            if item.event is not None and item.envelope is not None:
                names[example.name] = reaction.natural_key(item.event, item.envelope)
        assert names, reaction.name
        assert all(names.values())


async def test_every_projection_writes_every_example(
    parts: dict[str, WorkerParts], database_without_kafka: Callable[..., PlatformDatabase]
) -> None:
    platform = database_without_kafka(*SERVICES)
    for service in SERVICES:
        database = await platform.open(service)
        try:
            for projection in parts[service].projections:
                found = in_topic(projection.topic)
                for example in found:
                    item = decoded(example, projection.wanted)
                    if item.event is None or isinstance(item.event, projection.ended):
                        continue
                    await _is_written_and_deleted(database, projection, item, found)
        finally:
            await database.close()


async def _is_written_and_deleted(database: Any, projection: Projection, item: Item, found: list[Example]) -> None:
    (buried,) = [example for example in found if example.is_tombstone]
    tombstone = decoded(buried, projection.wanted)
    async with database.transaction() as tx:
        assert set(await projection.apply(tx.connection, [item], tx.now)) == {item.key}
        assert set(await projection.apply(tx.connection, [tombstone], tx.now)) == {item.key}


@pytest.mark.parametrize(
    "example", [each for each in EVENTS if class_of(each) in OCCASIONS], ids=lambda each: each.name
)
def test_every_occasion_makes_a_mail_of_every_example(example: Example) -> None:
    event = decoded(example, OCCASIONS).event
    assert event is not None
    intents = intents_of(event)
    assert intents
    for intent in intents:
        orjson.dumps(intent.data)


@pytest.mark.parametrize(
    "example", [each for each in EVENTS if class_of(each) is ErasureReceiptDue], ids=lambda each: each.name
)
def test_the_receipt_is_made_of_every_example(example: Example) -> None:
    event = decoded(example, (ErasureReceiptDue,)).event
    assert isinstance(event, ErasureReceiptDue)
    assert receipt(event).subject_id == event.subject_id
