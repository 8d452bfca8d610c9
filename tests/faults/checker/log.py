"""The log, read once from its start: per key one partition and no version that goes back, doubles or is left out.

What is kept of it is bounded by the number of keys, not of records, so that a run of hours can be looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka import ConsumerRecord

from shared.contracts.envelope import TICK
from shared.contracts.topics import TOPICS, Kind
from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog

BEYOND_ANY_TABLE = 2**63
"""A version that Postgres cannot hold: such a record, which only the nemesis writes, is in no read model."""
UNREADABLE = -1
"""Stands for a version where there is none to be read."""
WRONG_AT_MOST = 20
"""So many sentences about one topic; the number says the rest."""


@dataclass(slots=True)
class KeyFacts:
    """What the relays have told under one key."""

    partition: int
    first: int = 0
    last: int = 0
    """The version that stands last, which is the one that compaction keeps."""
    is_buried: bool = False
    """Its newest record is a tombstone."""
    person: str | None = None


@dataclass
class TopicFacts:
    """One topic. `events`: records of relays that are no tombstones."""

    name: str
    kind: Kind
    events: int = 0
    keys: dict[str, KeyFacts] = field(default_factory=dict)
    newest: dict[str, dict[str, tuple[int, ConsumerRecord]]] = field(default_factory=dict)
    """Of a topic of states: per key and type of event the record of the highest version that no tombstone followed, also
    of what the nemesis wrote."""
    sown: set[str] = field(default_factory=set)
    """Keys under which the nemesis has written."""
    standing: dict[str, int | None] = field(default_factory=dict)
    """Of a topic of states: which version stands last under each key, whoever wrote it; None: a tombstone."""
    wrong: list[str] = field(default_factory=list)
    wrongs: int = 0
    _buried: set[str] = field(default_factory=set)
    _ids: set[bytes] = field(default_factory=set)

    def see(self, records: Iterable[ConsumerRecord]) -> None:
        """Take in a stretch of one partition, in its order."""
        for record in records:
            if record.key is None or record.key == TICK.encode():
                continue
            headers = dict(record.headers)
            if self.kind is Kind.STATE:
                self._see_state(record, headers)
            elif SOWN not in headers:
                self._see_notice(record, headers)

    def _see_state(self, record: ConsumerRecord, headers: dict[str, Any]) -> None:
        key, sown = record.key.decode(errors="replace"), SOWN in headers
        if sown:
            self.sown.add(key)
        if record.value is None:
            self.standing[key] = None
            self.newest.pop(key, None)
            self._buried.add(key)
            if not sown:
                facts = self._of(key, record, headers)
                facts.is_buried = True
            return
        version = _version(record.value)
        self.standing[key] = UNREADABLE if version is None else version
        if version is None:
            if not sown:
                self._note(f"{key}: a relay wrote what nobody can read")
            return
        if not sown:
            self._see_version(key, version, record, headers)
        elif key in self._buried or version >= BEYOND_ANY_TABLE:
            return
        told = self.newest.setdefault(key, {})
        type_ = headers.get("ce_type", b"").decode()
        if type_ not in told or version > told[type_][0]:
            told[type_] = (version, record)

    def _see_version(self, key: str, version: int, record: ConsumerRecord, headers: dict[str, Any]) -> None:
        self.events += 1
        facts = self._of(key, record, headers)
        if facts.is_buried or key in self._buried:
            self._note(f"{key}: version {version} after its tombstone")
        if facts.first == 0:
            facts.first = version
        elif version != facts.last + 1:
            self._note(f"{key}: version {version} follows {facts.last} at {record.partition}:{record.offset}")
        facts.last = version

    def _see_notice(self, record: ConsumerRecord, headers: dict[str, Any]) -> None:
        if record.value is None:
            return
        self.events += 1
        identifier = headers.get("ce_id", b"")
        if identifier in self._ids:
            self._note(f"the event {identifier.decode()} stands there twice")
        self._ids.add(identifier)

    def _of(self, key: str, record: ConsumerRecord, headers: dict[str, Any]) -> KeyFacts:
        facts = self.keys.setdefault(key, KeyFacts(record.partition))
        if facts.partition != record.partition:
            self._note(f"{key}: in partitions {facts.partition} and {record.partition}")
        if person := headers.get("ce_person"):
            facts.person = person.decode()
        return facts

    def _note(self, what: str) -> None:
        self.wrongs += 1
        if len(self.wrong) < WRONG_AT_MOST:
            self.wrong.append(f"{self.name} {what}")


@dataclass
class LogFacts:
    """Every topic of the platform."""

    topics: dict[str, TopicFacts] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """How many events all relays have published."""
        return sum(topic.events for topic in self.topics.values())

    def wrong(self) -> Iterator[str]:
        """What no relay should have done."""
        for topic in self.topics.values():
            yield from topic.wrong
            if topic.wrongs > len(topic.wrong):
                yield f"{topic.name}: {topic.wrongs} such records"

    def versions(self, topic: str, key: str) -> tuple[int, int]:
        """The first and the last version of a key; (0, 0) when there is none."""
        facts = self.topics[topic].keys.get(key)
        return (facts.first, facts.last) if facts else (0, 0)


async def log_facts(log: EventLog) -> LogFacts:
    """Read every topic from its start, as a fresh consumer of what is committed."""
    facts = LogFacts()
    for topic in TOPICS.values():
        facts.topics[topic.name] = found = TopicFacts(topic.name, topic.kind)
        async for records in log.stretches(topic.name):
            found.see(records)
    return facts


def _version(value: bytes) -> int | None:
    try:
        told = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    version = told.get("version") if isinstance(told, dict) else None
    return version if isinstance(version, int) else None
