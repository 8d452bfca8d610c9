"""The report: rows of one run, and those of other runs known as such."""

import asyncio
import json
from pathlib import Path
from random import Random
from statistics import median

from pytest import approx
from rich.console import Console

from tests.benchmarks.platform.rounds import Plan, Turns
from tests.benchmarks.platform.run import growth
from tests.benchmarks.report import Result, Run, of_part, write

NAMES = ("name", "value", "unit", "baseline", "ratio", "rounds", "min", "max")


def _result(name: str) -> Result:
    return Result(f"platform, {name}", 2.0, "1/s", 4.0, 0.5, 5, 1.0, 3.0)


def test_a_part_that_is_measured_anew_leaves_no_row_of_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps([{"name": "of nobody knows when"}]))
    first, second = (Run(seed, "c" * 40, {}, f"2026-11-23T0{seed}:00:00+00:00") for seed in (1, 2))
    write(first, ["relay"], of_part("relay", [_result("relay"), _result("growth: relay")]), tmp_path)
    write(first, ["writes"], of_part("writes", [_result("HTTP write")]), tmp_path)
    before = json.loads((tmp_path / "bench.json").read_text())
    assert not any("run" in row for row in before["results"])
    write(second, ["relay"], of_part("relay", [_result("relay")]), tmp_path)
    report = json.loads((tmp_path / "bench.json").read_text())
    assert (report["seed"], report["started_at"]) == (2, second.started_at)
    kept, new = report["results"]
    assert kept["name"] == "platform, HTTP write" and kept["run"] == first.named
    assert new["name"] == "platform, relay" and "run" not in new
    assert {part: told["seed"] for part, told in report["parts"].items()} == {"writes": 1, "relay": 2}
    assert all(name in row for row in report["results"] for name in NAMES)


async def test_few_and_many_are_measured_in_turns_and_compared_round_by_round() -> None:
    turns, done = Turns(2), list[str]()
    plans = [Plan(5, 0.0, Random(1), Console(quiet=True), turns=turns, party=party) for party in (0, 1)]

    async def measure(plan: Plan) -> None:
        await turns.take(plan.party)

        async def rate() -> float:
            done.append(f"{plan.party} begins")
            await asyncio.sleep(0)
            done.append(f"{plan.party} ends")
            return 100.0 if plan.party == 0 else 100.0 / (1 + len(done) // 4)

        found = await plan.in_turn({"ours": rate})
        plan.limit("HTTP write", "1/s", found["ours"], None)
        await turns.over(plan.party, for_good=True)

    await asyncio.gather(*(measure(plan) for plan in plans))
    first, second = (["0 begins", "0 ends"], ["1 begins", "1 ends"])
    assert done == [*second, *first, *first, *second] * 3
    (grown,) = growth(*plans)
    few, many = (plan.samples["HTTP write"].values for plan in plans)
    quotients = [one / other for one, other in zip(few, many, strict=True)]
    assert (grown.value, grown.min, grown.max) == (median(quotients), min(quotients), max(quotients))
    assert grown.min < grown.value < grown.max


def test_the_growth_of_processor_time_is_that_of_all_rounds_together() -> None:
    few, many = (Plan(5, 0.0, Random(1), Console(quiet=True)) for _ in range(2))
    few.limit("api at rest: CPU", "cores", [0.0, 0.001, 0.003], None)
    many.limit("api at rest: CPU", "cores", [0.001, 0.001, 0.004], None)
    (grown,) = growth(few, many)
    assert grown.value == approx(1.5) and grown.min == approx(1.0)
