"""A real Kafka broker for tests, prepared exactly as `make up` prepares its own."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from deploy.local import kafka
from deploy.local.folders import KAFKA_LIBRARIES
from deploy.local.kafka import ADMIN, USERS, KafkaPorts
from tests.support.servers.ports import free_port
from tests.support.servers.process import Server


class KafkaServer(Server):
    """A running broker. Each of `USERS` signs in by SASL/PLAIN with its password."""

    def __init__(self, prepared: kafka.KafkaCommand, folder: Path) -> None:
        super().__init__(prepared.command, folder, prepared.ports.client)
        self.bootstrap: str = prepared.bootstrap
        self.passwords: Mapping[str, str] = prepared.passwords

    def confluent_settings(self, user: str = ADMIN) -> dict[str, str | int | float | bool]:
        """Settings with which `confluent_kafka` signs in as `user`."""
        return kafka.admin_settings(self.bootstrap, self.passwords[user], user)

    def aiokafka_settings(self, user: str = ADMIN) -> dict[str, str]:
        """Keyword arguments with which `aiokafka` signs in as `user`."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": user,
            "sasl_plain_password": self.passwords[user],
        }

    def environment(self, user: str) -> dict[str, str]:
        """The environment variables with which one of our processes signs in as `user`."""
        return {
            "TANDEM_KAFKA_BOOTSTRAP": self.bootstrap,
            "TANDEM_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "TANDEM_KAFKA_SASL_MECHANISM": "PLAIN",
            "TANDEM_KAFKA_USERNAME": user,
            "TANDEM_KAFKA_PASSWORD": self.passwords[user],
        }

    def _is_ready(self) -> bool:
        return kafka.is_ready(self.confluent_settings())


def start_kafka(folder: Path, ports: KafkaPorts | None = None) -> KafkaServer:
    """Start a broker with its data in `folder`, on free ports unless told otherwise; returns when it answers."""
    ports = ports or KafkaPorts(free_port(), free_port())
    passwords = {user: secrets.token_urlsafe(18) for user in USERS}
    folder.mkdir(parents=True, exist_ok=True)
    server = KafkaServer(kafka.prepare(folder, ports, passwords, kafka.fetch(KAFKA_LIBRARIES)), folder)
    server.start()
    return server
