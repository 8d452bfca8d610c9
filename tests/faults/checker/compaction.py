"""What a consumer sees that comes when everything old is compacted away: of every key the newest state, and no older one.

The platform compacts after days; here it is told to do so at once, when everything else has been looked at.
"""

import asyncio
import time
from collections.abc import Mapping

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from shared.contracts.envelope import TICK
from shared.contracts.topics import PARTITIONS, Kind
from tests.faults.checker.log import LogFacts, TopicFacts
from tests.support.event_log import EventLog, Raw

AT_ONCE = {
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1",
    "min.cleanable.dirty.ratio": "0.0",
    "segment.ms": "1",
}
SECONDS = 120.0
REQUEST_SECONDS = 30.0
RECORDS_AT_LEAST = 200
"""Of a topic with fewer it cannot be seen whether it was compacted."""

Settings = Mapping[str, str | int | float | bool]


async def wrong_after_compaction(log: EventLog, settings: Settings, facts: LogFacts) -> tuple[list[str], str | None]:
    """What is wrong; and of which topics nothing could be seen, and why; None when of all."""
    topics = [
        topic
        for topic in facts.topics.values()
        if topic.kind is Kind.STATE and topic.events > max(RECORDS_AT_LEAST, 2 * len(topic.keys))
    ]
    if not topics:
        return [], "no topic has enough old states"
    await asyncio.to_thread(_want_compaction, settings, [topic.name for topic in topics])
    found: list[str] = []
    left: list[str] = []
    deadline = time.monotonic() + SECONDS
    for topic in topics:
        seen = await _once_compacted(log, topic, deadline)
        if seen is None:
            left.append(topic.name)
        else:
            found += _differences(topic, seen)
    return found, f"not compacted within {SECONDS:.0f} s: {', '.join(left)}" if left else None


async def _once_compacted(log: EventLog, topic: TopicFacts, deadline: float) -> TopicFacts | None:
    """What is there after most old states have gone; None when they have not in time."""
    while True:
        # A segment rolls when something is written after its time; only then it may be compacted.
        tick = TICK.encode()
        await log.publish(*(Raw(topic.name, tick, b"{}", [("ce_type", tick)], each) for each in range(PARTITIONS)))
        seen = TopicFacts(topic.name, topic.kind)
        async for records in log.stretches(topic.name):
            seen.see(records)
        if seen.events <= (topic.events + len(topic.keys)) / 2:
            return seen
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(2)


def _differences(topic: TopicFacts, seen: TopicFacts) -> list[str]:
    """Of keys that the nemesis has written itself, what it wrote last may have outlived what the owner said."""
    found: list[str] = []
    for key, facts in topic.keys.items():
        if key in topic.sown:
            continue
        now = seen.keys.get(key)
        if facts.is_buried:
            if now is not None and not now.is_buried:
                found.append(f"{topic.name} {key} came back by compaction")
        elif now is None or now.last != facts.last:
            found.append(f"{topic.name} {key}: version {now and now.last} after compaction, was {facts.last}")
    return found


def _want_compaction(settings: Settings, topics: list[str]) -> None:
    admin = AdminClient({"log_level": 0, **settings})
    entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in AT_ONCE.items()]
    wanted = [ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries) for name in topics]
    for answer in admin.incremental_alter_configs(wanted, request_timeout=REQUEST_SECONDS).values():
        answer.result(REQUEST_SECONDS)
