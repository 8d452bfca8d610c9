"""Two pictures of a run: what was broken when and how much was acknowledged meanwhile; how long recovery took."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

from tests.faults.result import Result

AIM_SECONDS = 10.0
INK, FAULT, WORK = "#1f2937", "#b91c1c", "#1d4ed8"


def draw(result: Result, folder: Path) -> None:
    """Write `faults-timeline.png` and `faults-recovery.png`; nothing of a run without faults."""
    if not result.faults:
        return
    folder.mkdir(parents=True, exist_ok=True)
    _draw_timeline(result, folder / "faults-timeline.png")
    _draw_recovery(result, folder / "faults-recovery.png")


def _draw_timeline(result: Result, file: Path) -> None:
    names = sorted({fault.name for fault in result.faults})
    row = {name: number for number, name in enumerate(names)}
    figure, (above, below) = pyplot.subplots(
        2,
        sharex=True,
        figsize=(11, 2.6 + 0.2 * len(names)),
        height_ratios=[2, 0.2 * len(names) + 0.5],
        layout="constrained",
    )
    minutes = [at / 60 for at, _ in result.pace]
    above.plot(minutes, [done for _, done in result.pace], color=WORK)
    above.set_ylabel("acknowledged")
    above.set_title(
        f"{len(result.faults):,} faults, {result.events:,} events, {len(result.violations)} violations (seed {result.seed})"
    )
    least = (result.seconds / 60) / 600
    below.barh(
        [row[fault.name] for fault in result.faults],
        [max(least, (fault.healed - fault.begun) / 60) for fault in result.faults],
        left=[fault.begun / 60 for fault in result.faults],
        color=FAULT,
        height=0.7,
    )
    below.set_yticks(range(len(names)), names, fontsize=7)
    below.invert_yaxis()
    below.set_xlabel("minutes")
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _draw_recovery(result: Result, file: Path) -> None:
    """The share of faults after which the platform was well within so many seconds; the longest of each kind."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
    seconds = sorted(fault.recovery for fault in result.faults)
    left.plot(seconds, [(number + 1) / len(seconds) * 100 for number in range(len(seconds))], color=WORK)
    left.axvline(AIM_SECONDS, color=INK, linestyle=":", label=f"aim: 99 % within {AIM_SECONDS:.0f} s")
    left.axhline(99, color=INK, linestyle=":")
    left.set_xlabel("seconds until a change in each service was seen in the next within 1 s")
    left.set_ylabel("% of faults")
    left.legend(loc="lower right")
    names = sorted({fault.name for fault in result.faults})
    found = [[fault.recovery for fault in result.faults if fault.name == name] for name in names]
    right.boxplot(found, orientation="horizontal", showfliers=True, flierprops={"markersize": 3})
    right.set_yticks(
        range(1, len(names) + 1), [f"{n} ({len(f)})" for n, f in zip(names, found, strict=True)], fontsize=7
    )
    right.invert_yaxis()
    right.set_xlabel("seconds")
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
