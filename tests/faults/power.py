"""Is the checker worth anything? Each bug of `bugs` is planted, alone, and has to be found.

    python -m tests.faults.power [--seconds 30] [--only NAME,NAME] [--at-a-time 2] [--report build/faults-power.json]

A fresh platform for every bug; one that does not start is no finding. A bug counts as found when a run of `--seconds`, under
the faults that the bug is said to show under, ends with a violation, all in five minutes; up to three seeds are tried in
that time. Exit status 0 when all but `UNSEEN_AT_MOST` are found.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from deploy.local.journey.telling import StepFailed
from tests.faults.__main__ import tell
from tests.faults.bugs import BUGS
from tests.faults.nemesis.catalogue import named
from tests.faults.platform import ShakenPlatform
from tests.faults.result import Result
from tests.faults.run import Run
from tests.faults.shaking import Servers, servers
from tests.support.servers.process import ServerDidNotStart

UNSEEN_AT_MOST = 2
SEEDS = 3
PACE, BULK = 8.0, 30
WITHIN = 300.0
"""Seconds in which a bug has to be found."""
SETTLED_WITHIN = 40.0


def main() -> int:
    """Plant one bug after another and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", default="")
    parser.add_argument("--at-a-time", type=int, default=1, help="platforms side by side, each on servers of its own")
    parser.add_argument("--report", type=Path, default=Path("build/faults-power.json"))
    asked = parser.parse_args()
    wanted = [name for name in asked.only.split(",") if name] or list(BUGS)
    lanes = [wanted[number :: asked.at_a_time] for number in range(asked.at_a_time)]
    with ProcessPoolExecutor(max_workers=asked.at_a_time) as pool:
        told = list(pool.map(_lane, lanes, [asked.seconds] * len(lanes)))
    found = sorted((each for lane in told for each in lane), key=lambda each: wanted.index(each["bug"]))
    asked.report.parent.mkdir(parents=True, exist_ok=True)
    asked.report.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    unseen = [each["bug"] for each in found if not each["found"]]
    tell(f"{len(found) - len(unseen)} of {len(found)} found; not found: {unseen}")
    return 0 if len(unseen) <= UNSEEN_AT_MOST else 1


def _lane(bugs: list[str], seconds: float) -> list[dict[str, Any]]:
    """One bug after the other on the same servers."""
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tandem-power-") as name, servers(Path(name)) as shared:
        template = _platform(shared, Path(name) / "template").make_template()
        for bug in bugs:
            begun = time.monotonic()
            by, seeds = _sought(shared, Path(name), bug, seconds, template)
            took = round(time.monotonic() - begun)
            found.append(
                {
                    "bug": bug,
                    "harm": BUGS[bug].harm,
                    "found": by is not None and took <= WITHIN,
                    "by": (by or "")[:400],
                    "seeds": seeds,
                    "seconds": took,
                }
            )
            tell(f"{bug:36} {'found' if by else 'NOT FOUND'} after {took} s  {(by or '')[:160]}")
    return found


def _platform(shared: Servers, folder: Path, bug: str | None = None, template: str | None = None) -> ShakenPlatform:
    return ShakenPlatform(folder, shared.kafka, shared.postgres, shared.mailbox, bug=bug, template=template)


def _sought(shared: Servers, folder: Path, bug: str, seconds: float, template: str) -> tuple[str | None, int]:
    """What the checker said first of a bug, None when it said nothing; and how many seeds it took."""
    begun = time.monotonic()
    for seed in range(1, SEEDS + 1):
        platform = _platform(shared, folder / f"{bug}-{seed}", bug, template)
        result = _run(platform, bug, seed, seconds)
        if result is not None and result.violations:
            return result.violations[0], seed
        if time.monotonic() - begun > WITHIN:
            break
    return None, seed


def _run(platform: ShakenPlatform, bug: str, seed: int, seconds: float) -> Result | None:
    with ExitStack() as stack:
        stack.callback(platform.close)
        try:
            platform.start()
        except ServerDidNotStart:
            return None
        faults = named(list(BUGS[bug].shows_under)) if BUGS[bug].shows_under else ()
        chance = random.Random(f"{bug} {seed}").randrange(10**6)
        run = Run(
            platform,
            chance,
            seconds,
            faults,
            platform.folder,
            PACE,
            bulk=BULK,
            at_once=2,
            steps=BUGS[bug].steps,
            settled_within=SETTLED_WITHIN,
        )
        try:
            return asyncio.run(run.go())
        except StepFailed:
            # On a busy machine people may not even have begun: that is no finding, another seed may be.
            return Result(chance)


if __name__ == "__main__":
    sys.exit(main())
