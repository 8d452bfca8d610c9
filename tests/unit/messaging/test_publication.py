"""Where a record goes, and what a relay does when Kafka's answer is none."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import OffsetAndMetadata

from shared.contracts.topics import PARTITIONS
from shared.messaging import publication
from shared.messaging.publication import Publication, Record, marker_of, partition_of, records_of
from shared.runtime.ids import new_id
from shared.runtime.settings import Settings


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_a_key_goes_where_javas_clients_would_put_it(key: str, murmur2: int) -> None:
    """The vectors are those of Kafka's own tests (UtilsTest)."""
    assert partition_of(key) == (murmur2 & 0x7FFFFFFF) % PARTITIONS


async def test_rows_keep_their_order_within_a_partition() -> None:
    rows: list[Any] = [
        {"topic": "matching.offers", "key": key, "headers": '[["n", "ü"]]', "value": str(number).encode()}
        for number, key in enumerate(["a", "b", "c"] * 200)
    ]
    rows.append({"topic": "matching.offers", "key": "a", "headers": "[]", "value": None})
    found = await records_of(rows)
    assert sum(len(records) for records in found.values()) == len(rows)
    for partition, records in found.items():
        numbers = [int(value) for _, value, _ in records if value is not None]
        assert numbers == sorted(numbers)
        assert {partition_of(key.decode()) for key, _, _ in records} == {partition.partition}
    last = found[TopicPartition("matching.offers", partition_of("a"))][-1]
    assert last == (b"a", None, [])
    assert found[TopicPartition("matching.offers", partition_of("a"))][0][2] == [("n", "ü".encode())]


class Admin:
    """Instead of Kafka's administration: what it would answer about the group's offsets."""

    def __init__(self, answer: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self._answer = answer
        self.closed = False

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True

    async def list_consumer_group_offsets(self, _group: str, partitions: Any) -> Any:
        assert partitions == [marker_of("matching")]
        return self._answer


SETTINGS = Settings(postgres_dsn="postgresql://x", kafka_bootstrap="127.0.0.1:1", http_port=0)


async def last_committed(answer: dict[TopicPartition, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    admin = Admin(answer)
    monkeypatch.setattr(publication, "AIOKafkaAdminClient", lambda **_: admin)
    monkeypatch.setattr(publication, "AIOKafkaProducer", lambda **_: None)
    try:
        return await Publication("matching", SETTINGS).last_committed()
    finally:
        assert admin.closed


async def test_the_name_of_the_last_batch_is_the_metadata_of_the_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = new_id()
    assert await last_committed({marker_of("matching"): OffsetAndMetadata(1, str(batch))}, monkeypatch) == batch
    assert await last_committed({marker_of("matching"): OffsetAndMetadata(-1, "")}, monkeypatch) is None


async def test_no_answer_is_an_error_and_never_taken_for_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KafkaError):
        await last_committed({}, monkeypatch)


class Full:
    """A batch into which nothing fits."""

    def append(self, **_: Any) -> None:
        return None


class Producer:
    """Instead of Kafka's producer."""

    def create_batch(self) -> Full:
        return Full()


async def test_an_event_that_fits_into_no_batch_is_an_error_and_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "AIOKafkaProducer", lambda **_: Producer())
    records: dict[TopicPartition, list[Record]] = {TopicPartition("matching.offers", 0): [(b"key", b"value", [])]}
    with pytest.raises(MessageSizeTooLargeError):
        await Publication("matching", SETTINGS).packed(records)
