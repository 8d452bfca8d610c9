"""One course and a page of fifty over HTTP, against a bare application with the same selects and orjson."""

from contextlib import AsyncExitStack

from tests.benchmarks.platform.beside import running
from tests.benchmarks.platform.rounds import Metered, Plan, Step
from tests.benchmarks.platform.stage import Stage
from tests.benchmarks.platform.wire import Wire, connected, request
from tests.benchmarks.platform.writes import CONNECTIONS

ASKED_ABOUT = 10_000


async def measure(stage: Stage, plan: Plan) -> None:
    """Answers per second of either, and of FastAPI with nothing of ours."""
    (api,) = stage.started("training-api-1")
    ids = stage.course_ids(ASKED_ABOUT)
    async with AsyncExitStack() as stack:
        bare, framed = stack.enter_context(running(stage, "bare")), stack.enter_context(running(stage, "framed"))

        async def opened(port: int) -> list[Wire]:
            url = f"http://127.0.0.1:{port}"
            return [await stack.enter_async_context(connected(url)) for _ in range(CONNECTIONS)]

        asked_of = {name: (each.pid, await opened(each.port)) for name, each in
                    (("ours", api), ("bare", bare), ("framed", framed))}  # fmt: skip

        def one(wire: Wire) -> Step:
            return lambda: wire.send(request("GET", f"/courses/{plan.chance.choice(ids)}"))

        def page(wire: Wire) -> Step:
            return lambda: wire.send(request("GET", "/courses"))

        for name, step in (("one aggregate", one), ("a page of 50", page)):
            asked = {
                which: Metered([step(wire) for wire in wires], plan.seconds, [pid, stage.postgres.pid])
                for which, (pid, wires) in asked_of.items()
            }
            found = await plan.in_turn(asked)
            plan.compare(f"HTTP read of {name}", "1/s", found["ours"], found["bare"])
            plan.compare(f"HTTP read of {name}, FastAPI alone", "1/s", found["framed"], found["bare"])
            took = [asked[which].milliseconds[1:] for which in ("ours", "bare")]
            plan.compare(f"HTTP read of {name}: CPU of process and database", "ms", *took)
