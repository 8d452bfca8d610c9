"""The bare applications as processes, beside the platform's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tests.benchmarks.platform.bare import WRITING_DSN
from tests.benchmarks.platform.stage import Stage
from tests.support.servers import free_port
from tests.system.processes import ServiceProcess


class BareProcess(ServiceProcess):
    """A bare application, with what training's api is given."""

    def __init__(self, stage: Stage, kind: str) -> None:
        super().__init__(stage.platform, "training", "api", 99, free_port(), stage.folder / "logs")
        self.command = [sys.executable, "-m", "tests.benchmarks.platform.bare", str(self.port), kind]
        self.process_environment = {**(self.process_environment or {}), WRITING_DSN: stage.database.admin_dsn}


@contextmanager
def running(stage: Stage, kind: Literal["bare", "framed"]) -> Iterator[BareProcess]:
    """Ready inside, ended outside."""
    process = BareProcess(stage, kind)
    process.start()
    try:
        yield process
    finally:
        process.stop()
