"""What a consumer sees that comes when everything old is compacted away: of every key the newest state, and no older one.

The platform compacts after days; here it is told to do so at once, when everything else has been looked at.
"""

import asyncio
import time
from collections import Counter
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


async def wrong_after_compaction(
    log: EventLog, settings: Settings, facts: LogFacts, compared: Counter[str]
) -> tuple[list[str], str | None]:
    """What is wrong; and of which topics nothing could be seen, and why; None when of all."""
    told = [topic for topic in facts.topics.values() if topic.kind is Kind.STATE and topic.events]
    topics = [topic for topic in told if topic.events > max(RECORDS_AT_LEAST, 2 * len(topic.keys))]
    few = [topic.name for topic in told if topic not in topics]
    compared["keys-after-compaction"] += 0
    if topics:
        await asyncio.to_thread(_want_compaction, settings, [topic.name for topic in topics])
    found: list[str] = []
    left: list[str] = []
    deadline = time.monotonic() + SECONDS
    for topic in topics:
        seen = await _once_compacted(log, topic, deadline)
        if seen is None:
            left.append(topic.name)
        else:
            compared["keys-after-compaction"] += len(topic.standing)
            found += differences(topic, seen)
    why = [f"not compacted within {SECONDS:.0f} s: {', '.join(left)}"] if left else []
    why += [f"too few old states to see it: {', '.join(few)}"] if few else []
    return found, "; ".join(why) or None


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


def differences(topic: TopicFacts, seen: TopicFacts) -> list[str]:
    """Of every key, also of those under which the nemesis has written, what stood last stands there still.

    A tombstone goes itself in time: then nothing is left.
    """
    found: list[str] = []
    for key, last in topic.standing.items():
        now = seen.standing.get(key)
        if last is None and now is not None:
            found.append(f"{topic.name} {key} came back by compaction")
        elif now != last:
            found.append(f"{topic.name} {key}: version {now} after compaction, was {last}")
    return found


def _want_compaction(settings: Settings, topics: list[str]) -> None:
    admin = AdminClient({"log_level": 0, **settings})
    entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in AT_ONCE.items()]
    wanted = [ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries) for name in topics]
    for answer in admin.incremental_alter_configs(wanted, request_timeout=REQUEST_SECONDS).values():
        answer.result(REQUEST_SECONDS)
