"""The report of a run: `build/faults.json` for machines, a few lines for people."""

import os
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from tests.faults.result import Result

FAULTS_WANTED, EVENTS_WANTED, RECOVERED_WITHIN = 1_000, 1_000_000, 10.0
"""What a long run is to show."""


def figures(result: Result) -> list[dict[str, Any]]:
    """One object per result, all with the same fields. A baseline is what is aimed at; `ratio` is value to baseline."""
    recoveries = sorted(fault.recovery for fault in result.faults) or [0.0]
    per_volley = sorted(seconds for _, seconds in result.recoveries) or [0.0]
    well_after = sorted(result.well_after) or [0.0]
    unbroken = sorted(result.unbroken) or [0.0]
    kinds = Counter(fault.name for fault in result.faults)
    # With zeros: a kind that has stopped biting is to be seen.
    known = sorted(kinds.keys() | result.tried.keys())
    counted: dict[str, tuple[int, int | None]] = {
        "faults": (len(result.faults), FAULTS_WANTED),
        "events": (result.events, EVENTS_WANTED),
        "violations": (len(result.violations), 0),
        "acknowledged": (result.acknowledged, None),
        "acknowledged-rows-of-files": (result.rows_of_files, None),
        "volleys": (len(result.recoveries), None),
        "mails-repeated": (result.mails_repeated, None),
        "processes-ended-by-themselves": (result.ended_by_themselves, None),
        **{f"outcome-{name}": (number, None) for name, number in result.outcomes.items()},
        **{f"faults-{name}": (kinds[name], None) for name in known},
        **{f"failed-{name}": (result.failed[name], None) for name in known},
        **{f"met-nobody-{name}": (result.met_nobody[name], None) for name in known},
        **{f"compared-{name}": (number, None) for name, number in result.compared.items()},
    }
    spread = (len(recoveries), recoveries[0], recoveries[-1])
    return [
        *(_figure(name, number, "count", wanted) for name, (number, wanted) in counted.items()),
        _figure("duration", round(result.seconds, 1), "s"),
        _figure("brokers", result.brokers, "count"),
        _figure("events-per-second", result.events / max(result.seconds, 1), "1/s"),
        _figure("unbroken-p50", statistics.median(unbroken), "s", None, len(unbroken), unbroken[0], unbroken[-1]),
        _figure("unbroken-p99", _p99(unbroken), "s", None, len(unbroken), unbroken[0], unbroken[-1]),
        _figure("recovery-p50", statistics.median(recoveries), "s", None, *spread),
        _figure("recovery-p99", _p99(recoveries), "s", RECOVERED_WITHIN, *spread),
        # Each volley once, however many faults it had: those of a server come alone.
        _of("recovery-per-volley-p99", per_volley),
        # From the begin of the last healing: starting processes and servers again, until they are ready, included.
        _of("recovery-with-starts-p99", well_after),
    ]


def write(result: Result, file: Path) -> None:
    """Write the report."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "seed": result.seed,
        "machine": f"{os.cpu_count()} cores, load {os.getloadavg()[2]:.1f} in the last quarter of an hour",
        "results": figures(result),
        "violations": result.violations[:200],
        "left_out": result.left_out,
        "faults": [vars(fault) for fault in result.faults],
        "pace": result.pace[:: max(1, len(result.pace) // 500)],
    }
    file.write_bytes(orjson.dumps(whole, default=str, option=orjson.OPT_INDENT_2))


def summary(result: Result) -> str:
    """What a person wants to know."""
    lines = [
        f"  {figure['name']:24} {figure['value']:>10} {figure['unit']}"
        for figure in figures(result)
        if figure["value"] or not figure["name"].startswith(("failed-", "met-nobody-", "compared-"))
    ]
    lines += [f"  left out: {name}: {why}" for name, why in result.left_out.items()]
    lines += [f"  VIOLATION {violation}" for violation in result.violations[:50]]
    return "\n".join([f"seed {result.seed}", *lines, "Held." if not result.violations else "NOT held."])


def _of(name: str, ordered: list[float]) -> dict[str, Any]:
    return _figure(name, _p99(ordered), "s", RECOVERED_WITHIN, len(ordered), ordered[0], ordered[-1])


def _p99(recoveries: list[float]) -> float:
    return recoveries[min(len(recoveries) - 1, round(0.99 * (len(recoveries) - 1)))]


def _figure(
    name: str,
    value: float,
    unit: str,
    baseline: float | None = None,
    rounds: int = 1,
    least: float | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": baseline,
        "ratio": round(value / baseline, 3) if baseline else None,
        "rounds": rounds,
        "min": value if least is None else round(least, 3),
        "max": value if most is None else round(most, 3),
    }
