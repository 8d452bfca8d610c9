"""The installation that a person's environment describes: its folder, ports, credentials and servers.

Each server can be a real one instead of ours: TANDEM_POSTGRES_DSN (an administrator's), TANDEM_KAFKA_BOOTSTRAP with
TANDEM_KAFKA_SECURITY_PROTOCOL and the other security settings, TANDEM_SMTP_URL.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.credentials import Credentials, load_or_make, write_private
from deploy.local.environment import KafkaAccess, Platform, Ports, offset_from, secrets_folder
from deploy.local.folders import TANDEM
from deploy.local.preparation import MANY_REQUESTS
from deploy.local.problems import StartProblem
from deploy.local.supervision import Supervision

_CHOSEN = ("TANDEM_PORT_OFFSET", "TANDEM_POSTGRES_DSN", "TANDEM_KAFKA_BOOTSTRAP", "TANDEM_SMTP_URL", "TANDEM_LOG_LEVEL")
_KAFKA_SECURITY = (
    "TANDEM_KAFKA_SECURITY_PROTOCOL",
    "TANDEM_KAFKA_SASL_MECHANISM",
    "TANDEM_KAFKA_USERNAME",
    "TANDEM_KAFKA_PASSWORD",
    "TANDEM_KAFKA_CA_FILE",
)


@dataclass(frozen=True)
class Installation:
    """One installation, running or not."""

    home: Path
    credentials: Credentials
    platform: Platform
    own_postgres: bool
    own_kafka: bool
    own_mailbox: bool

    @property
    def ports(self) -> Ports:
        """Where everything listens."""
        return self.platform.ports

    @property
    def supervision(self) -> Supervision:
        """What runs the processes."""
        return Supervision(self.home)

    @property
    def mailbox_url(self) -> str | None:
        """Where the mails can be read; None when a real SMTP server is used."""
        return f"http://127.0.0.1:{self.ports.mailbox_web}" if self.own_mailbox else None


def described_by(environment: Mapping[str, str] = os.environ, home: Path = TANDEM) -> Installation:
    """The installation in `home`, with its credentials (made when they are missing).

    Raises
    ------
    StartProblem
        A setting is wrong; the message names it.
    """
    try:
        ports = Ports.standard(offset_from(environment))
    except ValueError as error:
        raise StartProblem(str(error)) from None
    credentials = load_or_make(secrets_folder(home))
    dsn = environment.get("TANDEM_POSTGRES_DSN")
    if dsn and not dsn.startswith(("postgresql://", "postgres://")):
        raise StartProblem("TANDEM_POSTGRES_DSN must be an administrator's address: postgresql://user:password@host/")
    bootstrap = environment.get("TANDEM_KAFKA_BOOTSTRAP")
    smtp = environment.get("TANDEM_SMTP_URL")
    if smtp and not smtp.startswith(("smtp://", "smtps://")):
        raise StartProblem("TANDEM_SMTP_URL must begin with smtp:// or smtps://")
    own_dsn = f"postgresql://admin:{credentials.postgres_admin}@127.0.0.1:{ports.postgres}/postgres"
    if bootstrap:
        kafka = KafkaAccess(bootstrap, {name: environment[name] for name in _KAFKA_SECURITY if environment.get(name)})
    else:
        kafka = KafkaAccess.own(f"127.0.0.1:{ports.kafka.client}", credentials.kafka)
    platform = Platform(
        ports,
        credentials,
        dsn or own_dsn,
        kafka,
        smtp or f"smtp://127.0.0.1:{ports.mailbox_smtp}",
        log_level=environment.get("TANDEM_LOG_LEVEL") or "info",
        settings=MANY_REQUESTS,
    )
    return Installation(home, credentials, platform, not dsn, not bootstrap, not smtp)


def chosen(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What of an environment describes an installation."""
    return {name: environment[name] for name in (*_CHOSEN, *_KAFKA_SECURITY) if environment.get(name)}


def remember(home: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Note what `make up` was told, as long as it runs, so that other commands find the same ports and servers."""
    noted = _noted(home)
    noted.parent.mkdir(parents=True, exist_ok=True)
    write_private(noted, json.dumps(chosen(environment)))


def running(home: Path = TANDEM) -> Installation | None:
    """The installation that runs in `home`, whatever the environment says now; None when none does."""
    if Supervision(home).supervisor is None:
        return None
    try:
        return described_by(json.loads(_noted(home).read_text()), home)
    except OSError:
        return None


def _noted(home: Path) -> Path:
    return home / "run" / "chosen.json"
