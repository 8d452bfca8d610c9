"""What was measured, as numbers (`build/bench.json`) and as pictures beside them.

The file is that of one run: `seed`, `commit`, `machine`, `started_at`, `asked`, and `results`. A run of some parts
replaces all rows of these. Those of other parts stay, and each of them says in `run` from which run it is; `parts` says it
of every part.
"""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import psutil

mpl.use("Agg")
from matplotlib import pyplot

from deploy.local.folders import REPOSITORY

FOLDER = REPOSITORY / "build"
FILE = "bench.json"
RATIO_AT_MOST = 1.5


@dataclass(frozen=True)
class Result:
    """One number and what it is compared with.

    Parameters
    ----------
    value
        The median of the rounds, unless the name says otherwise; `min` and `max` are those of the rounds.
    baseline
        The same in the small registry, or what it is to be at least; None: there is nothing to compare with.
    ratio
        value ÷ baseline.
    part
        What `--only` calls it.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    rounds: int
    min: float
    max: float
    part: str = ""


@dataclass(frozen=True)
class Run:
    """Who measured: the same for all rows of one run."""

    seed: int
    commit: str
    machine: Mapping[str, Any]
    started_at: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def begun(cls, seed: int, asked: Mapping[str, Any] | None = None) -> "Run":
        """A run that begins now, here."""
        machine = {
            "cores": os.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        }
        return cls(seed, _commit(), machine, datetime.now(UTC).isoformat(timespec="seconds"), asked or {})

    @property
    def named(self) -> dict[str, Any]:
        """What tells it from others, in a row of it."""
        return {"commit": self.commit, "seed": self.seed, "at": self.started_at}


def _commit() -> str:
    """The commit that is measured; with `-dirty` when there is more than that."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def compared(name: str, unit: str, values: Sequence[float], baselines: Sequence[float]) -> Result:
    """A result whose baseline was measured in the same rounds."""
    value, baseline = statistics.median(values), statistics.median(baselines)
    return Result(name, value, unit, baseline, value / baseline, len(values), min(values), max(values))


def against(name: str, unit: str, values: Sequence[float], wanted: float | None) -> Result:
    """A result that is compared with a number that was set beforehand."""
    value = statistics.median(values)
    return Result(name, value, unit, wanted, value / wanted if wanted else None, len(values), min(values), max(values))


def of_part(part: str, results: Sequence[Result]) -> list[Result]:
    """These results as those of a part."""
    return [replace(result, part=part) for result in results]


def former(parts: Collection[str], folder: Path = FOLDER) -> list[Result]:
    """What the file has of these parts."""
    names = {each.name for each in fields(Result)}
    rows = [row for row in _read(folder)["results"] if row["part"] in parts]
    return [Result(**{name: value for name, value in row.items() if name in names}) for row in rows]


def write(run: Run, parts: Collection[str], results: Sequence[Result], folder: Path = FOLDER) -> None:
    """The results of these parts instead of what the file had of them, and pictures of these."""
    folder.mkdir(exist_ok=True)
    assert all(result.part in parts for result in results), "a result of no part that was measured"
    before = _read(folder)
    kept = [row for row in before["results"] if row["part"] not in parts]
    if (before.get("started_at"), before.get("commit")) != (run.started_at, run.commit):
        theirs = {"commit": before.get("commit"), "seed": before.get("seed"), "at": before.get("started_at")}
        kept = [{**row, "run": row.get("run", theirs)} for row in kept]
    of_parts = {part: told for part, told in before["parts"].items() if part not in parts}
    of_parts |= {part: {**run.named, "asked": run.asked} for part in parts}
    report = {**asdict(run), "parts": of_parts, "results": kept + [asdict(result) for result in results]}
    (folder / FILE).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    requests = [result for result in results if result.name.startswith("request ")]
    if requests:
        _draw_ratios(requests, folder / "bench-requests.png")
        _draw_times(requests, folder / "bench-times.png")
    others = [each for each in results if not each.name.startswith(("request ", "platform, "))]
    if others:
        _draw_others(others, folder / "bench-rates.png")


def _read(folder: Path) -> dict[str, Any]:
    """The report; an empty one instead of a list of rows of which nobody knows when they were measured."""
    file = folder / FILE
    found = json.loads(file.read_text()) if file.exists() else []
    return {"parts": {}, "results": []} if isinstance(found, list) else found


def _draw_ratios(results: Sequence[Result], file: Path) -> None:
    ordered = sorted(results, key=lambda result: result.ratio or 0)
    figure, axes = pyplot.subplots(figsize=(11, 0.19 * len(ordered) + 1.5), layout="constrained")
    ratios = [result.ratio or 0 for result in ordered]
    colours = ["tab:red" if ratio > RATIO_AT_MOST else "tab:blue" for ratio in ratios]
    axes.barh([result.name.removeprefix("request ") for result in ordered], ratios, color=colours)
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.axvline(RATIO_AT_MOST, color="tab:red", linewidth=0.8, linestyle="--")
    axes.set_xlabel("cost of a request in the large registry ÷ in the small one (medians)")
    axes.tick_params(axis="y", labelsize=7)
    axes.margins(y=0.005)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _draw_times(results: Sequence[Result], file: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 7), layout="constrained")
    small, large = [result.baseline or 0 for result in results], [result.value for result in results]
    axes.scatter(small, large, s=14)
    ends = (min(small) * 0.8, max(*small, *large) * 1.2)
    axes.plot(ends, ends, color="grey", linewidth=0.8, label="the same")
    axes.plot(
        ends, [each * RATIO_AT_MOST for each in ends], color="tab:red", linewidth=0.8, linestyle="--", label="1.5"
    )
    axes.set(
        xscale="log", yscale="log", xlabel="small registry, ms per request", ylabel="large registry, ms per request"
    )
    axes.legend()
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _draw_others(results: Sequence[Result], file: Path) -> None:
    figure, all_axes = pyplot.subplots(len(results), figsize=(9, 1.1 * len(results) + 0.5), layout="constrained")
    for result, axes in zip(results, [all_axes] if len(results) == 1 else all_axes, strict=True):
        axes.barh(
            [0], [result.value], xerr=[[result.value - result.min], [result.max - result.value]], color="tab:blue"
        )
        if result.baseline is not None:
            axes.axvline(result.baseline, color="grey", linestyle="--", linewidth=1)
        axes.set_yticks([])
        axes.set_title(f"{result.name}: {result.value:.4g} {result.unit}", fontsize=9, loc="left")
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
