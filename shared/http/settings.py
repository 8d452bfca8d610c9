"""Settings of an HTTP process besides `shared.runtime.settings`: proxies, limits, sizes."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.runtime.settings import PREFIX, load

BODY_BYTES_AT_MOST = 1024 * 1024


class RateLimitSetting(BaseModel):
    """So many in so many seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(ge=1)
    seconds: int = Field(ge=1, le=86_400)


class HttpSettings(BaseSettings):
    """`TANDEM_TRUSTED_PROXIES`: comma-separated networks whose `X-Forwarded-For` is believed.

    `TANDEM_RATE_LIMITS`: JSON, name of a limit → {"count", "seconds"}, in place of the service's default.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    rate_limits: dict[str, RateLimitSetting] = {}
    body_bytes_at_most: int = Field(BODY_BYTES_AT_MOST, ge=1024)
    body_seconds_at_most: float = Field(30.0, gt=0)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def load_http_settings() -> HttpSettings:
    """Read them from the environment.

    Raises
    ------
    ConfigurationError
        With a line per setting that is wrong.
    """
    return load(HttpSettings)
