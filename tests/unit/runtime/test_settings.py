"""A wrong setting is named, with what is wrong, and never with its value."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.runtime.settings import ConfigurationError, Mode, Settings, load

NEEDED = {
    "TANDEM_POSTGRES_DSN": "postgresql://matching_runtime:very-secret@127.0.0.1/tandem",
    "TANDEM_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "TANDEM_HTTP_PORT": "8102",
}
ISSUER = {"issuer": "https://issuer.test", "audience": "tandem", "jwks": "/keys.json"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What a process needs, and nothing that this machine has set."""
    import os

    for name in [name for name in os.environ if name.startswith("TANDEM_")]:
        monkeypatch.delenv(name)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_mode_is_production_unless_told_otherwise(environment: pytest.MonkeyPatch) -> None:
    assert load(Settings).mode is Mode.PRODUCTION


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        load(Settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TANDEM_MODE", "tset"),
        ("TANDEM_HTTP_PORT", "eighty"),
        ("TANDEM_KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("TANDEM_POSTGRES_POOL_SIZE", "0"),
        ("TANDEM_CONSUMER_ATTEMPTS", "0"),
        ("TANDEM_RELAY_LEASE_SECONDS", "-1"),
        ("TANDEM_LOG_LEVEL", "loud"),
        ("TANDEM_ISSUERS", '[{"issuer": ""}]'),
    ],
)
def test_what_is_wrong_is_named_without_its_value(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        load(Settings)
    assert str(error.value).startswith(name)
    assert "very-secret" not in str(error.value)
    if value.isalpha():
        assert f"'{value}'" not in str(error.value).replace("'local'", "")


def test_every_mistake_has_its_line(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TANDEM_HTTP_PORT", "eighty")
    environment.delenv("TANDEM_KAFKA_BOOTSTRAP")
    with pytest.raises(ConfigurationError) as error:
        load(Settings)
    assert len(str(error.value).splitlines()) == 2


def test_secrets_may_come_from_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("TANDEM_POSTGRES_DSN")
    (tmp_path / "tandem_postgres_dsn").write_text("postgresql://from-a-file")
    environment.setenv("TANDEM_SECRETS_DIR", str(tmp_path))
    assert load(Settings).postgres_dsn.get_secret_value() == "postgresql://from-a-file"


@pytest.mark.parametrize(("mode", "trusted"), [("local", True), ("test", True), ("production", False)])
def test_a_development_issuer_is_trusted_nowhere_else(
    environment: pytest.MonkeyPatch, mode: str, trusted: bool
) -> None:
    environment.setenv("TANDEM_MODE", mode)
    environment.setenv("TANDEM_ISSUERS", json.dumps([ISSUER | {"kind": "development"}]))
    if trusted:
        assert load(Settings).issuers[0].audience == "tandem"
    else:
        with pytest.raises(ConfigurationError, match="TANDEM_ISSUERS"):
            load(Settings)


@pytest.mark.parametrize("secret", ["postgres_dsn", "kafka_password"])
def test_secrets_do_not_show_when_settings_are_printed(secret: str) -> None:
    known: dict[str, Any] = {"postgres_dsn": "postgresql://x", "kafka_bootstrap": "b", "http_port": 1}
    assert "very-secret" not in repr(Settings(**{**known, secret: "very-secret"}))
