"""Real servers for tests, on free ports, beside a running `make up` without disturbing it."""

from deploy.local.kafka import KafkaPorts
from tests.support.servers.kafka import KafkaServer, start_kafka
from tests.support.servers.mailbox import MailboxServer, start_mailbox
from tests.support.servers.ports import free_port
from tests.support.servers.postgres import PostgresServer, start_postgres
from tests.support.servers.process import Server, ServerDidNotStart

__all__ = [
    "KafkaPorts",
    "KafkaServer",
    "MailboxServer",
    "PostgresServer",
    "Server",
    "ServerDidNotStart",
    "free_port",
    "start_kafka",
    "start_mailbox",
    "start_postgres",
]
