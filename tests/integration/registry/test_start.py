"""The api stops at start, naming the setting, when a key that it needs is not told."""

import subprocess
import sys

import pytest

from deploy.local.folders import REPOSITORY
from tests.support.platform import PlatformDatabase


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"TANDEM_LINK_JWKS": "links.json"}, "TANDEM_SIGNING_KEY_FILE"),
        ({"TANDEM_LINK_JWKS": "links.json", "TANDEM_SIGNING_KEY_FILE": "missing.pem"}, "TANDEM_SIGNING_KEY_FILE"),
        ({"TANDEM_ISSUERS": '[{"issuer": "x"}]'}, "TANDEM_ISSUERS"),
        ({"TANDEM_UNCONFIRMED_DAYS": "0"}, "TANDEM_UNCONFIRMED_DAYS"),
    ],
)
def test_what_is_not_told_is_named(registry_schema: PlatformDatabase, told: dict[str, str], missing: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "services.registry", "api"],
        cwd=REPOSITORY,
        env={**registry_schema.environment("registry"), **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode != 0
    assert missing in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
