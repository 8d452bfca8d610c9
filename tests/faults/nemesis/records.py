"""Faults in the log: poison, records once more, old states after new ones, a key that is deleted for good."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from shared.contracts.envelope import TICK
from shared.contracts.topics import PARTITIONS
from shared.runtime.ids import new_id
from tests.faults.checker.log import BEYOND_ANY_TABLE
from tests.faults.checker.read_models import projections_of
from tests.faults.nemesis import sown
from tests.faults.nemesis.fault import Company, Fault, Wrong
from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog, Raw, event_log
from tests.support.events import volunteer_updated

STATES = ("registry.volunteers", "matching.offers", "training.courses", "matching.placements", "training.enrolments")
NOTICES = ("matching.suggestions", "registry.notices", "registry.privacy")
"""What consumer groups of their own take, several at once or one alone."""
TOPICS = (*STATES, *STATES, *NOTICES)
POISONED = {
    "matching.offers": b"offer-created",
    "training.courses": b"course-published",
    "registry.volunteers": b"volunteer-updated",
    "matching.suggestions": b"match-suggested",
    "registry.notices": b"erasure-receipt-due",
    "registry.privacy": b"erasure-requested",
}
"""What the poison in a topic says it is."""
MARK = (SOWN, b"1")
UNKNOWN_MAJOR = 99
READ_AT_MOST = 2000
AGAIN_AT_MOST = 20


class _InTheLog(Fault):
    """A fault that is there as soon as it is written."""

    company = Company.ANY
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        async with event_log(self.platform.kafka) as log:
            await self._sow(log)

    async def _sow(self, log: EventLog) -> None:
        raise NotImplementedError

    async def heal(self) -> None:
        """What is in the log stays there."""

    async def _events(self, log: EventLog) -> Sequence[ConsumerRecord]:
        """What the relays have written into a partition of one of the topics, at most `READ_AT_MOST` of it.

        What is buried stands first: old states of it must not bring it back.
        """
        topic = self.chance.choice(TOPICS)
        self.facts["topic"] = topic
        for partition in self.chance.sample(range(PARTITIONS), PARTITIONS):
            if found := await _written(log, topic, partition):
                return found
        return []


async def _written(log: EventLog, topic: str, partition: int) -> Sequence[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    buried: set[bytes | None] = set()
    async for records in log.stretches(topic, partition):
        told = [each for each in records if each.key != TICK.encode() and SOWN not in dict(each.headers)]
        buried |= {each.key for each in told if each.value is None}
        found += [each for each in told if each.value is not None]
        if len(found) > READ_AT_MOST:
            break
    return sorted(found, key=lambda each: each.key not in buried)


class Poison(_InTheLog):
    """A record that nobody can decode, and one of a major that nobody knows."""

    name = "poison"

    async def _sow(self, log: EventLog) -> None:
        topic, type_ = self.chance.choice(list(POISONED.items()))
        key = str(self.chance.getrandbits(64)).encode()
        nonsense = Raw(topic, key, b'{"not": "what it says', [*_headers(type_, key, 1), MARK])
        future = Raw(topic, key, b'{"version": 1}', [*_headers(type_, key, UNKNOWN_MAJOR), MARK])
        for record, is_unknown in ((nonsense, False), (future, True)):
            (at,) = await log.publish(record)
            place = (at.topic, at.partition, at.offset)
            self.scene.sown.poison.append(sown.Poison(place, type_.decode(), is_unknown))
        self.facts["topic"] = topic


def _headers(type_: bytes, key: bytes, major: int) -> list[tuple[str, bytes]]:
    envelope = {
        "ce_specversion": b"1.0",
        "ce_id": str(new_id()).encode(),
        "ce_type": type_,
        "ce_source": b"urn:tandem:nemesis",
        "ce_time": datetime.now(UTC).isoformat().encode(),
        "ce_subject": key,
        "ce_dataschema": b"urn:tandem:" + type_ + b":" + str(major).encode(),
        "ce_correlationid": str(new_id()).encode(),
        "content-type": b"application/json",
    }
    return list(envelope.items())


class Unfit(_InTheLog):
    """A record that can be read, and that no table takes in, in the middle of others: their batch has to be taken apart."""

    name = "unfit"
    company = Company.ALONE
    weight = 2

    async def _sow(self, log: EventLog) -> None:
        unfit = Raw.of(volunteer_updated(new_id(), BEYOND_ANY_TABLE))
        (at,) = await log.publish(Raw(unfit.topic, unfit.key, unfit.value, [*unfit.headers, MARK]))
        self.facts["topic"] = unfit.topic
        place = (at.topic, at.partition, at.offset)
        self.scene.sown.poison.append(sown.Poison(place, "volunteer-updated", is_unfit=True))


class Repeated(_InTheLog):
    """Records of a relay once more, in another order: what was newest may be followed by what is old."""

    name = "duplicates-and-reordering"
    weight = 2

    async def _sow(self, log: EventLog) -> None:
        events = list(await self._events(log))
        half = AGAIN_AT_MOST // 2
        again = self.chance.sample(events[half:], min(len(events[half:]), half)) + events[:half]
        self.chance.shuffle(again)
        await log.publish(*(Raw(one.topic, one.key, one.value, [*one.headers, MARK], one.partition) for one in again))
        self.facts["records"] = len(again)
        self.scene.sown.repeated += len(again)

    @property
    def happened(self) -> bool:
        return bool(self.facts["records"])


class Buried(_InTheLog):
    """An aggregate that is announced and then deleted for good by a tombstone."""

    name = "tombstone"

    async def _sow(self, log: EventLog) -> None:
        place = self.scene.sown.new_place()
        event, tombstone = Raw.of(place), Raw.tombstone("registry.places", place.postal_code)
        await log.publish(
            Raw(event.topic, event.key, event.value, [*event.headers, MARK]),
            Raw(tombstone.topic, tombstone.key, None, [*tombstone.headers, MARK]),
        )
        self.scene.sown.buried.append(place.postal_code)


class ReplayedAndRedriven(Fault):
    """A read model built anew and taken over, and the dead letters played again, in the middle of it all."""

    name = "replay-and-redrive"
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        known = [(name, each.name) for name, each in projections_of(self.platform)]
        service, projection = self.chance.choice(sorted(known))
        self.facts |= {"service": service, "projection": projection}
        try:
            await asyncio.to_thread(self.platform.run, service, "replay", projection)
        except AssertionError as error:
            raise Wrong(str(error)[-1500:]) from None
        # Status 1: the poison stays poison.
        self.facts["redriven"] = await asyncio.to_thread(self.platform.try_run, service, "redrive")

    async def heal(self) -> None:
        """It is done."""
