"""The promise under fire, for two minutes or two hours.

    python -m tests.faults [--seconds 120] [--seed 1] [--only killed,poison] [--bug NAME] [--report build/faults.json]

Starts servers and services of its own on free ports, in a folder of its own. Exit status 0 only when nothing was wrong.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.faults.nemesis.catalogue import named
from tests.faults.pictures import draw
from tests.faults.report import summary, write
from tests.faults.result import Result
from tests.faults.run import Run
from tests.faults.shaking import shaken_platform


def main() -> int:
    """Run once and report."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="names of faults, with commas between them")
    parser.add_argument("--bug", help="plant this bug in every process")
    parser.add_argument("--pace", type=float, default=4, help="commands a second of the patient people")
    parser.add_argument("--at-once", type=int, default=1, help="faults at the same time, at most")
    parser.add_argument("--bulk", type=int, default=100, help="people in each file of the association; 0: no files")
    parser.add_argument("--events-per-second", type=float, default=1000, help="of the association, at most")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="of Kafka")
    parser.add_argument(
        "--small-disks",
        action="store_true",
        help="2 GiB in memory for each server: disks that can be full (root)",
    )
    parser.add_argument("--folder", type=Path, help="keep servers' data, logs and journal there")
    parser.add_argument("--report", type=Path, default=Path("build/faults.json"))
    asked = parser.parse_args()
    # It warns of every connection in the clear; these are all of this machine.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    faults = named([name for name in asked.only.split(",") if name])
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tandem-faults-")))
        platform = stack.enter_context(shaken_platform(folder, asked.bug, asked.brokers, small_disks=asked.small_disks))
        run = Run(
            platform,
            asked.seed,
            asked.seconds,
            faults,
            folder,
            asked.pace,
            tell,
            asked.bulk,
            asked.events_per_second,
            asked.at_once,
        )
        result: Result = asyncio.run(run.go())
    result.brokers = asked.brokers
    write(result, asked.report)
    draw(result, asked.report.parent)
    tell(summary(result))
    return 1 if result.violations else 0


def tell(line: str) -> None:
    """A line of progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
