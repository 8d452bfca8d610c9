"""Whether all that was published has reached those who read it: by committed offsets, which follow the effects."""

from collections.abc import Mapping

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AdminClient,
    OffsetSpec,
)

OF_A_TRANSACTION = 1
"""A transaction's marker takes an offset of its own behind the records, and nobody commits it."""


def all_taken_in(settings: Mapping[str, str | int | float | bool]) -> bool:
    """Whether every running consumer group has committed every partition that it reads, up to its last record.

    Holds for topics that relays alone write to: their last offset is a marker.
    """
    admin = AdminClient({"log_level": 0, **settings})
    names = [group.group_id for group in admin.list_consumer_groups().result().valid]
    if not names:
        return False
    for name, described in admin.describe_consumer_groups(names).items():
        partitions = [at for member in described.result().members for at in member.assignment.topic_partitions]
        if partitions and not _taken_in(admin, name, partitions):
            return False
    return True


def _taken_in(admin: AdminClient, group: str, partitions: list[TopicPartition]) -> bool:
    asked = [TopicPartition(at.topic, at.partition) for at in partitions]
    latest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    ends = admin.list_offsets(dict.fromkeys(asked, latest))
    answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, asked)])[group].result()
    committed = {(at.topic, at.partition): max(at.offset, 0) for at in answer.topic_partitions}
    return all(
        end.result().offset - committed.get((at.topic, at.partition), 0) <= OF_A_TRANSACTION for at, end in ends.items()
    )
