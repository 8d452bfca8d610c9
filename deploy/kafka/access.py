"""Who may do what on Kafka, derived from the list of topics: an owner writes, its readers read, no more."""

import time
from collections.abc import Iterable, Sequence

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from shared.contracts.topics import Topic

SECONDS = 30.0


def _allow(user: str, what: tuple[ResourceType, str, ResourcePatternType], operation: AclOperation) -> AclBinding:
    kind, name, pattern = what
    return AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


def rules(topics: Iterable[Topic], services: Sequence[str]) -> set[AclBinding]:
    """Every access rule that `services` need for `topics`, and no other."""
    literal, prefixed = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    wanted = set()
    for topic in topics:
        named = (ResourceType.TOPIC, topic.name, literal)
        wanted |= {_allow(topic.owner, named, op) for op in (AclOperation.WRITE, AclOperation.DESCRIBE)}
        wanted |= {_allow(reader, named, AclOperation.READ) for reader in topic.allowed_readers}
    for service in services:
        relay = (ResourceType.TRANSACTIONAL_ID, f"relay-{service}", prefixed)
        wanted |= {_allow(service, relay, op) for op in (AclOperation.WRITE, AclOperation.DESCRIBE)}
        wanted.add(_allow(service, (ResourceType.GROUP, f"{service}.", prefixed), AclOperation.READ))
        wanted.add(_allow(service, (ResourceType.GROUP, f"relay-{service}", literal), AclOperation.READ))
    return wanted


def apply_rules(admin: AdminClient, topics: Iterable[Topic], services: Sequence[str]) -> None:
    """Give each service's user exactly its rules: what is missing is added, what it has besides is taken away.

    Returns when the broker applies them, which can be a second after it has accepted them.

    Raises
    ------
    confluent_kafka.KafkaException
        The cluster has no authoriser, or our user may not alter its rules.
    TimeoutError
        The broker accepted the rules and does not apply them.
    """
    wanted = rules(topics, services)
    present = _rules_of(admin, services)
    if missing := sorted(wanted - present):
        for addition in admin.create_acls(missing, request_timeout=SECONDS).values():
            addition.result()
    if surplus := [_filter(binding) for binding in present - wanted]:
        for removal in admin.delete_acls(surplus, request_timeout=SECONDS).values():
            removal.result()
    deadline = time.monotonic() + SECONDS
    while _rules_of(admin, services) != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError("the broker accepted the access rules and does not apply them")
        time.sleep(0.05)


def _rules_of(admin: AdminClient, users: Iterable[str]) -> set[AclBinding]:
    found: set[AclBinding] = set()
    for user in users:
        of_user = AclBindingFilter(
            ResourceType.ANY,
            None,  # type: ignore[arg-type]  # None stands for any
            ResourcePatternType.ANY,
            f"User:{user}",
            None,  # type: ignore[arg-type]
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        found |= set(admin.describe_acls(of_user, request_timeout=SECONDS).result())
    return found


def _filter(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
