"""What was asked of the platform and what it answered, written down outside of it.

One line of JSON per operation and per fault, in the order in which the outcomes became known. Nothing is ever rewritten,
so the file also tells what happened when the run itself dies.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson


class Outcome(StrEnum):
    """What is known of an operation."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer came, or one that says nothing: it may have happened, or not, or happen later."""


@dataclass
class Journal:
    """An open journal. Seconds count from its opening."""

    path: Path
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    _begun: float = field(default_factory=time.monotonic)
    _file: BufferedWriter | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def seconds(self) -> float:
        """Since it was opened."""
        return time.monotonic() - self._begun

    def operation(self, what: str, outcome: Outcome, **facts: Any) -> None:
        """Note an operation whose outcome is now known to be this, or to be unknown."""
        self.outcomes[outcome] += 1
        self._write({"operation": what, "outcome": outcome, **facts})

    def fault(self, name: str, phase: str, **facts: Any) -> None:
        """Note that a fault began, was healed, or that the platform has recovered from it."""
        self._write({"fault": name, "phase": phase, **facts})

    def _write(self, line: dict[str, Any]) -> None:
        assert self._file is not None, "the journal is closed"
        self._file.write(orjson.dumps({"at": round(self.seconds, 3), **line}, default=str) + b"\n")
        self._file.flush()
