"""What a run showed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MAY_END_A_PROCESS = (
    "frozen",
    "slow",
    "two-relays",
    "clock-moved",
)
"""How faults are called after which a process may end itself, to start clean: it has lost its lease."""
MAY_END_EVERY_PROCESS = ("postgres-disk", "kafka-disk", "two-brokers", "isr-")
"""After which each may: none can write."""


@dataclass
class Inflicted:
    """One fault that was: seconds from the run's begin, and seconds until the platform was well again."""

    name: str
    begun: float
    healed: float
    recovery: float
    healing: float = 0
    """When its healing began: what recovery counts from if starting again counts, too."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What it met, as the journal has it."""


@dataclass
class Result:
    """Everything that the report tells."""

    seed: int
    seconds: float = 0
    began_at: float = 0
    """Seconds since 1970 when it began."""
    faults: list[Inflicted] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    """How often each kind was to be inflicted; every kind that can be inflicted here has an entry."""
    failed: Counter[str] = field(default_factory=Counter)
    """Of these, how often the nemesis itself stumbled."""
    met_nobody: Counter[str] = field(default_factory=Counter)
    """How often there was nobody whom it could concern."""
    recoveries: list[tuple[float, float]] = field(default_factory=list)
    """Per volley: when everything of it was healed, and seconds until the platform was well again."""
    unbroken: list[float] = field(default_factory=list)
    """Before each volley: seconds until a change in each service was seen in the next."""
    events: int = 0
    """What all relays published."""
    acknowledged: int = 0
    """Writes: answers to people, and rows of files."""
    rows_of_files: int = 0
    """Of these, rows that an association's files told of: one answer tells of a whole file."""
    mails_repeated: int = 0
    """Mails that came more than once, with the same Message-ID."""
    ended_by_themselves: int = 0
    """Processes found ended after a volley that no fault of it had left so: started again as a supervisor would."""
    well_after: list[float] = field(default_factory=list)
    """Per volley: seconds from the begin of its last healing until the platform was well again, starts included."""
    outcomes: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    pace: list[tuple[float, int]] = field(default_factory=list)
    """Seconds, and how much had been acknowledged by then."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Faults that could not be inflicted here, questions that had nothing to look at, and why."""
    compared: dict[str, int] = field(default_factory=dict)
    """How much each question of the checker looked at, with zeros."""
    brokers: int = 1


def ended_too_often(ended: int, faults: Sequence[Any]) -> list[str]:
    """More processes that ended by themselves than faults near them that may end one: something makes them end.

    `faults`: of this volley and of the one before, as whoever has lost a lease may need a moment to see it.
    """
    names = [fault.name for fault in faults]
    if any(name.startswith(MAY_END_EVERY_PROCESS) for name in names):
        return []
    may = sum(name.startswith(MAY_END_A_PROCESS) for name in names)
    return [f"{ended} processes ended by themselves, with {names}"] if ended > may else []
