"""Who may do what on Kafka and in PostgreSQL: tried, with the users and roles of the services."""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from confluent_kafka import Consumer, Producer
from confluent_kafka import KafkaError as KafkaErrorCode
from confluent_kafka import TopicPartition as Partition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from shared.contracts.topics import PARTITIONS, SERVICES, TOPICS, Kind, topics_of, topics_readable_by
from shared.runtime.ids import new_id
from tests.support.platform import PlatformDatabase
from tests.support.sample.app import MIGRATIONS


def writable(server: Any, user: str) -> set[str]:
    """The topics to which a user can write; what is written deletes a key that never was."""
    producer = Producer({"log_level": 0, "message.timeout.ms": 15_000, **server.confluent_settings(user)})
    outcomes: dict[str, Any] = {}

    def note(topic: str, error: Any, _message: Any) -> None:
        outcomes[topic] = error

    for topic in TOPICS:
        producer.produce(topic, key=str(new_id()), partition=0, on_delivery=partial(note, topic))
    producer.flush(30)
    assert set(outcomes) == set(TOPICS)
    refused = {topic for topic, error in outcomes.items() if error}
    assert {outcomes[topic].code() for topic in refused} == {KafkaErrorCode.TOPIC_AUTHORIZATION_FAILED}
    return set(TOPICS) - refused


def readable(server: Any, user: str) -> set[str]:
    """The topics from which a user can fetch. Who may read may also describe: the others are denied even that."""
    admin = AdminClient({"log_level": 0, **server.confluent_settings(user)})
    errors = {topic: admin.list_topics(topic, timeout=10).topics[topic].error for topic in TOPICS}
    seen = {topic for topic, error in errors.items() if error is None}
    denied = KafkaErrorCode.TOPIC_AUTHORIZATION_FAILED
    assert all(error is None or error.code() == denied for error in errors.values()), errors
    consumer = Consumer(
        {"log_level": 0, "group.id": f"{user}.trial", "enable.partition.eof": True, **server.confluent_settings(user)}
    )
    consumer.assign([Partition(topic, 0, 0) for topic in seen])
    fetched: set[str] = set()
    deadline = time.monotonic() + 30
    try:
        while fetched != seen:
            assert time.monotonic() < deadline, seen - fetched
            message = consumer.poll(1)
            if message is not None:
                error = message.error()
                assert error is None or error.code() == KafkaErrorCode._PARTITION_EOF, error
                fetched.add(str(message.topic()))
    finally:
        consumer.close()
    return fetched


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_its_own_topics_only_and_reads_what_the_list_says(kafka_server: Any, service: str) -> None:
    assert writable(kafka_server, service) == {topic.name for topic in topics_of(service)}
    assert readable(kafka_server, service) == {topic.name for topic in topics_readable_by(service)}


def test_contact_data_is_for_notifications_only() -> None:
    for topic in ("registry.volunteer-contacts", "registry.member-contacts", "registry.notices"):
        assert TOPICS[topic].allowed_readers == {"registry", "notifications"}


async def test_a_service_cannot_take_another_ones_groups_or_transactions(kafka_server: Any) -> None:
    producer = AIOKafkaProducer(**kafka_server.aiokafka_settings("registry"), transactional_id="relay-matching")
    with pytest.raises(KafkaError, match=r"[Aa]uthorization"):
        await producer.start()
    await producer.stop()
    consumer = AIOKafkaConsumer(
        "registry.volunteers", **kafka_server.aiokafka_settings("registry"), group_id="matching.projections"
    )
    with pytest.raises(KafkaError, match=r"[Gg]roup"):
        await consumer.start()
    await consumer.stop()


async def test_topics_are_never_made_by_using_them(kafka_server: Any) -> None:
    name = f"registry.{new_id()}"
    for user in ("registry", "admin"):
        producer = AIOKafkaProducer(**kafka_server.aiokafka_settings(user), request_timeout_ms=2_000)
        await producer.start()
        try:
            with pytest.raises(KafkaError):
                await producer.send_and_wait(name, b"x", key=b"x")
        finally:
            await producer.stop()
    assert name not in AdminClient(kafka_server.confluent_settings()).list_topics(timeout=10).topics


def test_every_topic_is_as_the_list_says(kafka_server: Any) -> None:
    admin = AdminClient(kafka_server.confluent_settings())
    present = {name: topic for name, topic in admin.list_topics(timeout=10).topics.items() if not name.startswith("__")}
    assert set(present) >= set(TOPICS)
    assert {len(present[name].partitions) for name in TOPICS} == {PARTITIONS} == {12}
    described = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in TOPICS])
    for resource, answer in described.items():
        settings = {name: entry.value for name, entry in answer.result(10).items()}
        wanted = TOPICS[resource.name].settings
        assert {name: settings[name] for name in wanted} == wanted


DAY = 24 * 60 * 60 * 1000


@pytest.mark.parametrize("topic", TOPICS.values(), ids=list(TOPICS))
def test_state_is_compacted_and_keeps_tombstones_a_month_notices_go_after_a_month(topic: Any) -> None:
    settings = {name: int(value) for name, value in topic.settings.items() if value.isdigit()}
    assert settings["segment.ms"] == DAY
    if topic.kind is Kind.STATE:
        assert topic.settings["cleanup.policy"] == "compact"
        assert settings["delete.retention.ms"] == 30 * DAY
        assert settings["min.compaction.lag.ms"] == 7 * DAY
        assert settings["min.compaction.lag.ms"] < settings["max.compaction.lag.ms"] <= 30 * DAY
    else:
        assert topic.settings["cleanup.policy"] == "delete"
        assert settings["retention.ms"] == 30 * DAY


@pytest.fixture(scope="module")
def two(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    """A database with the schemas of two services."""
    return database_without_kafka(matching=MIGRATIONS, registry=MIGRATIONS)


@pytest_asyncio.fixture
async def runtime(two: PlatformDatabase) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """A connection as matching's runtime role."""
    connection = await asyncpg.connect(two.runtime_dsn("matching"))
    yield connection
    await connection.close()


ROWS_ONLY = ("SELECT FROM offers", "INSERT INTO offers VALUES (gen_random_uuid(), 1, 'a')", "UPDATE offers SET title = 'b'",
             "DELETE FROM offers")  # fmt: skip


@pytest.mark.parametrize("statement", ROWS_ONLY)
async def test_the_runtime_role_reads_and_writes_rows(runtime: "asyncpg.Connection[Any]", statement: str) -> None:
    assert await runtime.fetchval("SELECT current_schema()") == "matching"
    await runtime.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM registry.outbox",
        "INSERT INTO registry.erased_subjects VALUES (gen_random_uuid(), now())",
        "DELETE FROM registry.outbox",
        "SELECT nextval('registry.outbox_position_seq')",
        "CREATE TABLE registry.mine (x int)",
        "CREATE TABLE mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE offers ADD COLUMN x int",
        "ALTER TABLE offers OWNER TO matching_runtime",
        "ALTER TABLE offers DISABLE TRIGGER ALL",
        "DROP TABLE offers",
        "TRUNCATE offers",
        "CREATE INDEX mine ON offers (title)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE matching_owner",
        "SET ROLE registry_runtime",
        "ALTER ROLE matching_runtime SUPERUSER",
        "CREATE ROLE mine",
        "COPY offers TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
async def test_the_runtime_role_cannot(runtime: "asyncpg.Connection[Any]", statement: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidGrantOperationError)):
        await runtime.execute(statement)


@pytest.mark.parametrize("statement", ["SELECT * FROM registry.outbox", "CREATE TABLE registry.mine (x int)"])
async def test_the_owner_role_sees_no_other_schema_either(two: PlatformDatabase, statement: str) -> None:
    owner = await asyncpg.connect(two.owner_dsn("matching"))
    try:
        await owner.execute("CREATE TABLE probe (x int)")
        await owner.execute("DROP TABLE probe")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)
    finally:
        await owner.close()


async def test_a_table_of_a_later_migration_is_open_to_the_runtime_role(two: PlatformDatabase) -> None:
    owner, runtime = (
        await asyncpg.connect(two.owner_dsn("registry")),
        await asyncpg.connect(two.runtime_dsn("registry")),
    )
    try:
        await owner.execute("CREATE TABLE later (number bigint GENERATED ALWAYS AS IDENTITY, x int)")
        await runtime.execute("INSERT INTO later (x) VALUES (1)")
        assert await runtime.fetchval("SELECT count(*) FROM later") == 1
    finally:
        await owner.close()
        await runtime.close()
