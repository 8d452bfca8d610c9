"""What was measured, as numbers (`build/bench.json`) and as pictures beside them."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

from deploy.local.folders import REPOSITORY

FOLDER = REPOSITORY / "build"
RATIO_AT_MOST = 1.5


@dataclass(frozen=True)
class Result:
    """One number and what it is compared with.

    Parameters
    ----------
    value
        The median of the rounds; `min` and `max` are those of the rounds.
    baseline
        The same in the small registry, or what it is to be at least; None: there is nothing to compare with.
    ratio
        value ÷ baseline.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    rounds: int
    min: float
    max: float


def compared(name: str, unit: str, values: Sequence[float], baselines: Sequence[float]) -> Result:
    """A result whose baseline was measured in the same rounds."""
    value, baseline = statistics.median(values), statistics.median(baselines)
    return Result(name, value, unit, baseline, value / baseline, len(values), min(values), max(values))


def against(name: str, unit: str, values: Sequence[float], wanted: float | None) -> Result:
    """A result that is compared with a number that was set beforehand."""
    value = statistics.median(values)
    return Result(name, value, unit, wanted, value / wanted if wanted else None, len(values), min(values), max(values))


def write(results: Sequence[Result], folder: Path = FOLDER) -> None:
    """These results beside those of other parts that were measured before, and the pictures of these."""
    folder.mkdir(exist_ok=True)
    file = folder / "bench.json"
    before = json.loads(file.read_text()) if file.exists() else []
    measured = {result.name for result in results}
    kept = [result for result in before if result["name"] not in measured]
    file.write_text(json.dumps(kept + [asdict(result) for result in results], indent=2) + "\n")
    requests = [result for result in results if result.name.startswith("request ")]
    if requests:
        _draw_ratios(requests, folder / "bench-requests.png")
        _draw_times(requests, folder / "bench-times.png")
    others = [each for each in results if not each.name.startswith(("request ", "platform, "))]
    if others:
        _draw_others(others, folder / "bench-rates.png")


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
