"""Processes of ours that outlived their supervisor, found by what they noted of themselves (see `launch`)."""

import contextlib
import json
import signal
import time
from pathlib import Path

import psutil

SAME_START_SECONDS = 5.0
"""How far two readings of one process's start may differ: the clock they are computed from can be set."""


def note(file: Path, process: psutil.Process) -> None:
    """Note a process in a file."""
    file.write_text(json.dumps({"pid": process.pid, "started": process.create_time()}))


def noted(file: Path) -> psutil.Process | None:
    """The process noted in a file; None when it is gone, or when its id belongs to another process by now."""
    try:
        content = json.loads(file.read_text())
        process = psutil.Process(int(content["pid"]))
        is_same = abs(process.create_time() - float(content["started"])) < SAME_START_SECONDS
        return process if is_same and is_alive(process) else None
    except (OSError, ValueError, KeyError, TypeError, psutil.NoSuchProcess):
        return None


def end(processes: list[psutil.Process], seconds: float) -> None:
    """Stop processes cleanly, and kill what has not ended after `seconds`."""
    for process in processes:
        # PostgreSQL waits for its clients at SIGTERM, and stops cleanly at once at SIGINT.
        _signal(process, signal.SIGINT if _name(process) == "postgres" else signal.SIGTERM)
    end_when_not_ended(processes, seconds)


def end_when_not_ended(processes: list[psutil.Process], seconds: float) -> None:
    """Wait for processes that were told to stop, and kill those that have not ended after `seconds`."""
    for process in _wait(processes, seconds):
        _signal(process, signal.SIGKILL)
    _wait(processes, 5)


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that are still there after `seconds`."""
    deadline = time.monotonic() + seconds
    while (remaining := [p for p in processes if is_alive(p)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return remaining


def is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: one that has ended can stay listed until its parent looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
