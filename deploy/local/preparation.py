"""What an operator does once before anybody can use the platform: places, and the first member of the state.

Both commands may be repeated; they write only what differs.
"""

import json
import subprocess
import sys

from deploy.local.environment import DEVELOPMENT_ISSUER, Platform
from deploy.local.folders import REPOSITORY
from deploy.local.token import subject_of

STATE_ADMIN = subject_of("state_admin", None)

MANY_REQUESTS = {
    "TANDEM_RATE_LIMITS": json.dumps(
        {
            name: {"count": 100_000, "seconds": 3600}
            for name in (
                "registrations-by-client",
                "sign-ins-by-client",
                "links-by-client",
                "refreshes-by-client",
                "organisations-by-client",
                "placement-requests-by-volunteer",
                "enrolments-by-volunteer",
            )
        }
    ),
    "TANDEM_SUGGESTIONS_PER_WEEK": "100",
}
"""Locally everybody has the same address, and a few people do in minutes what many do in weeks: limits that follow from
it would end a demonstration."""


class PreparationFailed(Exception):
    """A command of the registry ended with an error; the message has the end of its output."""


def prepare(platform: Platform) -> None:
    """Do both."""
    load_places(platform)
    appoint_state_admin(platform)


def load_places(platform: Platform) -> None:
    """Load the bundled postal codes and the shipped districts."""
    _run(platform, "load-places")


def appoint_state_admin(platform: Platform) -> None:
    """Appoint the first state_admin, whom `make token ROLE=state_admin` signs in."""
    _run(
        platform,
        "appoint-state-admin",
        *("--issuer", DEVELOPMENT_ISSUER),
        *("--subject", STATE_ADMIN),
        *("--name", "Landesverwaltung (Demo)"),
        *("--mail", "state_admin@example.org"),
        *("--authority", "Landesverwaltung (Demo)"),
    )


def _run(platform: Platform, command: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.registry", command, *arguments],
        cwd=REPOSITORY,
        env=platform.environment("registry", command),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise PreparationFailed(f"{command} of the registry ended with status {done.returncode}:\n{end}")
