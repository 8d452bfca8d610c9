"""Pictures of what was measured: how each stands to its baseline, the way at three loads, what processes take."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import pyplot

from tests.benchmarks.report import Result


def draw(results: Sequence[Result], folder: Path) -> None:
    """`bench-platform.png` and `bench-processes.png` in the folder, of what there is."""
    paths = [each for each in results if each.ratio is not None and each.unit in ("1/s", "events/s", "ms")]
    if paths:
        _bars(
            paths,
            folder / "bench-platform.png",
            "value ÷ baseline (medians; lines from the lowest round to the highest)",
        )
    memory = [each for each in results if each.unit == "MB" and each.name.endswith("memory, RSS")]
    if memory:
        _bars(memory, folder / "bench-processes.png", "memory (RSS) ÷ 90 MB")


def _bars(results: Sequence[Result], file: Path, label: str) -> None:
    figure, axes = pyplot.subplots(figsize=(10, 0.32 * len(results) + 1.2), layout="constrained")
    for place, result in enumerate(reversed(results)):
        assert result.ratio is not None and result.baseline
        low, high = result.min / result.baseline, result.max / result.baseline
        axes.barh(place, result.ratio, color="tab:blue")
        axes.plot([low, high], [place, place], color="black", linewidth=1)
    axes.set_yticks(range(len(results)), [result.name for result in reversed(results)], fontsize=8)
    axes.axvline(1, color="grey", linestyle="--", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel(label)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
