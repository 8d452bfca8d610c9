"""Decoding never raises: whatever lies in a topic is an event, a tombstone, something to ignore, or has a reason."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import TICK
from shared.contracts.registry import VolunteerRegistered, VolunteerUpdated
from shared.contracts.topics import TOPICS
from shared.messaging.record import Item, decode
from shared.runtime.ids import new_id
from tests.support import events
from tests.support.event_log import Raw

EVERYTHING = tuple(CONTRACTS.values())
NAMES = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_dataschema", "ce_correlationid",
         "ce_causationid", "ce_person", "traceparent", "content-type", ""]  # fmt: skip


@dataclass
class Record:
    """A record as it comes from Kafka."""

    key: bytes | None = b"key"
    value: bytes | None = b"{}"
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)
    topic: str = "registry.volunteers"
    partition: int = 0
    offset: int = 0


def as_record(raw: Raw) -> Record:
    return Record(raw.key, raw.value, list(raw.headers), raw.topic)


def kinds(item: Item) -> list[bool]:
    """What the item is: exactly one of these."""
    return [item.event is not None, item.tombstone, item.ignored, item.reason is not None]


ANY_HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.binary(max_size=40)), max_size=14)


@given(
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=200),
    headers=ANY_HEADERS,
    topic=st.sampled_from(sorted(TOPICS)),
)
def test_decoding_anything_says_what_it_is(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]], topic: str
) -> None:
    item = decode(Record(key, value, headers, topic), EVERYTHING)
    assert sum(kinds(item)) == 1


GOOD = as_record(Raw.of(events.volunteer()))


@given(
    changes=st.dictionaries(
        st.sampled_from(NAMES), st.none() | st.binary(max_size=40) | st.text(max_size=40), max_size=3
    ),
    value=st.sampled_from([GOOD.value]) | st.binary(max_size=60),
)
def test_decoding_something_nearly_good_says_what_it_is(changes: dict[str, Any], value: bytes) -> None:
    changed = {name: text.encode() if isinstance(text, str) else text for name, text in changes.items()}
    headers = [*((name, changed.get(name, was)) for name, was in GOOD.headers), *changed.items()]
    item = decode(Record(GOOD.key, value, headers), EVERYTHING)
    assert sum(kinds(item)) == 1


@given(cut=st.integers(min_value=0, max_value=400), put=st.binary(max_size=4))
def test_a_damaged_value_is_an_event_or_bad_data(cut: int, put: bytes) -> None:
    assert GOOD.value is not None
    item = decode(Record(GOOD.key, GOOD.value[:cut] + put + GOOD.value[cut + len(put) :], GOOD.headers), EVERYTHING)
    assert item.event is not None or item.reason == "bad-data"


@pytest.mark.parametrize("value", [b"", b"\xff", b'{"version": 1}', b"{}"])
def test_a_null_value_and_only_that_is_a_tombstone(value: bytes) -> None:
    assert decode(Record(value=None), EVERYTHING).tombstone
    assert not decode(Record(value=value), EVERYTHING).tombstone


def test_ticks_are_ignored_whatever_they_carry() -> None:
    for value in (b"{}", b"\xff", None):
        assert decode(Record(TICK.encode(), value, [("ce_type", TICK.encode())]), EVERYTHING).ignored


def test_a_known_type_that_nobody_here_handles_is_ignored_before_its_data_is_read() -> None:
    record = as_record(Raw.of(events.volunteer()))
    record.value = b"not read"
    assert decode(record, [VolunteerUpdated]).ignored
    assert decode(record, [VolunteerRegistered]).reason == "bad-data"


def test_a_type_of_another_topic_is_no_known_type_here() -> None:
    record = as_record(Raw.of(events.offer()))
    record.topic = "registry.volunteers"
    assert decode(record, EVERYTHING).reason == "unsupported-version"


@pytest.mark.parametrize("topic", ["registry.volunteers", "registry.members", "registry.privacy", "registry.notices"])
def test_the_person_of_an_unreadable_record_is_known_from_its_key_where_keys_are_persons(topic: str) -> None:
    person = new_id()
    assert decode(Record(str(person).encode(), b"?", [], topic), EVERYTHING).person == person
    assert decode(Record(b"nobody", b"?", [], topic), EVERYTHING).person is None


def test_elsewhere_it_is_known_from_the_header() -> None:
    placement = events.placement()
    record = as_record(Raw.of(placement))
    record.value = b"?"
    assert decode(record, EVERYTHING).person == placement.volunteer_id
    record.headers = [(name, value) for name, value in record.headers if name != "ce_person"]
    assert decode(record, EVERYTHING).person is None


@pytest.mark.parametrize("cls", EVERYTHING, ids=lambda cls: cls.__name__)
def test_personal_topics_hold_events_that_name_the_person(cls: Any) -> None:
    topics = [name for name in TOPICS if cls in _classes(name)]
    assert topics
    for name in topics:
        assert TOPICS[name].personal == (cls.contract.person_field is not None), name


def _classes(topic: str) -> list[Any]:
    from shared.contracts.base import known_types

    return list(known_types(topic).values())
