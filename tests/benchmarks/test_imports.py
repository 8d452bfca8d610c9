"""How fast a file of an association is taken over, its events included: `make test ARGS='-m long tests/benchmarks -s'`."""

import sys
import time

import pytest

from tests.integration.registry.conftest import *  # noqa: F403
from tests.integration.registry.exchange import association, ndjson, send_file, volunteer_row, work_through
from tests.integration.registry.platform import Registry

ROWS = 20_000
AT_LEAST = 2_000
"""Rows a second."""


@pytest.mark.long
async def test_volunteers_are_taken_over_at_2000_rows_a_second(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = await (await association(registry)).machine("crm")
    first = ndjson(volunteer_row(n) for n in range(1000))
    assert (await send_file(registry, machine, "volunteers", first)).status_code == 202
    await work_through(registry)
    rates = {}
    file = ndjson(volunteer_row(n) for n in range(1000, 1000 + ROWS))
    changed = ndjson(volunteer_row(n) | {"reach_km": 44} for n in range(1000, 1000 + ROWS))
    for name, content in (("new", file), ("the same again", file), ("corrected", changed)):
        before = await registry.value("SELECT count(*) FROM outbox")
        began = time.perf_counter()
        assert (await send_file(registry, machine, "volunteers", content)).status_code == 202
        received = time.perf_counter()
        await work_through(registry)
        done = time.perf_counter()
        events = await registry.value("SELECT count(*) FROM outbox") - before
        rates[name] = ROWS / (done - received)
        with capsys.disabled():
            sys.stdout.write(
                f"\n{name}: {ROWS} rows of {len(content) // ROWS} bytes received in {received - began:.1f} s,"
                f" taken over in {done - received:.1f} s = {rates[name]:.0f} rows/s with {events} events\n"
            )
    assert await registry.value("SELECT count(*) FROM volunteers") == ROWS + 1000
    assert min(rates.values()) >= AT_LEAST
