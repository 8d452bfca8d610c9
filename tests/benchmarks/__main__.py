"""`make bench`: measures on servers of its own, writes `build/bench.json` and pictures beside it.

make bench                                            everything, with 1,000,000 volunteers; takes more than an hour
make bench SECONDS=120                                the platform's parts, over 1,000 courses
make bench ARGS='--only plan --only arrivals'
make bench ARGS='--volunteers 100000 --only requests'
make bench ARGS='--only writes --only travel --courses 1000 --seconds 120'
"""

import argparse
import logging
from importlib import import_module

import structlog
from rich.console import Console

from tests.benchmarks.report import FILE, FOLDER, Result, Run, write

PARTS = {
    "requests": "registry",
    "erasures": "registry",
    "imports": "registry",
    "suggestions": "matching",
    "plan": "matching",
    "arrivals": "matching",
    **dict.fromkeys(("writes", "reads", "relay", "consumer", "travel", "processes"), "platform"),
}
"""By part the package whose `run` measures it."""

SHORT_SECONDS = 600
"""A shorter run is one of the platform's parts over few courses, unless others are named: to fill a million takes longer."""


def main() -> None:
    """Measure what is asked for; what was measured before of other parts stays in the report, as of another run."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--volunteers", type=int, help="1,000,000 unless given; of a short run 5,000")
    parser.add_argument("--baseline", type=int, help="volunteers of the small registry: 10,000, of a short run 500")
    parser.add_argument(
        "--courses", type=int, nargs="+", help="how many, platform's parts: 1,000 and 1,000,000; of a short run 1,000"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=1200,
        help=f"so long all of platform's parts measure, about; less than {SHORT_SECONDS}: a short run, of them alone",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given several times")
    asked = parser.parse_args()
    short = asked.seconds < SHORT_SECONDS
    asked.volunteers = asked.volunteers or (5_000 if short else 1_000_000)
    asked.baseline = asked.baseline or (500 if short else 10_000)
    asked.courses = asked.courses or ([1_000] if short else [1_000, 1_000_000])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console(highlight=False)
    FOLDER.mkdir(exist_ok=True)
    wanted = asked.only or [part for part, package in PARTS.items() if package == "platform" or not short]
    begun = Run.begun(
        asked.seed, {name: vars(asked)[name] for name in ("volunteers", "baseline", "courses", "seconds", "rounds")}
    )
    for package in dict.fromkeys(PARTS[part] for part in wanted):
        parts = [part for part in wanted if PARTS[part] == package]
        results = import_module(f"tests.benchmarks.{package}.run").run(parts, asked, console)
        for result in results:
            console.print(_line(result), soft_wrap=True)
        write(begun, parts, results)
        console.print(f"{len(results)} results in {FOLDER / FILE}, pictures beside it")


def _line(result: Result) -> str:
    compared = "" if result.ratio is None else f"  {result.ratio:.2f} of {result.baseline:.4g}"
    return f"{result.name}: {result.value:.4g} {result.unit} ({result.min:.4g}–{result.max:.4g}){compared}"


if __name__ == "__main__":
    main()
