"""One course and a page of fifty over HTTP, against a bare application with the same selects and orjson."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks.platform.rounds import Metered, Plan, Step
from tests.benchmarks.platform.stage import Stage
from tests.benchmarks.platform.wire import Wire, connected, request
from tests.benchmarks.platform.writes import CONNECTIONS
from tests.support.servers import Server, free_port
from tests.system.processes import ServiceProcess

ASKED_ABOUT = 10_000


class BareProcess(ServiceProcess):
    """The bare application as a process."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        super().__init__(stage.platform, "training", "api", 99, free_port(), folder)
        self.command = [sys.executable, "-m", "tests.benchmarks.platform.bare", str(self.port)]


async def measure(stage: Stage, plan: Plan) -> None:
    """Answers per second of either."""
    (api,) = stage.started("training-api-1")
    bare: Server = BareProcess(stage, stage.folder / "logs")
    bare.start()
    ids = stage.course_ids(ASKED_ABOUT)
    try:
        async with AsyncExitStack() as stack:

            async def opened(port: int) -> list[Wire]:
                url = f"http://127.0.0.1:{port}"
                return [await stack.enter_async_context(connected(url)) for _ in range(CONNECTIONS)]

            ours, theirs = await opened(api.port), await opened(bare.port)

            def one(wire: Wire) -> Step:
                return lambda: wire.send(request("GET", f"/courses/{plan.chance.choice(ids)}"))

            def page(wire: Wire) -> Step:
                return lambda: wire.send(request("GET", "/courses"))

            for name, step in (("one aggregate", one), ("a page of 50", page)):
                asked = {
                    which: Metered([step(wire) for wire in wires], plan.seconds, [pid, stage.postgres.pid])
                    for which, wires, pid in (("ours", ours, api.pid), ("bare", theirs, bare.pid))
                }
                found = await plan.in_turn(asked)
                plan.compare(f"HTTP read of {name}", "1/s", found["ours"], found["bare"])
                took = [asked[which].milliseconds[1:] for which in ("ours", "bare")]
                plan.compare(f"HTTP read of {name}: CPU of process and database", "ms", *took)
    finally:
        bare.stop()
