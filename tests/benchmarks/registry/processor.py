"""The processor's time that work takes, of this process and of the database's backends that work for it.

Others may be at work on the machine: they make everything take longer, but the processor's time hardly differs.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

NANOSECOND = 1e-9


async def spent(connection: "asyncpg.Connection[Any]") -> Mapping[int, float]:
    """Seconds by process: 0 is this one, all others are backends by their id."""
    pids = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tandem-registry'"
    )
    found = {0: time.process_time()}
    for row in pids:
        told = Path(f"/proc/{row['pid']}/schedstat").read_text(encoding="ascii")
        found[row["pid"]] = int(told.split()[0]) * NANOSECOND
    return found


def between(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Seconds that were spent meanwhile."""
    return sum(seconds - before.get(process, 0.0) for process, seconds in after.items())
