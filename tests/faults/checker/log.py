"""The log: per key one partition and no version that goes back, and the newest state last in what compaction keeps."""

from collections import defaultdict

import orjson
from aiokafka import ConsumerRecord

from shared.contracts.envelope import TICK
from shared.contracts.topics import TOPICS, Kind
from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog


async def wrong_in_the_log(log: EventLog) -> list[str]:
    """Over every topic that carries states."""
    found: list[str] = []
    for topic in TOPICS.values():
        if topic.kind is Kind.STATE:
            found += wrong_in_one(topic.name, await log.read(topic.name))
    return found


def wrong_in_one(topic: str, records: list[ConsumerRecord]) -> list[str]:
    """Versions that are doubled, go back, leave one out, or lie in two partitions; events after a tombstone."""
    found: list[str] = []
    versions: dict[str, list[int]] = defaultdict(list)
    partitions: dict[str, set[int]] = defaultdict(set)
    buried: set[str] = set()
    for record in sorted(records, key=lambda one: (one.partition, one.offset)):
        if record.key == TICK.encode() or SOWN in dict(record.headers):
            continue
        key = record.key.decode()
        partitions[key].add(record.partition)
        if record.value is None:
            buried.add(key)
            continue
        if key in buried:
            found.append(f"{topic} {key}: an event after its tombstone")
        versions[key].append(orjson.loads(record.value)["version"])
    found += [f"{topic} {key}: in partitions {sorted(where)}" for key, where in partitions.items() if len(where) > 1]
    for key, seen in versions.items():
        if seen != list(range(seen[0], seen[0] + len(seen))):
            found.append(f"{topic} {key}: versions {seen}")
    return found
