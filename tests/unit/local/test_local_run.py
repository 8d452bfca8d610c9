"""A command on the running platform is told what its service's processes are told."""

from pathlib import Path

import pytest

from deploy.local.installation import Installation, described_by
from deploy.local.run import NotToBeRun, call
from services.registry.settings import RegistrySettings
from shared.runtime.settings import load


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return described_by({}, tmp_path)


def test_a_command_has_the_settings_that_its_service_runs_with(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = call(installation, "registry", 'appoint-state-admin --name "Demo Person" --mail demo@example.org')
    assert made.arguments[1:] == [
        "-m", "services.registry", "appoint-state-admin", "--name", "Demo Person", "--mail", "demo@example.org",
    ]  # fmt: skip
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    settings = load(RegistrySettings)
    running = installation.platform.environment("registry", "api")
    assert settings.postgres_dsn.get_secret_value() == running["TANDEM_POSTGRES_DSN"]
    assert settings.postgres_owner_dsn is not None
    assert settings.suppression_key_bytes
    assert settings.issuers


def test_without_a_command_it_says_what_there_is(installation: Installation) -> None:
    assert call(installation, "training", "").arguments[1:] == ["-m", "services.training", "--help"]


@pytest.mark.parametrize(
    ("service", "command", "says"),
    [
        ("", "verify-audit", "registry, matching, training, notifications"),
        ("portal", "migrate", "Say which service"),
        ("registry", "worker", "runs already"),
        ("registry", "load-places --file 'DE.txt", "single quotes"),
    ],
)
def test_what_cannot_be_run_is_explained(installation: Installation, service: str, command: str, says: str) -> None:
    with pytest.raises(NotToBeRun, match=says):
        call(installation, service, command)
