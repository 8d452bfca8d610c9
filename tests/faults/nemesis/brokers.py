"""Faults of one broker of three: killed, stopped, frozen, two of them gone, leaders moved, too few replicas in sync."""

import asyncio
from typing import Any

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from shared.contracts.topics import TOPICS
from tests.faults.nemesis.fault import Fault, Scene
from tests.support.servers.kafka_cluster import Broker, KafkaCluster

SECONDS = 30.0
IN_SYNC, ALL = "2", "3"
"""How many replicas have to be in sync: as it is operated, and more than there are with a broker away."""


class _OfTheCluster(Fault):
    """Needs three brokers."""

    @classmethod
    def possible(cls, scene: Scene) -> str | None:
        return None if isinstance(scene.platform.kafka, KafkaCluster) else "there is one broker only (--brokers 3)"

    @property
    def cluster(self) -> KafkaCluster:
        """The brokers."""
        assert isinstance(self.platform.kafka, KafkaCluster)
        return self.platform.kafka

    def _one(self) -> Broker:
        number = self.chance.randrange(len(self.cluster.brokers))
        self.facts["broker"] = number + 1
        return self.cluster.brokers[number]

    async def heal(self) -> None:
        await asyncio.to_thread(self.cluster.start)

    def _admin(self) -> AdminClient:
        return AdminClient({"log_level": 0, **self.cluster.confluent_settings()})


class OneBrokerKilled(_OfTheCluster):
    """kill -9 of one: the other two elect leaders when its session has ended, and go on without it."""

    name = "one-broker-killed"
    seconds = (2.0, 12.0)
    weight = 3

    async def inflict(self) -> None:
        await asyncio.to_thread(self._one().kill)


class OneBrokerStopped(_OfTheCluster):
    """One hands its leaderships over, goes, and comes back."""

    name = "one-broker-stopped"
    seconds = (1.0, 6.0)
    weight = 2

    async def inflict(self) -> None:
        await asyncio.to_thread(self._one().stop)


class OneBrokerFrozen(_OfTheCluster):
    """SIGSTOP: connections stay open, nothing answers; it wakes as the leader that it is not any more."""

    name = "one-broker-frozen"
    seconds = (2.0, 10.0)
    weight = 2

    async def inflict(self) -> None:
        self._frozen = self._one()
        await asyncio.to_thread(self._frozen.pause)

    async def heal(self) -> None:
        await asyncio.to_thread(self._frozen.resume)
        await asyncio.to_thread(self.cluster.wait_until_whole)


class TwoBrokersKilled(_OfTheCluster):
    """No majority of controllers, one replica of each partition: nothing can be written until one comes back."""

    name = "two-brokers-killed"
    seconds = (1.0, 5.0)

    async def inflict(self) -> None:
        left = self._one()
        await asyncio.gather(*(asyncio.to_thread(one.kill) for one in self.cluster.brokers if one is not left))


class IsrUnderTheMinimum(_OfTheCluster):
    """A broker is away and the topics want all three in sync: leaders refuse every write (NOT_ENOUGH_REPLICAS)."""

    name = "isr-under-the-minimum"
    seconds = (2.0, 6.0)

    async def inflict(self) -> None:
        await asyncio.to_thread(self._one().stop)
        await asyncio.to_thread(self._want, ALL)

    async def heal(self) -> None:
        await asyncio.to_thread(self._want, IN_SYNC)
        await super().heal()

    def _want(self, replicas: str) -> None:
        entry = ConfigEntry("min.insync.replicas", replicas, incremental_operation=AlterConfigOpType.SET)
        wanted = [ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry]) for name in TOPICS]
        # Kept until it is answered: a client that nobody holds ends, and its requests with it.
        admin = self._admin()
        answers: dict[Any, Any] = admin.incremental_alter_configs(wanted, request_timeout=SECONDS)
        for answer in answers.values():
            answer.result(SECONDS)


class LeadersMoved(_OfTheCluster):
    """Every partition gets another leader, twice: away from a broker that goes, and back to whom it is preferred."""

    name = "leaders-moved"
    seconds = (0.5, 2.0)
    weight = 2

    async def inflict(self) -> None:
        before = await asyncio.to_thread(self._leaders)
        leaving = self._one()
        await asyncio.to_thread(leaving.stop)
        await asyncio.to_thread(self.cluster.start)
        after = await asyncio.to_thread(self._leaders)
        self.facts["moved"] = sum(1 for at, leader in before.items() if after.get(at) != leader)

    async def heal(self) -> None:
        before = await asyncio.to_thread(self._leaders)
        await asyncio.to_thread(self._prefer)
        after = await asyncio.to_thread(self._leaders)
        self.facts["moved_back"] = sum(1 for at, leader in before.items() if after.get(at) != leader)
        await asyncio.to_thread(self.cluster.wait_until_whole)

    @property
    def happened(self) -> bool:
        return bool(self.facts["moved"] or self.facts.get("moved_back"))

    def _leaders(self) -> dict[tuple[str, int], int]:
        topics = self._admin().list_topics(timeout=SECONDS).topics
        return {
            (name, number): partition.leader
            for name, topic in topics.items()
            for number, partition in topic.partitions.items()
        }

    def _prefer(self) -> None:
        from confluent_kafka import ElectionType

        admin = self._admin()
        # None: every partition. With a time-out of its own the client (2.16.1) refuses the call.
        admin.elect_leaders(ElectionType.PREFERRED, None).result(SECONDS)
