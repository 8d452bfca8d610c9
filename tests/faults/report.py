"""The report of a run: `build/faults.json` for machines, a few lines for people."""

import statistics
from pathlib import Path
from typing import Any

import orjson

from tests.faults.run import Result


def figures(result: Result) -> list[dict[str, Any]]:
    """One object per result, all with the same fields."""
    recoveries = sorted(fault.recovery for fault in result.faults) or [0.0]
    counted = {
        "faults": len(result.faults),
        "events": result.events,
        "acknowledged": result.acknowledged,
        "violations": len(result.violations),
        **{f"outcome-{name}": number for name, number in result.outcomes.items()},
    }
    return [
        *(_figure(name, number, "count") for name, number in counted.items()),
        _figure("duration", round(result.seconds, 1), "s"),
        _figure("recovery-p50", statistics.median(recoveries), "s", len(recoveries), recoveries[0], recoveries[-1]),
        _figure("recovery-p99", _p99(recoveries), "s", len(recoveries), recoveries[0], recoveries[-1]),
    ]


def write(result: Result, file: Path) -> None:
    """Write the report."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "seed": result.seed,
        "results": figures(result),
        "violations": result.violations[:200],
        "left_out": result.left_out,
        "faults": [vars(fault) for fault in result.faults],
        "pace": result.pace,
    }
    file.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))


def summary(result: Result) -> str:
    """What a person wants to know."""
    lines = [f"  {figure['name']:24} {figure['value']:>10} {figure['unit']}" for figure in figures(result)]
    lines += [f"  not inflicted: {name}: {why}" for name, why in result.left_out.items()]
    lines += [f"  VIOLATION {violation}" for violation in result.violations[:50]]
    return "\n".join([f"seed {result.seed}", *lines, "Held." if not result.violations else "NOT held."])


def _p99(recoveries: list[float]) -> float:
    return recoveries[min(len(recoveries) - 1, round(0.99 * (len(recoveries) - 1)))]


def _figure(
    name: str,
    value: float,
    unit: str,
    rounds: int = 1,
    least: float | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": None,
        "ratio": None,
        "rounds": rounds,
        "min": value if least is None else round(least, 3),
        "max": value if most is None else round(most, 3),
    }
