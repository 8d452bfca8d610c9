"""A worker that is killed in the middle of a file: what it had done is whole, and its successor goes on after it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.folders import REPOSITORY
from tests.integration.registry.exchange import association, ndjson, send_file, volunteer_row
from tests.integration.registry.platform import Registry
from tests.support.platform import PlatformDatabase
from tests.support.waiting import eventually

ROWS = 4000


@contextmanager
def worker(schema: PlatformDatabase) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of its own process; Kafka is away, which concerns neither files nor what waits in the outbox."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.registry", "worker"],
        cwd=REPOSITORY,
        env=schema.environment("registry", TANDEM_LOG_LEVEL="error"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_killed_worker_loses_and_doubles_nothing(registry: Registry, registry_schema: PlatformDatabase) -> None:
    machine = await (await association(registry)).machine("crm")
    file = ndjson(volunteer_row(n) for n in range(ROWS))
    answer = await send_file(registry, machine, "volunteers", file)
    path = answer.headers["location"]

    async def done() -> int:
        return int(await registry.value("SELECT done FROM imports"))

    for killed_after in (1, ROWS // 2):

        async def has_come(rows: int = killed_after) -> bool:
            return await done() >= rows

        with worker(registry_schema) as process:
            await eventually(has_come, 90, every=0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
        so_far = await done()
        # Every number tells of the same rows: nothing was half done.
        for counted in (
            "SELECT count(*) FROM volunteers",
            "SELECT count(*) FROM external_ids",
            "SELECT count(*) FROM import_results",
            "SELECT created FROM imports",
            "SELECT count(*) FROM outbox WHERE topic = 'registry.volunteers'",
        ):
            assert await registry.value(counted) == so_far, counted
        assert await registry.value("SELECT count(*) FROM import_lines") == ROWS - so_far
        assert so_far < ROWS
    with worker(registry_schema):

        async def completed() -> bool:
            return bool((await registry.get(path, machine)).json()["status"] == "completed")

        await eventually(completed, 90)
    found = (await registry.get(path, machine)).json()
    assert (found["created"], found["refused"], found["done"]) == (ROWS, 0, ROWS)
    assert await registry.value("SELECT count(DISTINCT key) FROM outbox WHERE topic = 'registry.volunteers'") == ROWS
    assert await registry.value("SELECT count(*) FROM outbox WHERE topic = 'registry.volunteers'") == ROWS
