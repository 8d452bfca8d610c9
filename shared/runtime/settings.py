"""Settings of a process: environment variables (`TANDEM_…`), or files of the same lower-case name in one folder.

`TANDEM_SECRETS_DIR` names that folder.
A configuration error stops the process at start and names the variable.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIX = "TANDEM_"


class Mode(StrEnum):
    """Where the process runs. Development keys and the development issuer are trusted in `local` and `test` only."""

    LOCAL = "local"
    TEST = "test"
    PRODUCTION = "production"


class IssuerKind(StrEnum):
    """Who speaks through an issuer's tokens."""

    STAFF = "staff"
    VOLUNTEER = "volunteer"
    DEVELOPMENT = "development"


class Issuer(BaseModel):
    """One trusted issuer of access tokens. `jwks` is a URL or the path of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks: str = Field(min_length=1)
    kind: IssuerKind


class ConfigurationError(Exception):
    """The process cannot start: the text names the setting and what is wrong with it, never its value."""


class Settings(BaseSettings):
    """What every service's processes are told. Services add their own fields in a subclass."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    mode: Mode = Mode.PRODUCTION
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    postgres_dsn: SecretStr
    postgres_owner_dsn: SecretStr | None = None
    postgres_pool_size: int = Field(10, ge=2, le=200)

    kafka_bootstrap: str = Field(min_length=1)
    kafka_security_protocol: str = Field("PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    kafka_sasl_mechanism: str = Field("PLAIN", pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None

    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535)
    public_url: str = "http://127.0.0.1"
    shutdown_seconds: float = Field(10.0, gt=0)

    issuers: tuple[Issuer, ...] = ()
    link_jwks: str | None = None
    signing_key_file: Path | None = None

    relay_lease_seconds: float = Field(5.0, gt=0)
    relay_batch: int = Field(3000, ge=1, le=10_000)
    poll_seconds_at_most: float = Field(1.0, gt=0)
    consumer_batch: int = Field(1000, ge=1, le=10_000)
    consumer_attempts: int = Field(5, ge=1)
    consumer_backoff_seconds: float = Field(0.2, gt=0)
    dead_letters_at_most: int = Field(1000, ge=1)
    dead_letters_kept_days: int = Field(30, ge=1)

    @model_validator(mode="after")
    def _development_stays_local(self) -> Self:
        if self.mode is Mode.PRODUCTION and any(i.kind is IssuerKind.DEVELOPMENT for i in self.issuers):
            raise ValueError("TANDEM_ISSUERS: a development issuer is trusted in the local mode and in tests only")
        if self.kafka_security_protocol.startswith("SASL") and not (self.kafka_username and self.kafka_password):
            raise ValueError("TANDEM_KAFKA_USERNAME and TANDEM_KAFKA_PASSWORD: the security protocol needs them")
        return self


def require(settings: BaseSettings, *names: str) -> None:
    """Make sure that the fields `names` were told, and not left to their defaults.

    Raises
    ------
    ConfigurationError
        With a line per setting that is missing.
    """
    missing = [name for name in names if name not in settings.model_fields_set]
    if missing:
        raise ConfigurationError("\n".join(f"{PREFIX}{name.upper()}: needed by this process" for name in missing))


AnySettings = TypeVar("AnySettings", bound=BaseSettings)


def load(kind: type[AnySettings]) -> AnySettings:
    """Read the settings of this process.

    Raises
    ------
    ConfigurationError
        With a line per setting that is missing or wrong.
    """
    folder = os.environ.get("TANDEM_SECRETS_DIR")
    try:
        return kind(_secrets_dir=folder) if folder else kind()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            place = ".".join(str(part) for part in problem["loc"])
            text = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{PREFIX}{place.upper()}: {text}" if place else text)
        raise ConfigurationError("\n".join(lines)) from None
    except SettingsError as error:
        field = str(error).partition('"')[2].partition('"')[0]
        raise ConfigurationError(f"{PREFIX}{field.upper()}: is not valid JSON") from None
