"""What a journey tells while it goes on: steps, calls, hops between services with their times, and where it failed."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape


class StepFailed(Exception):
    """A step did not hold. The message says what was expected and what came instead."""

    def __init__(self, expected: str, got: str, correlation_id: str) -> None:
        super().__init__(f"expected {expected}, got {got} (correlation id {correlation_id})")
        self.expected = expected
        self.got = got
        self.correlation_id = correlation_id


@dataclass(frozen=True)
class Hop:
    """From an acknowledged call in one service to its being seen in another (or in the mailbox)."""

    origin: str
    target: str
    what: str
    seconds: float


@dataclass
class Telling:
    """Remembers what happened; tells nobody."""

    steps: list[str] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)

    def step(self, title: str) -> None:
        """A step begins."""
        self.steps.append(title)

    def call(self, service: str, what: str, status: int, seconds: float) -> None:
        """A call was answered."""

    def hop(self, hop: Hop) -> None:
        """Another service has heard of it."""
        self.hops.append(hop)

    def note(self, text: str) -> None:
        """What a person was shown."""


class ConsoleTelling(Telling):
    """Prints it as it happens."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def step(self, title: str) -> None:
        super().step(title)
        self._console.print(f"\n[bold]{len(self.steps):>2}  {escape(title)}[/bold]")

    def call(self, service: str, what: str, status: int, seconds: float) -> None:
        self._line(f"[cyan]{service:<32}[/cyan]", f"{what}  [dim]{status}[/dim]", seconds)

    def hop(self, hop: Hop) -> None:
        super().hop(hop)
        arrow = f"{hop.origin} → {hop.target}"
        self._line(f"[magenta]{arrow:<32}[/magenta]", escape(hop.what), hop.seconds)

    def note(self, text: str) -> None:
        for line in text.splitlines():
            self._console.print(f"      [italic]{escape(line)}[/italic]", soft_wrap=True)

    def _line(self, where: str, what: str, seconds: float) -> None:
        self._console.print(f"    {where} [dim]{seconds * 1000:>7.0f} ms[/dim]  {what}", soft_wrap=True)
