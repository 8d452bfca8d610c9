"""Who may do what on Kafka follows from the list of topics, and nothing else does."""

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AclOperation,
    ResourcePatternType,
    ResourceType,
)

from deploy.kafka.access import rules
from shared.contracts.topics import SERVICES, TOPICS

RULES = [
    (rule.principal.removeprefix("User:"), rule.restype, rule.name, rule.resource_pattern_type, rule.operation)
    for rule in rules(TOPICS.values(), SERVICES)
]


def of_topics(operation: AclOperation) -> set[tuple[str, str]]:
    return {
        (user, name) for user, kind, name, _, allowed in RULES if kind == ResourceType.TOPIC and allowed == operation
    }


def test_only_the_owner_writes() -> None:
    assert of_topics(AclOperation.WRITE) == {(topic.owner, topic.name) for topic in TOPICS.values()}


def test_only_its_readers_read() -> None:
    expected = {(reader, topic.name) for topic in TOPICS.values() for reader in topic.allowed_readers}
    assert of_topics(AclOperation.READ) == expected
    assert {user for user, name in expected if name == "registry.volunteer-contacts"} == {"registry", "notifications"}


def test_no_rule_covers_more_than_one_topic() -> None:
    assert all(pattern == ResourcePatternType.LITERAL for _, kind, _, pattern, _ in RULES if kind == ResourceType.TOPIC)


def test_groups_and_transactions_carry_the_services_own_name() -> None:
    others = {(user, name) for user, kind, name, _, _ in RULES if kind != ResourceType.TOPIC}
    assert others == {(service, f"{service}.") for service in SERVICES} | {
        (service, f"relay-{service}") for service in SERVICES
    }
