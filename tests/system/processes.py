"""One process of a service, as a test holds it: stopped, killed, frozen, started again on the same port."""

import sys
from pathlib import Path

import httpx

from deploy.local.environment import Platform
from deploy.local.folders import REPOSITORY
from tests.support.servers.process import Server


class ServiceProcess(Server):
    """`api` or `worker` of a service; `number` tells several of the same kind apart."""

    # A worker is ready when it has caught up, which takes as long as there is much to catch up with.
    start_seconds = 180.0

    def __init__(self, platform: Platform, service: str, kind: str, number: int, port: int, logs: Path) -> None:
        self.service = service
        self.kind = kind
        self.name = f"{service}-{kind}-{number}"
        folder = logs / self.name
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__([sys.executable, "-m", f"services.{service}", kind], folder, port)
        self.working_folder = REPOSITORY
        self.process_environment = platform.environment(service, kind) | {"TANDEM_HTTP_PORT": str(port)}
        self.url = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        """Whether `/health/ready` says so now."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def end(self) -> int:
        """Stop as SIGTERM does; the exit status."""
        process = self._process
        assert process is not None, "the process is not running"
        self.stop()
        return process.wait()

    def _is_ready(self) -> bool:
        return self.is_ready()
