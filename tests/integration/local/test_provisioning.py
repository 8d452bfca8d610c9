"""Provisioning Kafka again and again: what differs is corrected, what must not change is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package names its exports only at run time
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from deploy.kafka.provision import WrongPartitions, provision
from deploy.local import kafka
from shared.contracts.topics import Kind, Topic
from tests.support.servers import KafkaServer, start_kafka

SOME = Topic("registry.some", "registry", Kind.STATE, frozenset({"matching"}))
OTHER = Topic("registry.other", "registry", Kind.NOTICES)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    server = start_kafka(tmp_path_factory.mktemp("provisioning"))
    provision(server.confluent_settings(), [SOME, OTHER], partitions=3)
    yield server
    server.stop()


@pytest.fixture
def admin(broker: KafkaServer) -> AdminClient:
    return AdminClient(broker.confluent_settings())


def setting(admin: AdminClient, topic: str, name: str) -> str | None:
    (answer,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    value: str | None = answer.result(10)[name].value
    return value


def test_a_setting_that_was_changed_by_hand_is_corrected(broker: KafkaServer, admin: AdminClient) -> None:
    wrong = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
    changes = admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, SOME.name, incremental_configs=[wrong])]
    )
    for change in changes.values():
        change.result(10)
    provision(broker.confluent_settings(), [SOME, OTHER], partitions=3)
    assert setting(admin, SOME.name, "cleanup.policy") == "compact"


def test_another_number_of_partitions_is_refused(broker: KafkaServer, admin: AdminClient) -> None:
    with pytest.raises(WrongPartitions, match=r"registry\.some has 3"):
        provision(broker.confluent_settings(), [SOME, OTHER], partitions=4)
    assert len(admin.list_topics(timeout=10).topics[SOME.name].partitions) == 3


def test_a_right_that_nobody_wrote_down_is_taken_away(broker: KafkaServer, admin: AdminClient) -> None:
    surplus = AclBinding(
        ResourceType.TOPIC,
        SOME.name,
        ResourcePatternType.LITERAL,
        "User:training",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    for addition in admin.create_acls([surplus]).values():
        addition.result()
    provision(broker.confluent_settings(), [SOME, OTHER], partitions=3)
    assert seen_by(broker, "training") == {OTHER.name}


def test_each_user_sees_only_the_topics_it_may_read(broker: KafkaServer) -> None:
    assert seen_by(broker, "matching") == {SOME.name, OTHER.name}
    assert seen_by(broker, "notifications") == {OTHER.name}


def test_a_wrong_password_is_refused(broker: KafkaServer) -> None:
    settings = kafka.admin_settings(broker.bootstrap, "wrong", "registry")
    with pytest.raises(KafkaException):
        AdminClient({**settings, "log_level": 0}).list_topics(timeout=3)


def test_the_server_of_tests_survives_what_they_do_to_it(tmp_path: Path) -> None:
    server = start_kafka(tmp_path)
    try:
        server.kill()
        assert not server.is_running
        server.start()
        server.pause()
        assert not kafka.is_ready(server.confluent_settings())
        server.resume()
        assert kafka.is_ready(server.confluent_settings())
    finally:
        server.stop()


def seen_by(broker: KafkaServer, user: str) -> set[str]:
    topics = AdminClient(broker.confluent_settings(user)).list_topics(timeout=10).topics
    return {name for name in topics if not name.startswith("__")}
