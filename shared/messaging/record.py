"""From a Kafka record to something that can be consumed: an event, a tombstone, or a reason why it cannot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from shared.contracts.base import EventData, known_types
from shared.contracts.envelope import (
    TICK,
    Envelope,
    Undecodable,
    UnsupportedVersion,
    read_envelope,
    read_event,
    text_headers,
)


class KafkaRecord(Protocol):
    """What is read of aiokafka's ConsumerRecord."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Any: ...


@dataclass(frozen=True)
class Item:
    """One record, decoded. Exactly one of `event`, `tombstone`, `reason`, `ignored` says what it is."""

    record: KafkaRecord
    key: str = ""
    envelope: Envelope | None = None
    event: EventData | None = None
    tombstone: bool = False
    ignored: bool = False
    reason: str | None = None
    person: UUID | None = None


def decode(record: KafkaRecord, wanted: Collection[type[EventData]]) -> Item:
    """Decode one record; never raises. Null values are tombstones and are seen before anything is decoded.

    Parameters
    ----------
    record
        As it came from Kafka; nothing about it is trusted.
    wanted
        The event classes that the consumer handles in this topic; other known ones are ignored.
    """
    headers = text_headers(record.headers)
    person = _uuid(headers.get("ce_person"))
    if headers.get("ce_type") == TICK:
        return Item(record, ignored=True)
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        key = ""
    if not key:
        return Item(record, reason="bad-key", person=person)
    if record.value is None:
        return Item(record, key=key, tombstone=True, person=person)
    envelope: Envelope | None = None
    try:
        envelope = read_envelope(headers)
        if envelope.subject != key:
            raise Undecodable("bad-envelope")
        known = known_types(record.topic).get((envelope.type, envelope.major))
        if known is None:
            raise UnsupportedVersion
        if known not in wanted:
            return Item(record, key=key, envelope=envelope, ignored=True, person=person)
        event = read_event(envelope, record.value)
    except Undecodable as error:
        return Item(record, key=key, envelope=envelope, reason=error.reason, person=person or _key_person(record, key))
    return Item(record, key=key, envelope=envelope, event=event, person=type(event).contract.person_of(event))


def _key_person(record: KafkaRecord, key: str) -> UUID | None:
    """The person of a record that nobody can decode, where keys of the topic are persons.

    Where only some are (notices), the key of another kind is an id that no erasure ever names.
    """
    by_key = {cls.contract.key_field == cls.contract.person_field for cls in known_types(record.topic).values()}
    return _uuid(key) if True in by_key else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
