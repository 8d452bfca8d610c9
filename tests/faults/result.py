"""What a run showed."""

from dataclasses import dataclass, field
from typing import Any


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
    faults: list[Inflicted] = field(default_factory=list)
    recoveries: list[tuple[float, float]] = field(default_factory=list)
    """Per volley: when everything of it was healed, and seconds until the platform was well again."""
    unbroken: list[float] = field(default_factory=list)
    """Before each volley: seconds until a change in each service was seen in the next."""
    events: int = 0
    """What all relays published."""
    acknowledged: int = 0
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
    """Faults that could not be inflicted here, and why."""
    brokers: int = 1
