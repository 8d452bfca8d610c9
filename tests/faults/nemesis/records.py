"""Faults in the log: poison, records once more, old states after new ones, a key that is deleted for good."""

import asyncio
from collections.abc import Sequence

from aiokafka import ConsumerRecord

from shared.contracts.envelope import TICK
from tests.faults.nemesis.fault import Fault
from tests.faults.nemesis.sown import SOWN
from tests.support.event_log import EventLog, Raw, event_log

TOPICS = ("registry.volunteers", "matching.offers", "training.courses", "matching.placements", "training.enrolments")
MARK = (SOWN, b"1")


class _InTheLog(Fault):
    """A fault that is there as soon as it is written."""

    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        async with event_log(self.platform.kafka) as log:
            await self._sow(log)

    async def _sow(self, log: EventLog) -> None:
        raise NotImplementedError

    async def heal(self) -> None:
        """What is in the log stays there."""

    async def _events(self, log: EventLog) -> Sequence[ConsumerRecord]:
        """What the relays have written into one of the topics."""
        topic = self.chance.choice(TOPICS)
        self.facts["topic"] = topic
        return [
            record
            for record in await log.read(topic)
            if record.value is not None and record.key != TICK.encode() and SOWN not in dict(record.headers)
        ]


class Poison(_InTheLog):
    """A record that nobody can decode, and one of a major that nobody knows."""

    name = "poison"

    async def _sow(self, log: EventLog) -> None:
        topic = self.chance.choice(("matching.offers", "training.courses", "registry.volunteers"))
        key = str(self.chance.getrandbits(64)).encode()
        type_ = {"matching.offers": b"offer-created", "training.courses": b"course-published"}.get(
            topic, b"volunteer-updated"
        )
        nonsense = Raw(topic, key, b'{"not": "what it says', [("ce_type", type_), ("ce_id", key), MARK])
        placed = await log.publish(nonsense)
        self.facts["topic"] = topic
        self.scene.sown.poison += [(at.topic, at.partition, at.offset) for at in placed]


class Repeated(_InTheLog):
    """Records of a relay once more, in another order: what was newest may be followed by what is old."""

    name = "duplicates-and-reordering"
    weight = 2

    async def _sow(self, log: EventLog) -> None:
        events = list(await self._events(log))
        again = self.chance.sample(events, min(len(events), 20))
        await log.publish(*(Raw(one.topic, one.key, one.value, [*one.headers, MARK], one.partition) for one in again))
        self.facts["records"] = len(again)
        self.scene.sown.repeated += len(again)


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
    """A read model built anew and swapped, and the dead letters played again, in the middle of it all."""

    name = "replay-and-redrive"
    seconds = (0.0, 0.0)

    async def inflict(self) -> None:
        service, projection = self.chance.choice(
            [
                ("matching", "volunteers"),
                ("notifications", "offers"),
                ("training", "volunteers"),
                ("matching", "courses"),
            ]
        )
        self.facts |= {"service": service, "projection": projection}
        await asyncio.to_thread(self.platform.run, service, "replay", projection)
        # Status 1: the poison stays poison.
        self.facts["redriven"] = await asyncio.to_thread(self.platform.try_run, service, "redrive")

    async def heal(self) -> None:
        """It is done."""
