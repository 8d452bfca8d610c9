"""Processes of ours that outlived their supervisor, found by what they noted of themselves (see `launch`)."""

import contextlib
import json
import signal
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
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return None


def end(processes: list[psutil.Process], seconds: float) -> None:
    """Stop processes cleanly, and kill what has not ended after `seconds`."""
    for process in processes:
        # PostgreSQL waits for its clients at SIGTERM, and stops cleanly at once at SIGINT.
        _signal(process, signal.SIGINT if _name(process) == "postgres" else signal.SIGTERM)
    _, remaining = psutil.wait_procs(processes, seconds)
    for process in remaining:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(remaining, 5)


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def end_when_not_ended(process: psutil.Process, seconds: float) -> None:
    """Wait for a process that was told to stop, and kill it when it has not ended after `seconds`."""
    _, remaining = psutil.wait_procs([process], seconds)
    for one in remaining:
        _signal(one, signal.SIGKILL)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
