"""`make logs`: the log lines of every service in the order of time.

    make logs                        everything there is
    make logs SERVICE=matching       one service
    make logs CORRELATION=…          one journey through all services
    make logs FOLLOW=1               and what comes

A line that is not JSON (a server's own log, a start that failed) is shown with its process when no journey is asked for.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.local.folders import TANDEM
from deploy.local.processes import COMMANDS
from shared.contracts.topics import SERVICES

_COLOURS = dict(zip(SERVICES, cycle(("cyan", "green", "yellow", "magenta")), strict=False))
_ALREADY_SHOWN = ("timestamp", "level", "event", "service", "process", "correlation_id")
_TIME_FIELDS = ("timestamp", "time")


@dataclass(frozen=True)
class Line:
    """One line of a log: `at` is its own time as text (ISO 8601, UTC), or that of the line before it."""

    at: str
    process: str
    fields: dict[str, Any]

    @property
    def correlation(self) -> str:
        """The journey it belongs to; empty when it says none."""
        return str(self.fields.get("correlation_id", ""))


def read(process: str, texts: Iterable[str]) -> Iterator[Line]:
    """The lines of one process's log."""
    at = ""
    for text in texts:
        fields = _fields(text)
        at = next((str(fields[name]) for name in _TIME_FIELDS if name in fields), at)
        yield Line(at, process, fields)


def _fields(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {"event": text.rstrip()}
    return content if isinstance(content, dict) else {"event": text.rstrip()}


def merged(lines: Iterable[Line], correlation: str = "") -> list[Line]:
    """In the order of time; with `correlation`, only those of that journey."""
    return sorted(
        (line for line in lines if not correlation or line.correlation == correlation), key=lambda line: line.at
    )


def render(line: Line) -> Text:
    """A line for a person: time, process, event, then the rest as name=value."""
    level = str(line.fields.get("level", "info"))
    text = Text(f"{line.at[:23]:<23} ", style="dim")
    text.append(f"{line.process:<21}", style=_COLOURS.get(line.process.rpartition("-")[0], "blue"))
    text.append(f" {line.fields.get('event', '')}", style={"error": "bold red", "warning": "yellow"}.get(level, "bold"))
    for name, value in line.fields.items():
        if name not in _ALREADY_SHOWN and name not in _TIME_FIELDS:
            text.append(f" {name}=", style="dim")
            text.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text


class _Pipeable(Console):
    """A console whose reader may leave (`make logs | head`) without that being a failure."""

    def on_broken_pipe(self) -> None:
        """End well."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)


def _files(folder: Path, service: str) -> dict[str, list[Path]]:
    """The log files of each process of a service (or of all), oldest first."""
    names = [f"{name}-{command}" for name in ([service] if service else SERVICES) for command in COMMANDS]
    found = {name: [*sorted(folder.glob(f"{name}.log.*"), reverse=True), folder / f"{name}.log"] for name in names}
    return {name: [file for file in files if file.exists()] for name, files in found.items()}


def _history(folder: Path, service: str) -> Iterator[Line]:
    for process, files in _files(folder, service).items():
        for file in files:
            with file.open(errors="replace") as texts:
                yield from read(process, texts)


def _follow(folder: Path, service: str, correlation: str, console: Console) -> None:
    """Print what is added, until interrupted; a file that was rotated is read from its beginning."""
    positions = {process: files[-1].stat().st_size for process, files in _files(folder, service).items() if files}
    while True:
        added: list[Line] = []
        for process, files in _files(folder, service).items():
            if not files:
                continue
            size = files[-1].stat().st_size
            position = positions.get(process, 0)
            with files[-1].open("rb") as log:
                log.seek(position if position <= size else 0)
                whole, newline, _ = log.read().rpartition(b"\n")
                positions[process] = (position if position <= size else 0) + len(whole) + len(newline)
            added += read(process, whole.decode(errors="replace").splitlines())
        for line in merged(added, correlation):
            console.print(render(line), soft_wrap=True)
        time.sleep(0.5)


def main() -> None:
    """Print the lines asked for."""
    parser = argparse.ArgumentParser(
        prog="make logs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--service", default="")
    parser.add_argument("--correlation", default="")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--folder", type=Path, default=TANDEM / "logs", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        sys.exit("There are no logs yet. To start the platform: make up")
    if asked.service and asked.service not in SERVICES:
        sys.exit(f"SERVICE must be one of {', '.join(SERVICES)}.")
    console = _Pipeable(highlight=False)
    try:
        lines = merged(_history(asked.folder, asked.service), asked.correlation)
        if not lines and asked.correlation and not asked.follow:
            sys.exit("No line has this CORRELATION. Every answer carries its own as X-Correlation-Id.")
        for line in lines:
            console.print(render(line), soft_wrap=True)
        if asked.follow:
            _follow(asked.folder, asked.service, asked.correlation, console)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
