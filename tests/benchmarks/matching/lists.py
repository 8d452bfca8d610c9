"""Ranked lists: exact, both ways, beside brute force over everybody in the same run.

The times are those of everything: bounds from Postgres, and the rules' word about everybody who could be among the best. How
much of it Postgres takes for the bounds is told apart.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import matplotlib as mpl
import numpy as np

from services.matching.handlers.suggestions import best_offers_for, best_volunteers_for
from services.matching.store import candidates, offers, postings
from tests.benchmarks.matching.land import Land
from tests.benchmarks.matching.population import NOW, TODAY
from tests.benchmarks.matching.scan import Scan
from tests.benchmarks.report import FOLDER, Result

mpl.use("Agg")
from matplotlib import pyplot

LIMIT = 20
COMPARED = 1000
AIM_MS = 5.0
WARM = 200
"""So many lists are made first: pages come into memory, statements are prepared."""


class ListsDiffer(AssertionError):
    """A list is not what brute force finds."""


@dataclass
class Times:
    """Milliseconds of one kind of list."""

    name: str
    whole: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    brute: list[float] = field(default_factory=list)

    def results(self) -> list[Result]:
        compared = len(self.whole)
        return [
            Result(
                f"{self.name}, identical to brute force", compared, "lists", compared, 1.0, compared, compared, compared
            ),
            *(_beside(f"{self.name}, p{percent}", percent, self.whole, self.brute) for percent in (50, 99)),
            *(
                _against_aim(f"{self.name}, bounds in Postgres, p{percent}", percent, self.bounds)
                for percent in (50, 99)
            ),
        ]


def _beside(name: str, percent: int, values: Sequence[float], baselines: Sequence[float]) -> Result:
    value, baseline = float(np.percentile(values, percent)), float(np.percentile(baselines, percent))
    return Result(name, value, "ms", baseline, value / baseline, len(values), min(values), max(values))


def _against_aim(name: str, percent: int, values: Sequence[float]) -> Result:
    value = float(np.percentile(values, percent))
    return Result(name, value, "ms", AIM_MS, value / AIM_MS, len(values), min(values), max(values))


async def measure(land: Land, compared: int = COMPARED, warm: int = WARM) -> list[Result]:
    """Both ways; every list has to be the one that brute force finds."""
    scan, dice = Scan(land.population), Random(land.population.seed)
    population = land.population
    open_offers = np.flatnonzero(population.o["open"]).tolist()
    active = np.flatnonzero(~population.v["paused"]).tolist()
    both = []
    async with land.reading() as connection:
        for name, chosen, ask in (
            ("volunteers for an offer", open_offers, _volunteers_for_offer),
            ("offers for a volunteer", active, _offers_for_volunteer),
        ):
            for number in dice.sample(chosen, min(warm, len(chosen))):
                await ask(connection, land, scan, number, Times(name))
            times = Times(name)
            for number in dice.sample(chosen, min(compared, len(chosen))):
                await ask(connection, land, scan, number, times)
            both.append(times)
    draw(both, FOLDER / "bench-suggestions.png")
    return [result for times in both for result in times.results()]


async def _volunteers_for_offer(connection: Any, land: Land, scan: Scan, number: int, times: Times) -> None:
    offer = await offers.offer(connection, UUID(land.population.offer_id(number)))
    assert offer is not None
    with _clocked("posted_volunteers", times):
        found = await best_volunteers_for(connection, offer, LIMIT, land.settings, NOW)
    with _timed(times.brute):
        ids, scores = scan.volunteers_for(number, LIMIT)
    _compare(f"offer {number}", [(str(each.volunteer_id), each.scored.score) for each in found], ids, scores)


async def _offers_for_volunteer(connection: Any, land: Land, scan: Scan, number: int, times: Times) -> None:
    candidate = await candidates.candidate(connection, UUID(land.population.volunteer_id(number)), TODAY)
    assert candidate is not None
    with _clocked("posted_offers", times):
        found = await best_offers_for(connection, candidate, LIMIT, land.settings, NOW)
    with _timed(times.brute):
        ids, scores = scan.offers_for(number, LIMIT)
    _compare(f"volunteer {number}", [(str(each.offer.offer_id), each.scored.score) for each in found], ids, scores)


def _compare(what: str, found: list[tuple[str, float]], ids: list[str], scores: list[float]) -> None:
    if [each for each, _ in found] != ids or any(
        abs(score * 1_000_000 - wanted) > 0.5 for (_, score), wanted in zip(found, scores, strict=True)
    ):
        raise ListsDiffer(f"{what}: {found} instead of {list(zip(ids, scores, strict=True))}")


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    into.append(1000 * (time.perf_counter() - begun))


@contextmanager
def _clocked(name: str, times: Times) -> Iterator[None]:
    """Everything, and what the statement that computes the bounds takes of it."""
    original: Callable[..., Awaitable[Any]] = getattr(postings, name)
    spent: list[float] = []

    async def clocked(*arguments: Any, **told: Any) -> Any:
        with _timed(spent):
            return await original(*arguments, **told)

    with patch.object(postings, name, clocked), _timed(times.whole):
        yield
    times.bounds.append(sum(spent))


def draw(both: Sequence[Times], file: Path) -> None:
    """How many lists took how long."""
    figure, all_axes = pyplot.subplots(1, len(both), figsize=(11, 4.5), layout="constrained", squeeze=False)
    for times, axes in zip(both, all_axes[0], strict=True):
        share = np.arange(1, len(times.whole) + 1) / len(times.whole)
        for label, values in (
            ("bounds in Postgres", times.bounds),
            ("the whole list, with the rules", times.whole),
            ("brute force in NumPy", times.brute),
        ):
            axes.plot(np.sort(values), share, label=label)
        axes.axvline(AIM_MS, color="grey", linestyle="--", linewidth=0.8)
        axes.set(xscale="log", xlabel="ms", ylabel="share of the lists", title=times.name)
        axes.legend(fontsize=8)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
