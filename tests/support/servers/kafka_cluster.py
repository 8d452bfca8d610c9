"""Three real Kafka brokers (KRaft, each also a controller) that look like one server: replication factor 3, two in sync.

Each takes about 175 MB. What is done to all of them (`start`, `stop`, `kill`) is what a test does to a single broker;
`brokers` are for trouble with one of them.
"""

import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import kafka
from deploy.local.folders import KAFKA_LIBRARIES
from deploy.local.kafka import USERS, KafkaCommand, KafkaPorts, new_cluster_id
from tests.support.servers.kafka import KafkaServer
from tests.support.servers.ports import free_port

BROKERS = 3
_CHANGED = {
    "default.replication.factor": "3",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "min.insync.replicas": "2",
    # Shorter than in operation: a frozen broker is to be noticed within seconds.
    "broker.session.timeout.ms": "6000",
    "replica.lag.time.max.ms": "5000",
}


class Broker(KafkaServer):
    """One of several; ready when it has registered with the controllers and serves."""

    def _is_ready(self) -> bool:
        return True


class KafkaCluster(KafkaServer):
    """All brokers together. Its `folder` holds theirs."""

    def __init__(self, brokers: list[Broker], folder: Path) -> None:
        first = brokers[0]
        prepared = KafkaCommand(first.command, KafkaPorts(first.port, first.port), first.passwords)
        super().__init__(prepared, folder)
        self.brokers = brokers
        self.bootstrap = ",".join(broker.bootstrap for broker in brokers)

    @property
    def is_running(self) -> bool:
        """Whether every broker runs."""
        return all(broker.is_running for broker in self.brokers)

    def start(self) -> None:
        """Start those that do not run, side by side: one alone would wait for a majority."""
        self._each("start", [broker for broker in self.brokers if not broker.is_running])
        self.wait_until_whole()

    def stop(self) -> None:
        """Stop all. The last one cannot hand anything over any more and is killed when it takes too long."""
        self._each("stop", self.brokers)

    def kill(self) -> None:
        """Kill all."""
        self._each("kill", self.brokers)

    def pause(self) -> None:
        """Freeze all."""
        self._each("pause", self.brokers)

    def resume(self) -> None:
        """Wake all."""
        self._each("resume", self.brokers)

    def wait_until_whole(self, seconds: float = 90) -> None:
        """Until every broker is known to the others and every partition has all its replicas in sync.

        Raises
        ------
        TimeoutError
            It did not come to that in time.
        """
        deadline = time.monotonic() + seconds
        while not self.is_whole():
            if time.monotonic() > deadline:
                raise TimeoutError("the brokers did not come together")
            time.sleep(0.1)

    def is_whole(self) -> bool:
        """Whether every partition has a leader and all its replicas in sync."""
        try:
            # A new client: one from before would go on asking a broker that is gone.
            told = AdminClient({"log_level": 0, **self.confluent_settings()}).list_topics(timeout=3)
        except KafkaException:
            return False
        partitions = [each for topic in told.topics.values() for each in topic.partitions.values()]
        return len(told.brokers) == len(self.brokers) and all(
            each.leader > 0 and len(each.isrs) == len(each.replicas) for each in partitions
        )

    @staticmethod
    def _each(what: str, brokers: list[Broker]) -> None:
        if brokers:
            with ThreadPoolExecutor(max_workers=len(brokers)) as pool:
                list(pool.map(lambda broker: getattr(broker, what)(), brokers))


def start_kafka_cluster(folder: Path) -> KafkaCluster:
    """Start three brokers with their data below `folder`, on free ports; returns when they answer as one."""
    passwords = {user: secrets.token_urlsafe(18) for user in USERS}
    ports = [KafkaPorts(free_port(), free_port()) for _ in range(BROKERS)]
    identity = new_cluster_id()
    brokers = []
    for number, own in enumerate(ports, start=1):
        home = folder / f"broker-{number}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "cluster-id").write_text(identity)
        settings = _settings(number, own, ports, passwords, home / "data")
        brokers.append(Broker(kafka.prepare(home, own, passwords, kafka.fetch(KAFKA_LIBRARIES), settings), home))
    cluster = KafkaCluster(brokers, folder)
    cluster.start()
    return cluster


def _settings(
    number: int, own: KafkaPorts, all_ports: list[KafkaPorts], passwords: Mapping[str, str], data: Path
) -> str:
    """The settings of a single broker, as one of several."""
    voters = ",".join(f"{each}@127.0.0.1:{ports.controller}" for each, ports in enumerate(all_ports, start=1))
    changed = {**_CHANGED, "node.id": str(number), "controller.quorum.voters": voters}
    kept = [line for line in kafka.settings(own, passwords, data).splitlines() if line.partition("=")[0] not in changed]
    return "\n".join([*kept, *(f"{name}={value}" for name, value in changed.items())]) + "\n"
