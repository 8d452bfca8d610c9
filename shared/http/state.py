"""What an HTTP process holds while it runs, and what a request tells about its sender."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any, TypeVar

from fastapi import Request

from shared.access.keys import SigningKey
from shared.access.signed_links import LinkVerifier
from shared.access.tokens import TokenVerifier
from shared.http.rate_limits import RateLimits
from shared.http.settings import HttpSettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics

Held = TypeVar("Held")


@dataclass
class ApiState:
    """Reached through `app.state.tandem`. `resources`: what a service adds, by type."""

    service: str
    settings: Settings
    http: HttpSettings
    clock: Clock
    metrics: Metrics
    health: Health
    tokens: TokenVerifier
    links: LinkVerifier | None = None
    signing_keys: tuple[SigningKey, ...] = ()
    resources: dict[type, Any] = field(default_factory=dict)
    form_paths: frozenset[str] = frozenset()
    _database: Database | None = None
    _rate_limits: RateLimits | None = None

    @property
    def database(self) -> Database:
        """The pool; open while the application runs."""
        if self._database is None:
            raise ConnectionError("the application has not connected yet")
        return self._database

    @property
    def rate_limits(self) -> RateLimits:
        """The limits of this process."""
        if self._rate_limits is None:
            self._rate_limits = RateLimits(self.database, self.http, self.metrics)
        return self._rate_limits

    def use(self, database: Database | None) -> None:
        """Take a database into use, or put it away."""
        self._database = database
        self._rate_limits = None

    def resource(self, kind: type[Held]) -> Held:
        """What the service put into `resources` under this type."""
        held: Held = self.resources[kind]
        return held


def state_of(request: Request) -> ApiState:
    """The state of the application that answers this request; also a dependency."""
    state: ApiState = request.app.state.tandem
    return state


def body_of(request: Request) -> bytes:
    """The body as it came; read and bounded before the request reached the application."""
    body: bytes = request.scope.get("tandem.body", b"")
    return body


def client_of(request: Request) -> str:
    """The IP address of the client: of the socket, or, behind trusted proxies, the nearest one that is none of them.

    Of IPv6 the network of 64 bits: everybody has 2⁶⁴ addresses of their own in it.
    """
    nearest = request.client.host if request.client else ""
    trusted = state_of(request).http.trusted_proxies
    hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",") if hop.strip()]
    while hops and _is_within(nearest, trusted):
        nearest = hops.pop()
    return _counted(nearest) if _is_address(nearest) else "unknown"


def _counted(address: str) -> str:
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), 64), strict=False))


def _is_within(address: str, networks: tuple[Any, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
