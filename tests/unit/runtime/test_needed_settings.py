"""A process that lacks a setting without which it cannot do its work ends at its start and names it."""

import json
from pathlib import Path

import pytest

from services.matching.app import SERVICE as MATCHING
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.registry.app import SERVICE as REGISTRY
from shared.runtime.commands import CONFIGURATION_ERROR, main
from shared.runtime.service import Service

STAFF = {"issuer": "https://login.example", "audience": "tandem", "jwks": "https://login.example/keys", "kind": "staff"}
TOLD = {
    "TANDEM_POSTGRES_DSN": "postgresql://somebody@127.0.0.1:1/tandem",
    "TANDEM_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "TANDEM_HTTP_PORT": "0",
    "TANDEM_ISSUERS": json.dumps([STAFF]),
    "TANDEM_SIGNING_KEY_FILE": "/keys/signing.pem",
    "TANDEM_LINK_JWKS": "https://tandem.example/keys",
    "TANDEM_SUPPRESSION_KEY": "a key of the tests, of no worth at all",
    "TANDEM_SMTP_URL": "smtps://mail.example",
    "TANDEM_MAIL_FROM": "tandem@tandem.example",
    "TANDEM_REGISTRY_PUBLIC_URL": "https://registry.example",
}


@pytest.mark.parametrize(
    ("service", "process", "lacks"),
    [
        (MATCHING, "api", "TANDEM_ISSUERS"),
        (REGISTRY, "api", "TANDEM_SIGNING_KEY_FILE"),
        (REGISTRY, "api", "TANDEM_LINK_JWKS"),
        (REGISTRY, "api", "TANDEM_SUPPRESSION_KEY"),
        (REGISTRY, "worker", "TANDEM_SUPPRESSION_KEY"),
        (NOTIFICATIONS, "api", "TANDEM_SIGNING_KEY_FILE"),
        (NOTIFICATIONS, "worker", "TANDEM_SIGNING_KEY_FILE"),
        (NOTIFICATIONS, "worker", "TANDEM_SMTP_URL"),
        (NOTIFICATIONS, "worker", "TANDEM_MAIL_FROM"),
        (NOTIFICATIONS, "worker", "TANDEM_REGISTRY_PUBLIC_URL"),
    ],
    ids=lambda value: value.name if isinstance(value, Service) else value,
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    service: Service,
    process: str,
    lacks: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TANDEM_MODE", raising=False)
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(lacks)
    with pytest.raises(SystemExit) as ended:
        main(service, [process])
    assert ended.value.code == CONFIGURATION_ERROR
    assert capsys.readouterr().err == f"configuration error\n{lacks}: needed by this process\n"
