"""The running platform, its processes ready to be tampered with: `tests.faults.process` in place of the service's own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.folders import REPOSITORY
from tests.support.servers import KafkaServer, MailboxServer, PostgresServer, free_port
from tests.system.platform import RunningPlatform
from tests.system.processes import ServiceProcess


class ShakenPlatform(RunningPlatform):
    """A platform for the nemesis. `bug`: planted in every process."""

    def __init__(
        self,
        folder: Path,
        kafka: KafkaServer,
        postgres: PostgresServer,
        mailbox: MailboxServer,
        settings: Mapping[str, str] | None = None,
        bug: str | None = None,
    ) -> None:
        self._bug = bug
        super().__init__(folder, kafka, postgres, mailbox, settings)
        self._seconds: dict[str, ServiceProcess] = {}

    def add(self, service: str, kind: str, port: int | None = None) -> ServiceProcess:
        return self._tampered_with(super().add(service, kind, port))

    def second_worker(self, service: str) -> ServiceProcess:
        """One more worker of a service, which runs only while a fault wants it; not among `processes`."""
        if service not in self._seconds:
            second = ServiceProcess(self.platform, service, "worker", 2, free_port(), self.folder / "logs")
            self._seconds[service] = self._tampered_with(second)
        return self._seconds[service]

    def close(self) -> None:
        self.stop_all(self._seconds.values())
        super().close()

    def try_run(self, service: str, *command: str) -> int:
        """Run a command of a service to its end; its exit status."""
        done = subprocess.run(
            [sys.executable, "-m", f"services.{service}", *command],
            cwd=REPOSITORY,
            env=dict(self.platform.environment(service, command[0])),
            capture_output=True,
            check=False,
            timeout=120,
        )
        return done.returncode

    def _tampered_with(self, process: ServiceProcess) -> ServiceProcess:
        process.command = [sys.executable, "-m", "tests.faults.process", process.service, process.kind]
        if self._bug is not None:
            process.process_environment = {**(process.process_environment or {}), "FAULT_BUG": self._bug}
        return process
