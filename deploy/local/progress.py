"""What is being done and how long it took: moving on a terminal, one line per step elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from deploy.local.problems import Interrupted


class Steps:
    """Steps that may run at the same time, from several threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._moving = (
            Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> "Steps":
        if self._moving is not None:
            self._moving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._moving is not None:
            self._moving.stop()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that something is being done, then how long it took."""
        shown = self._moving.add_task(text) if self._moving is not None else None
        started = time.monotonic()
        try:
            yield
        except Interrupted:
            raise
        except BaseException:
            self.say(f"  [red]failed[/red] {text}")
            raise
        else:
            self.say(f"  [green]✓[/green] {text} [dim]{time.monotonic() - started:.1f} s[/dim]")
        finally:
            if self._moving is not None and shown is not None:
                self._moving.remove_task(shown)

    def say(self, line: str) -> None:
        """Print one line above what is moving."""
        (self._moving.console if self._moving is not None else self._console).print(
            line, highlight=False, soft_wrap=True
        )
