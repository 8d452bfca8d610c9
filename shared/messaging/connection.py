"""How this process reaches Kafka: one place for security and for every default that must be overridden."""

import ssl
from typing import Any

from aiokafka.producer import sender

from shared.runtime.settings import Settings

REQUEST_TIMEOUT_MS = 8_000
TRANSACTION_TIMEOUT_MS = 60_000
SECONDS_BETWEEN_TRANSACTIONS = 0.002
"""So long aiokafka waits when the broker is still writing the end of the transaction before. Its own 20 ms are longer than
the whole next transaction takes, and every relay that has something to do again at once would pay them."""


def brokers(settings: Settings) -> list[str]:
    """The addresses that are asked first, one by one: FastStream takes a text for one address, commas and all."""
    return [address.strip() for address in settings.kafka_bootstrap.split(",") if address.strip()]


def security(settings: Settings) -> dict[str, Any]:
    """Arguments of aiokafka's clients for the transport and the user."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": brokers(settings),
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        ca_file = str(settings.kafka_ca_file) if settings.kafka_ca_file else None
        arguments["ssl_context"] = ssl.create_default_context(cafile=ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        arguments["sasl_mechanism"] = settings.kafka_sasl_mechanism
        arguments["sasl_plain_username"] = settings.kafka_username
        arguments["sasl_plain_password"] = (
            settings.kafka_password.get_secret_value() if settings.kafka_password else None
        )
    return arguments


def consumer_arguments(settings: Settings) -> dict[str, Any]:
    """Arguments of every consumer: only what was committed, from the beginning, offsets by hand.

    The poll interval is long because a batch waits for a database that is away instead of giving up.
    """
    return {
        **security(settings),
        "isolation_level": "read_committed",
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "request_timeout_ms": REQUEST_TIMEOUT_MS + 12_000,
        "max_poll_interval_ms": 30 * 60 * 1000,
        "session_timeout_ms": 10_000,
        "heartbeat_interval_ms": 3_000,
        # The broker answers with the first byte; until then, one question a second is enough.
        "fetch_max_wait_ms": 1000,
        "fetch_min_bytes": 1,
        # Where nothing was committed yet aiokafka asks the leader that it knows for the beginning, and goes on asking when
        # that leads no longer: until it learns of the new one by itself (seen: four minutes with the default of five).
        "metadata_max_age_ms": 5_000,
        "check_crcs": True,
    }


def producer_arguments(settings: Settings, transactional_id: str) -> dict[str, Any]:
    """Arguments of a relay's producer: idempotent, transactional, fenced by its transactional id."""
    sender.BACKOFF_OVERRIDE = SECONDS_BETWEEN_TRANSACTIONS
    return {
        **security(settings),
        "transactional_id": transactional_id,
        "acks": "all",
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "transaction_timeout_ms": TRANSACTION_TIMEOUT_MS,
        "max_batch_size": 512 * 1024,
        "linger_ms": 0,
    }
