"""How a process listens: uvicorn with our logs, no version in its headers, and a bounded, draining stop."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from shared.runtime.settings import Settings
from shared.telemetry.logging import UVICORN_LOG_CONFIG

KEEP_ALIVE_SECONDS = 30
REQUESTS_AT_ONCE = 500
"""Beyond it the answer is 503 at once, instead of everybody waiting."""


class HttpServer(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own, and ends with a status of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def http_server(app: ASGIApp, settings: Settings) -> HttpServer:
    """The server of a process; `await server.serve()` runs it until `server.should_exit = True`."""
    return HttpServer(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=UVICORN_LOG_CONFIG,
            access_log=False,
            server_header=False,
            # Forwarded headers are read by us, and only from trusted proxies.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds)),
            limit_concurrency=REQUESTS_AT_ONCE,
        )
    )
