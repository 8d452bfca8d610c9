"""Apache Kafka 4.3 (KRaft, one node) on Java: from a folder and two ports to a command line.

`make up` and the tests start their brokers through this one piece of code. The broker listens on 127.0.0.1 only, asks
every client for name and password (SASL/PLAIN), and allows only what an access rule allows.
"""

import base64
import logging
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import maven
from deploy.local.problems import MissingTool, StartProblem
from shared.contracts.topics import SERVICES

_SILENT = logging.getLogger("tandem.kafka-is-not-ready-yet")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False

ADMIN = "admin"
USERS = (ADMIN, *SERVICES)
POM = Path(__file__).resolve().parents[1] / "kafka" / "pom.xml"
JAVA_AT_LEAST = 17

_JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    # The authoriser's own log tells at info which access was denied.
    "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=info",
)
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=CLIENT://{listens_on}:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENT://{reached_as}:{port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config={jaas}
listener.name.controller.plain.sasl.jaas.config={jaas}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
log.dirs={logs}

auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.enable=true
# A group's offsets tell what was already handled; they must outlive any pause.
offsets.retention.minutes=525600
# After a kill the node registers again only when its old session has ended.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
# One node has nobody to wait for.
group.coordinator.append.linger.ms=0
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
"""


@dataclass(frozen=True)
class KafkaPorts:
    """Where a broker listens on 127.0.0.1: for clients, and for itself as controller."""

    client: int
    controller: int


@dataclass(frozen=True)
class KafkaCommand:
    """How a prepared broker is started. `kill -TERM` is its clean stop."""

    command: list[str]
    ports: KafkaPorts
    passwords: Mapping[str, str]

    @property
    def bootstrap(self) -> str:
        """The broker's address as clients want it."""
        return f"127.0.0.1:{self.ports.client}"


def prepare(
    folder: Path, ports: KafkaPorts, passwords: Mapping[str, str], libraries: Path, text: str | None = None
) -> KafkaCommand:
    """Write the broker's settings, and format its storage when that has not been done.

    Parameters
    ----------
    passwords
        One for each of `USERS`.
    libraries
        The folder that `fetch` filled.
    text
        The settings, when it is not to be a node of its own.

    Raises
    ------
    MissingTool
        No Java that is new enough.
    StartProblem
        The storage could not be formatted.
    """
    java = find_java()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "server.properties"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text or settings(ports, passwords, folder / "data"))
    run = [java, *_JVM, "-cp", f"{libraries}/*"]
    if not (folder / "data" / "meta.properties").exists():
        _format(folder, [*run, "kafka.tools.StorageTool"], file)
    return KafkaCommand([*run, "kafka.Kafka", str(file)], ports, dict(passwords))


def settings(
    ports: KafkaPorts,
    passwords: Mapping[str, str],
    data: Path,
    *,
    listens_on: str = "127.0.0.1",
    reached_as: str = "127.0.0.1",
) -> str:
    """The text of `server.properties`; clients are told to come to `reached_as`."""
    return _SETTINGS.format(
        port=ports.client,
        controller_port=ports.controller,
        listens_on=listens_on,
        reached_as=reached_as,
        jaas=_jaas(passwords),
        logs=str(data).replace("\\", "\\\\"),
    )


def admin_settings(bootstrap: str, password: str, user: str = ADMIN) -> dict[str, str | int | float | bool]:
    """Settings with which `confluent_kafka` signs in at a broker prepared here."""
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user,
        "sasl.password": password,
    }


def is_ready(settings: Mapping[str, str | int | float | bool]) -> bool:
    """Whether a cluster answers under these settings of `confluent_kafka`."""
    try:
        admin = AdminClient({"log_level": 0, **settings}, logger=_SILENT)
        return len(admin.list_topics(timeout=2).brokers) > 0
    except KafkaException:
        return False


def _jaas(passwords: Mapping[str, str]) -> str:
    users = " ".join(f'user_{user}="{passwords[user]}"' for user in USERS)
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required username="{ADMIN}" password="{passwords[ADMIN]}" {users};'


def _format(folder: Path, tool: list[str], file: Path) -> None:
    shutil.rmtree(folder / "data", ignore_errors=True)
    identity = folder / "cluster-id"
    if not identity.exists():
        identity.write_text(new_cluster_id())
    made = subprocess.run(
        [
            *tool,
            "format",
            # One word: an id may begin with a hyphen.
            f"--cluster-id={identity.read_text()}",
            "--config",
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        reason = (made.stderr or made.stdout).strip().splitlines() or ["no reason given"]
        raise StartProblem(f"Kafka could not format its storage in {folder}: {reason[-1]}")


def new_cluster_id() -> str:
    """An id as Kafka spells them."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def find_java() -> str:
    """The path of a Java that is new enough: JAVA_HOME's, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    for java in ([f"{home}/bin/java"] if home else []) + [shutil.which("java") or ""]:
        if java and java_version(java) >= JAVA_AT_LEAST:
            return java
    raise MissingTool(
        f"Kafka needs Java {JAVA_AT_LEAST} or newer: apt-get install -y default-jre-headless (or set JAVA_HOME)."
    )


def java_version(java: str) -> int:
    """The major version of a `java` program; 0 when it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return 0
    quoted = told.split('"')
    return int("".join(c for c in quoted[1].split(".")[0] if c.isdigit()) or 0) if len(quoted) > 1 else 0


def fetch(libraries: Path) -> Path:
    """Fetch Kafka's jars through Maven into `libraries`, unless they are there; see `maven.fetch`."""
    return maven.fetch(POM, libraries, maven.COPY, "Kafka", "kafka_2.13-*.jar")
