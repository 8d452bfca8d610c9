"""Every default of the clients that loses events is overridden, in one place."""

from typing import Any

import pytest

from shared.messaging.connection import consumer_arguments, producer_arguments, security
from shared.messaging.consumer import _broker_arguments
from shared.runtime.settings import Settings

KNOWN: dict[str, Any] = {"postgres_dsn": "postgresql://x", "kafka_bootstrap": "broker:9092", "http_port": 0}


def settings(**changed: Any) -> Settings:
    return Settings(**{**KNOWN, **changed})


def test_consumers_see_what_is_committed_from_the_beginning_and_commit_themselves() -> None:
    arguments = consumer_arguments(settings())
    assert arguments["isolation_level"] == "read_committed"
    assert arguments["auto_offset_reset"] == "earliest"
    assert arguments["enable_auto_commit"] is False


def test_consumers_learn_of_new_leaders_within_seconds() -> None:
    assert _broker_arguments(settings())["metadata_max_age_ms"] == 5_000


def test_producers_are_fenced_and_wait_for_all_replicas() -> None:
    arguments = producer_arguments(settings(), "relay-matching")
    assert (arguments["transactional_id"], arguments["acks"]) == ("relay-matching", "all")


def test_user_and_password_are_given_where_the_protocol_has_them() -> None:
    plain = security(settings())
    assert plain == {"bootstrap_servers": ["broker:9092"], "security_protocol": "PLAINTEXT"}
    sasl = security(settings(kafka_security_protocol="SASL_SSL", kafka_username="matching", kafka_password="secret"))
    assert sasl["ssl_context"].check_hostname is True
    assert (sasl["sasl_mechanism"], sasl["sasl_plain_username"]) == ("PLAIN", "matching")
    assert sasl["sasl_plain_password"] == "secret"


@pytest.mark.parametrize("missing", ["kafka_username", "kafka_password"])
def test_a_protocol_with_users_needs_both(missing: str) -> None:
    given = {"kafka_username": "matching", "kafka_password": "secret"} | {missing: None}
    with pytest.raises(ValueError, match="TANDEM_KAFKA_USERNAME and TANDEM_KAFKA_PASSWORD"):
        settings(kafka_security_protocol="SASL_PLAINTEXT", **given)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_subscribers_reach_the_broker_the_same_way(protocol: str, mechanism: str) -> None:
    from shared.messaging import consumer

    chosen = settings(
        kafka_security_protocol=protocol,
        kafka_sasl_mechanism=mechanism,
        kafka_username="matching",
        kafka_password="secret",
    )
    from faststream.kafka.security import parse_security

    found = parse_security(consumer._broker_arguments(chosen)["security"])
    wanted = security(chosen)
    assert found.get("security_protocol", "PLAINTEXT") == protocol
    for name in ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password"):
        assert found.get(name) == wanted.get(name)
    assert (found.get("ssl_context") is None) == ("ssl_context" not in wanted)


def test_several_brokers_are_several_addresses_for_every_client() -> None:
    """A text with commas in it is one address to FastStream: its subscribers would wait for ever."""
    from aiokafka.conn import collect_hosts

    from shared.messaging import consumer

    chosen = settings(kafka_bootstrap="one:9092, two:9093,three:9094")
    addresses = ["one:9092", "two:9093", "three:9094"]
    for arguments in (security(chosen), producer_arguments(chosen, "relay-x"), consumer._broker_arguments(chosen)):
        assert arguments["bootstrap_servers"] == addresses
    assert {f"{host}:{port}" for host, port, _ in collect_hosts(addresses)} == set(addresses)
