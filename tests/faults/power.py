"""Is the checker worth anything? Each bug of `bugs` is planted, alone, and has to be found.

    python -m tests.faults.power [--seconds 30] [--only NAME,NAME] [--at-a-time 2] [--report build/faults-power.json]

A fresh platform for every bug; one that does not start is no finding. A bug counts as found when a run of `--seconds`, under
the faults that the bug is said to show under, ends with a violation that is just the harm of this bug, all in five minutes;
up to three seeds are tried in that time. First comes the control: the same runs, under all faults, without any bug; whatever
is found there is found of every bug. Exit status 0 when that is nothing, and all but `UNSEEN_AT_MOST` bugs are found.
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
from tests.faults.bugs import BUGS, Bug
from tests.faults.nemesis.catalogue import FAULTS, named
from tests.faults.platform import ShakenPlatform
from tests.faults.result import Result
from tests.faults.run import Run
from tests.faults.shaking import Servers, servers
from tests.support.servers.process import ServerDidNotStart

UNSEEN_AT_MOST = 2
SEEDS = 3
PACE, BULK = 8.0, 30
CONTROL = "no-bug"
NO_BUG = Bug(lambda: None, tuple(fault.name for fault in FAULTS), "none", shown_by="")
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
    wanted = [name for name in asked.only.split(",") if name] or [CONTROL, *BUGS]
    lanes = [wanted[number :: asked.at_a_time] for number in range(asked.at_a_time)]
    with ProcessPoolExecutor(max_workers=asked.at_a_time) as pool:
        told = list(pool.map(_lane, lanes, [asked.seconds] * len(lanes)))
    found = sorted((each for lane in told for each in lane), key=lambda each: wanted.index(each["bug"]))
    asked.report.parent.mkdir(parents=True, exist_ok=True)
    asked.report.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    bugs = [each for each in found if each["bug"] != CONTROL]
    unseen = [each["bug"] for each in bugs if not each["found"]]
    tell(f"{len(bugs) - len(unseen)} of {len(bugs)} found; not found: {unseen}")
    return 1 if len(unseen) > UNSEEN_AT_MOST or any(each["found"] for each in found if each["bug"] == CONTROL) else 0


def _lane(bugs: list[str], seconds: float) -> list[dict[str, Any]]:
    """One bug after the other on the same servers."""
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tandem-power-") as name, servers(Path(name)) as shared:
        template = _platform(shared, Path(name) / "template").make_template()
        for bug in bugs:
            begun = time.monotonic()
            by, seeds, besides = _sought(shared, Path(name), bug, seconds, template)
            took = round(time.monotonic() - begun)
            is_found = by is not None and (took <= WITHIN or bug == CONTROL)
            found.append(
                {
                    "bug": bug,
                    "harm": _bug(bug).harm,
                    "found": is_found,
                    "by": (by or "")[:400],
                    "why_not": "" if is_found else _bug(bug).unseen_because or "not known",
                    "besides": besides[:5],
                    "seeds": seeds,
                    "seconds": took,
                }
            )
            if besides and not is_found:
                tell(f"  besides: {besides[0]}")
            tell(f"{bug:36} {'found' if is_found else 'NOT FOUND'} after {took} s  {(by or '')[:160]}")
    return found


def _platform(shared: Servers, folder: Path, bug: str | None = None, template: str | None = None) -> ShakenPlatform:
    return ShakenPlatform(folder, shared.kafka, shared.postgres, shared.mailbox, bug=bug, template=template)


def _sought(
    shared: Servers, folder: Path, bug: str, seconds: float, template: str
) -> tuple[str | None, int, list[str]]:
    """What the checker said of the harm of a bug, None when nothing; how many seeds it took; what else it said.

    Without a bug whatever is said counts, and that there was nothing to look at.
    """
    begun, besides = time.monotonic(), list[str]()
    for seed in range(1, SEEDS + 1):
        platform = _platform(shared, folder / f"{bug}-{seed}", bug if bug != CONTROL else None, template)
        result = _run(platform, bug, seed, seconds)
        violations = result.violations if result is not None else []
        besides += [violation[:200] for violation in violations]
        if bug == CONTROL and (result is None or not result.events):
            return "the control did not run", seed, besides
        shown = next(iter(violations), None) if bug == CONTROL else _bug(bug).shown(violations)
        if shown is not None:
            return shown, seed, besides
        # With no bug every seed is tried, however long it takes.
        if bug != CONTROL and time.monotonic() - begun > WITHIN:
            break
    return None, seed, besides


def _bug(name: str) -> Bug:
    return NO_BUG if name == CONTROL else BUGS[name]


def _run(platform: ShakenPlatform, bug: str, seed: int, seconds: float) -> Result | None:
    with ExitStack() as stack:
        stack.callback(platform.close)
        try:
            platform.start()
        except ServerDidNotStart:
            return None
        faults = named(list(_bug(bug).shows_under)) if _bug(bug).shows_under else ()
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
            steps=_bug(bug).steps,
            settled_within=SETTLED_WITHIN,
        )
        try:
            return asyncio.run(run.go())
        except StepFailed:
            # On a busy machine people may not even have begun: that is no finding, another seed may be.
            return Result(chance)


if __name__ == "__main__":
    sys.exit(main())
