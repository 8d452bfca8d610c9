"""What a process is told, and what it is not told."""

from pathlib import Path

import pytest

from deploy.local.installation import Installation, described_by
from deploy.local.problems import StartProblem
from shared.contracts.topics import SERVICES

ADMIN_DSN = "postgresql://boss:topsecret@db.example:5433/postgres?sslmode=require"


def described(home: Path, **environment: str) -> Installation:
    return described_by(environment, home)


def test_the_offset_moves_every_port(tmp_path: Path) -> None:
    ports, moved = described(tmp_path).ports, described(tmp_path, TANDEM_PORT_OFFSET="1000").ports
    assert ports.of("registry", "api") == 8101
    assert ports.of("notifications", "worker") == 8114
    for service in SERVICES:
        assert moved.of(service, "api") == ports.of(service, "api") + 1000
        assert moved.of(service, "worker") == ports.of(service, "worker") + 1000
    assert (moved.postgres, moved.kafka.client, moved.kafka.controller) == (9132, 9192, 9193)
    assert (moved.mailbox_web, moved.mailbox_smtp) == (9125, 9126)


@pytest.mark.parametrize("offset", ["x", "1.5", "60000", "-9000"])
def test_a_wrong_offset_is_named(tmp_path: Path, offset: str) -> None:
    with pytest.raises(StartProblem, match="TANDEM_PORT_OFFSET"):
        described(tmp_path, TANDEM_PORT_OFFSET=offset)


@pytest.mark.parametrize("service", SERVICES)
def test_only_what_migrates_is_told_the_owners_password(tmp_path: Path, service: str) -> None:
    platform = described(tmp_path).platform
    owner = platform.credentials.postgres_roles[service].owner
    for process in ("api", "worker"):
        assert owner not in str(platform.environment(service, process))
    assert owner in platform.environment(service, "migrate")["TANDEM_POSTGRES_OWNER_DSN"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_process_is_told_an_administrators_or_anothers_password(
    tmp_path: Path, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_POSTGRES_DSN", ADMIN_DSN)
    monkeypatch.setenv("TANDEM_SOMETHING_ELSE", "from the caller")
    platform = described(tmp_path, TANDEM_POSTGRES_DSN=ADMIN_DSN).platform
    told = str(platform.environment(service, "migrate"))
    assert "topsecret" not in told
    assert "from the caller" not in told
    assert platform.credentials.kafka["admin"] not in told
    for other in SERVICES:
        is_own = other == service
        assert (platform.credentials.kafka[other] in told) is is_own
        assert (platform.credentials.postgres_roles[other].runtime in told) is is_own


def test_a_real_server_keeps_its_address_and_its_security(tmp_path: Path) -> None:
    platform = described(tmp_path, TANDEM_POSTGRES_DSN=ADMIN_DSN).platform
    dsn = platform.environment("matching", "api")["TANDEM_POSTGRES_DSN"]
    assert dsn.startswith("postgresql://matching_runtime:")
    assert dsn.endswith("@db.example:5433/tandem?sslmode=require")


def test_a_real_kafka_is_reached_with_the_security_that_was_set(tmp_path: Path) -> None:
    installation = described(
        tmp_path,
        TANDEM_KAFKA_BOOTSTRAP="k.example:9093",
        TANDEM_KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        TANDEM_KAFKA_SASL_MECHANISM="SCRAM-SHA-512",
        TANDEM_KAFKA_USERNAME="tandem",
        TANDEM_KAFKA_PASSWORD="pw",
    )
    told = installation.platform.environment("training", "worker")
    assert not installation.own_kafka
    assert told["TANDEM_KAFKA_BOOTSTRAP"] == "k.example:9093"
    assert told["TANDEM_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert (told["TANDEM_KAFKA_USERNAME"], told["TANDEM_KAFKA_PASSWORD"]) == ("tandem", "pw")


def test_a_real_mail_server_replaces_the_mailbox(tmp_path: Path) -> None:
    installation = described(tmp_path, TANDEM_SMTP_URL="smtps://user:pw@mail.example")
    assert installation.mailbox_url is None
    assert installation.platform.environment("notifications", "worker")["TANDEM_SMTP_URL"].startswith("smtps://")
    assert "TANDEM_SMTP_URL" not in installation.platform.environment("registry", "worker")


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for setting in ("TANDEM_POSTGRES_DSN", "TANDEM_SMTP_URL"):
        with pytest.raises(StartProblem, match=setting):
            described(tmp_path, **{setting: "localhost"})
