"""The committed examples as a service's consumer sees them, and the services without any server behind them."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.matching import app as matching
from services.notifications import app as notifications
from services.registry import app as registry
from services.training import app as training
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.example_files import Example, examples
from shared.postgres.database import Database
from shared.runtime.clock import SettableClock
from shared.runtime.service import WorkerParts
from shared.telemetry.metrics import Metrics

APPS: dict[str, ModuleType] = {
    "registry": registry,
    "matching": matching,
    "training": training,
    "notifications": notifications,
}
EXAMPLES = list(examples())
EVENTS = [example for example in EXAMPLES if not example.is_tombstone]
TOMBSTONES = [example for example in EXAMPLES if example.is_tombstone]


@dataclass(frozen=True)
class Record:
    """A Kafka record; offsets are of no importance here."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int = 0
    offset: int = 0


def record(example: Example) -> Record:
    """An example as it comes from Kafka."""
    headers = [(name, value.encode()) for name, value in example.headers.items()]
    return Record(example.topic(CONTRACTS), example.key.encode(), example.data, headers)


def in_topic(topic: str) -> list[Example]:
    """The examples that stand in a topic."""
    return [example for example in EXAMPLES if example.topic(CONTRACTS) == topic]


def parts_of(service: str, folder: Path) -> WorkerParts:
    """What the service's worker consumes with; a signing key is put into `folder`. Nothing is connected."""
    key = folder / "development-key.pem"
    key.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    declared = APPS[service].SERVICE
    settings = declared.settings(
        mode="test",
        postgres_dsn="postgresql://127.0.0.1:1/tandem",
        kafka_bootstrap="127.0.0.1:1",
        http_port=0,
        signing_key_file=key,
    )
    parts: WorkerParts = declared.worker(settings, cast(Database, cast(Any, None)), SettableClock(), Metrics())
    return parts
