"""The environment of every process of the platform, from ports, credentials and servers.

`make up` and the system tests build it here, so that a process is told the same things in both. Nothing of the
caller's environment is passed on except what a program needs to run at all: an administrator's password never reaches
a service.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.credentials import Credentials
from deploy.local.kafka import KafkaPorts
from deploy.postgres.provision import DATABASE, dsn_of, owner_of, runtime_of
from shared.contracts.topics import SERVICES

DEVELOPMENT_ISSUER = "urn:tandem:development-issuer"
REGISTRY_ISSUER = "urn:tandem:registry"
AUDIENCE = "tandem"
MAIL_FROM = "Tandem <tandem@demo.invalid>"
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1."""

    api: Mapping[str, int]
    worker: Mapping[str, int]
    mailbox_web: int
    mailbox_smtp: int
    postgres: int
    kafka: KafkaPorts

    @classmethod
    def standard(cls, offset: int = 0) -> "Ports":
        """The ports of `make up`; `offset` (TANDEM_PORT_OFFSET) is added to every one."""
        return cls(
            api={service: 8101 + offset + i for i, service in enumerate(SERVICES)},
            worker={service: 8111 + offset + i for i, service in enumerate(SERVICES)},
            mailbox_web=8125 + offset,
            mailbox_smtp=8126 + offset,
            postgres=8132 + offset,
            kafka=KafkaPorts(8192 + offset, 8193 + offset),
        )

    @classmethod
    def chosen_by(cls, free_port: Callable[[], int]) -> "Ports":
        """Ports that a function gives out one by one."""
        return cls(
            api={service: free_port() for service in SERVICES},
            worker={service: free_port() for service in SERVICES},
            mailbox_web=free_port(),
            mailbox_smtp=free_port(),
            postgres=free_port(),
            kafka=KafkaPorts(free_port(), free_port()),
        )

    def of(self, service: str, process: str) -> int:
        """The port of one process (`api` or `worker`) of a service."""
        return (self.api if process == "api" else self.worker)[service]

    def url(self, service: str, process: str = "api") -> str:
        """The base URL of one process of a service."""
        return f"http://127.0.0.1:{self.of(service, process)}"


@dataclass(frozen=True)
class KafkaAccess:
    """How processes reach Kafka. With `passwords`, each service signs in under its own name."""

    bootstrap: str
    security: Mapping[str, str]
    """`TANDEM_KAFKA_…` variables that are the same for all, without the bootstrap address."""
    passwords: Mapping[str, str] | None = None

    @classmethod
    def own(cls, bootstrap: str, passwords: Mapping[str, str]) -> "KafkaAccess":
        """A broker started by `deploy.local.kafka`."""
        security = {"TANDEM_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "TANDEM_KAFKA_SASL_MECHANISM": "PLAIN"}
        return cls(bootstrap, security, passwords)

    def environment(self, user: str) -> dict[str, str]:
        """The variables with which `user` signs in."""
        variables = {"TANDEM_KAFKA_BOOTSTRAP": self.bootstrap, **self.security}
        if self.passwords is not None:
            variables |= {"TANDEM_KAFKA_USERNAME": user, "TANDEM_KAFKA_PASSWORD": self.passwords[user]}
        return variables


@dataclass(frozen=True)
class Platform:
    """One installation: where its servers are and what its processes are told."""

    ports: Ports
    credentials: Credentials
    postgres_admin_dsn: str
    kafka: KafkaAccess
    smtp_url: str
    mode: str = "local"
    database: str = DATABASE
    log_level: str = "info"
    settings: Mapping[str, str] = field(default_factory=dict)
    """Further variables, the same for every process."""
    issuers: Sequence[Mapping[str, str]] = ()
    """Trusted besides the development issuer and the registry."""

    def environment(self, service: str, process: str) -> dict[str, str]:
        """The whole environment of one process.

        Parameters
        ----------
        process
            `api` or `worker`; any other command (`migrate`, `replay`, `redrive`) gets the worker's environment and
            the owner's connection string besides.
        """
        passwords = self.credentials.postgres_roles[service]
        port = self.ports.of(service, process)
        environment = {
            **passed_on(),
            "PYTHONUNBUFFERED": "1",
            "TANDEM_MODE": self.mode,
            "TANDEM_LOG_LEVEL": self.log_level,
            "TANDEM_POSTGRES_DSN": self._dsn(runtime_of(service), passwords.runtime),
            **self.kafka.environment(service),
            "TANDEM_HTTP_HOST": "127.0.0.1",
            "TANDEM_HTTP_PORT": str(port),
            "TANDEM_PUBLIC_URL": self.ports.url(service),
            "TANDEM_ISSUERS": json.dumps(self._issuers()),
            **self.settings,
        }
        if process not in ("api", "worker"):
            environment["TANDEM_POSTGRES_OWNER_DSN"] = self._dsn(owner_of(service), passwords.owner)
        return environment | self._of_service(service)

    def _of_service(self, service: str) -> dict[str, str]:
        if service == "registry":
            return {
                "TANDEM_SIGNING_KEY_FILE": str(self.credentials.signing_key("registry")),
                "TANDEM_SUPPRESSION_KEY": self.credentials.suppression_key,
                "TANDEM_LINK_JWKS": f"{self.ports.url('notifications')}/.well-known/jwks.json",
            }
        if service == "notifications":
            return {
                "TANDEM_SIGNING_KEY_FILE": str(self.credentials.signing_key("notifications")),
                "TANDEM_REGISTRY_PUBLIC_URL": self.ports.url("registry"),
                "TANDEM_SMTP_URL": self.smtp_url,
                "TANDEM_MAIL_FROM": MAIL_FROM,
            }
        return {}

    def _issuers(self) -> list[dict[str, str]]:
        return [
            {
                "issuer": DEVELOPMENT_ISSUER,
                "audience": AUDIENCE,
                "jwks": str(self.credentials.issuer_jwks),
                "kind": "development",
            },
            {
                "issuer": REGISTRY_ISSUER,
                "audience": AUDIENCE,
                "jwks": f"{self.ports.url('registry')}/.well-known/jwks.json",
                "kind": "volunteer",
            },
            *(dict(issuer) for issuer in self.issuers),
        ]

    def _dsn(self, role: str, password: str) -> str:
        return dsn_of(self.postgres_admin_dsn, role, password, self.database)


def passed_on() -> dict[str, str]:
    """What every program is given of the caller's environment."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def offset_from(environment: Mapping[str, str]) -> int:
    """TANDEM_PORT_OFFSET, 0 when it is not set.

    Raises
    ------
    ValueError
        It is no integer, or the ports would leave the range that exists.
    """
    text = environment.get("TANDEM_PORT_OFFSET") or "0"
    try:
        offset = int(text)
    except ValueError:
        raise ValueError(f"TANDEM_PORT_OFFSET must be a whole number, not {text!r}") from None
    if not -7000 <= offset <= 57000:
        raise ValueError("TANDEM_PORT_OFFSET must lie between -7000 and 57000")
    return offset


def secrets_folder(home: Path) -> Path:
    """Where an installation keeps its credentials."""
    return home / "secrets"
