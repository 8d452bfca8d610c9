"""Is the checker worth anything? Each bug of `bugs` is planted, alone, and has to be found.

    python -m tests.faults.power [--seconds 30] [--only NAME,NAME] [--report build/faults-power.json]

Two servers for all; a fresh platform for every bug. A bug counts as found when a run of at most `--seconds`, under the
faults that the bug is said to show under, ends with a violation; three seeds are tried. Exit status 0 when all but
`UNSEEN_AT_MOST` are found.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import orjson

from tests.faults.__main__ import tell
from tests.faults.bugs import BUGS
from tests.faults.nemesis.catalogue import named
from tests.faults.platform import ShakenPlatform
from tests.faults.result import Result
from tests.faults.run import Run
from tests.faults.shaking import Servers, servers
from tests.support.servers.process import ServerDidNotStart

UNSEEN_AT_MOST = 1
SEEDS = 3


def main() -> int:
    """Plant one bug after another and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", default="")
    parser.add_argument("--report", type=Path, default=Path("build/faults-power.json"))
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    wanted = [name for name in asked.only.split(",") if name] or list(BUGS)
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory(prefix="tandem-power-") as name, servers(Path(name)) as shared:
        for bug in wanted:
            begun = time.monotonic()
            by = _sought(shared, Path(name), bug, asked.seconds)
            seconds = round(time.monotonic() - begun)
            found.append({"bug": bug, "harm": BUGS[bug].harm, "found": by is not None, "by": by, "seconds": seconds})
            tell(f"{bug:36} {'found' if by else 'NOT FOUND'} after {seconds} s  {(by or '')[:160]}")
    asked.report.parent.mkdir(parents=True, exist_ok=True)
    asked.report.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    unseen = [each["bug"] for each in found if not each["found"]]
    tell(f"{len(found) - len(unseen)} of {len(found)} found; not found: {unseen}")
    return 0 if len(unseen) <= UNSEEN_AT_MOST else 1


def _sought(shared: Servers, folder: Path, bug: str, seconds: float) -> str | None:
    """What the checker said first of a bug; None when it said nothing in any of the seeds."""
    for seed in range(1, SEEDS + 1):
        result = _run(shared, folder / f"{bug}-{seed}", bug, seed, seconds)
        if result is None:
            return "the processes did not start, or did not become ready"
        if result.violations:
            return result.violations[0]
    return None


def _run(shared: Servers, folder: Path, bug: str, seed: int, seconds: float) -> Result | None:
    platform = ShakenPlatform(folder, shared.kafka, shared.postgres, shared.mailbox, bug=bug)
    with ExitStack() as stack:
        stack.callback(platform.close)
        try:
            platform.start()
        except ServerDidNotStart:
            return None
        faults = named(list(BUGS[bug].shows_under)) if BUGS[bug].shows_under else ()
        run = Run(platform, random.Random(f"{bug} {seed}").randrange(10**6), seconds, faults, folder, pace=8)
        return asyncio.run(run.go())


if __name__ == "__main__":
    sys.exit(main())
