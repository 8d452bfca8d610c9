"""The topics with their settings, and who may read and write them: what must exist before the services start.

Topics are made here and nowhere else. Running it again corrects settings and access rules that differ; a topic with
another number of partitions is refused, because changing it would part keys from their tombstones.

    TANDEM_KAFKA_BOOTSTRAP=… TANDEM_KAFKA_SECURITY_PROTOCOL=SASL_SSL … python -m deploy.kafka.provision \\
        --replication-factor 3 --min-insync-replicas 2
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from deploy.kafka.access import SECONDS, apply_rules
from shared.contracts.topics import PARTITIONS, SERVICES, TOPICS, Topic

Settings = Mapping[str, str | int | float | bool]


class WrongPartitions(Exception):
    """A topic exists with another number of partitions than it must have; it is never repartitioned."""


def provision(
    settings: Settings,
    topics: Iterable[Topic] = tuple(TOPICS.values()),
    *,
    partitions: int = PARTITIONS,
    replication_factor: int = 1,
    min_insync_replicas: int | None = 1,
    access_rules: bool = True,
    services: Sequence[str] = SERVICES,
) -> None:
    """Make topics and access rules as they should be; returns when every topic can be used.

    Parameters
    ----------
    settings
        How `confluent_kafka` reaches the cluster as its administrator.
    replication_factor
        -1 leaves it to the cluster.
    min_insync_replicas
        None leaves it to the cluster.

    Raises
    ------
    WrongPartitions
        A topic exists with another number of partitions.
    confluent_kafka.KafkaException
        The cluster is away, or our user may not do what is needed.
    """
    topics = list(topics)
    admin = AdminClient({"log_level": 3, **settings})
    durability = {} if min_insync_replicas is None else {"min.insync.replicas": str(min_insync_replicas)}
    wanted = {topic.name: topic.settings | durability for topic in topics}
    missing = [name for name in wanted if name not in _partitions(admin)]
    if missing:
        new = [
            NewTopic(name, num_partitions=partitions, replication_factor=replication_factor, config=wanted[name])
            for name in missing
        ]
        for creation in admin.create_topics(new, operation_timeout=SECONDS, request_timeout=SECONDS).values():
            creation.result()
        _wait_until_known(admin, missing)
    _check_partitions(_partitions(admin), wanted, partitions)
    _correct_settings(admin, {name: config for name, config in wanted.items() if name not in missing})
    if access_rules:
        apply_rules(admin, topics, services)


def _partitions(admin: AdminClient) -> dict[str, int]:
    return {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=SECONDS).topics.items()}


def _wait_until_known(admin: AdminClient, names: Iterable[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while missing := [name for name in names if _partitions(admin).get(name, 0) == 0]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"topics were made but are not known to the broker: {', '.join(missing)}")
        time.sleep(0.05)


def _check_partitions(present: Mapping[str, int], names: Iterable[str], partitions: int) -> None:
    wrong = [f"{name} has {present[name]}" for name in names if present[name] != partitions]
    if wrong:
        raise WrongPartitions(f"every topic must have {partitions} partitions, but {', '.join(wrong)}")


def _correct_settings(admin: AdminClient, wanted: Mapping[str, Mapping[str, str]]) -> None:
    if not wanted:
        return
    described = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in wanted])
    changes = []
    for resource, answer in described.items():
        present = {name: entry.value for name, entry in answer.result(SECONDS).items()}
        different = {k: v for k, v in wanted[resource.name].items() if present.get(k) != v}
        if different:
            entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in different.items()]
            changes.append(ConfigResource(ResourceType.TOPIC, resource.name, incremental_configs=entries))
    if changes:
        for change in admin.incremental_alter_configs(changes, request_timeout=SECONDS).values():
            change.result()


def settings_from(environment: Mapping[str, str]) -> dict[str, str | int | float | bool]:
    """How `confluent_kafka` reaches the cluster that `TANDEM_KAFKA_…` variables (or secret files) name."""
    folder = environment.get("TANDEM_SECRETS_DIR")

    def told(name: str) -> str | None:
        file = Path(folder) / name.lower() if folder else None
        return environment.get(name) or (file.read_text().strip() if file and file.exists() else None)

    names = {
        "bootstrap.servers": "TANDEM_KAFKA_BOOTSTRAP",
        "security.protocol": "TANDEM_KAFKA_SECURITY_PROTOCOL",
        "sasl.mechanism": "TANDEM_KAFKA_SASL_MECHANISM",
        "sasl.username": "TANDEM_KAFKA_USERNAME",
        "sasl.password": "TANDEM_KAFKA_PASSWORD",
        "ssl.ca.location": "TANDEM_KAFKA_CA_FILE",
    }
    return {setting: value for setting, name in names.items() if (value := told(name))}


def main() -> None:
    """Provision from the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.kafka.provision",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--replication-factor", type=int, default=1)
    parser.add_argument("--min-insync-replicas", type=int, default=1)
    parser.add_argument("--no-acls", action="store_true", help="the cluster has its own access rules: leave them")
    arguments = parser.parse_args()
    settings = settings_from(os.environ)
    if "bootstrap.servers" not in settings:
        sys.exit("TANDEM_KAFKA_BOOTSTRAP is not set")
    try:
        provision(
            settings,
            replication_factor=arguments.replication_factor,
            min_insync_replicas=arguments.min_insync_replicas,
            access_rules=not arguments.no_acls,
        )
    except (KafkaException, WrongPartitions, TimeoutError) as error:
        sys.exit(f"Kafka could not be provisioned: {error}")


if __name__ == "__main__":
    main()
