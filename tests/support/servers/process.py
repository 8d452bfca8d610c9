"""A server as a process that tests can stop, kill, freeze and start again; it never outlives the test run."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import psutil

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class ServerDidNotStart(Exception):
    """The process ended, or was not ready in time; the message has the end of its log."""


class Server(ABC):
    """One server process, started from a command line, with its output in one log file."""

    stop_signal = signal.SIGTERM
    start_seconds = START_SECONDS

    def __init__(self, command: list[str], folder: Path, port: int) -> None:
        self.command = command
        self.folder = folder
        self.port = port
        self.working_folder = folder
        self.process_environment: Mapping[str, str] | None = None
        """The whole environment of the process; None: that of the tests."""
        self.log_path = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guardian: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process exists (a frozen one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_frozen(self) -> bool:
        """Whether the process exists and was stopped by a signal."""
        return self.is_running and psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether the server answers; called again and again while it starts."""

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises
        ------
        ServerDidNotStart
            It ended or was not ready within `start_seconds`.
        """
        deadline = time.monotonic() + self.start_seconds
        while not self._try_to_start(deadline):
            # After a kill, what the old process held (shared memory, a port) may be free only a moment later.
            if time.monotonic() > deadline - self.start_seconds / 2:
                raise ServerDidNotStart(f"{self.command[0]} ended:\n{self.log_tail()}")
            time.sleep(0.2)

    def start_once(self) -> bool:
        """Start the process and wait until it answers; False when it ended, or froze, before."""
        return self._try_to_start(time.monotonic() + self.start_seconds, may_freeze=True)

    def _try_to_start(self, deadline: float, *, may_freeze: bool = False) -> bool:
        # One that ended by itself still has its guardian.
        self._forget()
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.working_folder,
                env=self.process_environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._guardian = _guard(self._process.pid)
        while not (self._port_is_open() and self._is_ready()):
            if self._process.poll() is not None:
                self._forget()
                return False
            if may_freeze and self.is_frozen:
                return False
            if time.monotonic() > deadline:
                self.kill()
                raise ServerDidNotStart(f"{self.command[0]} was not ready in time:\n{self.log_tail()}")
            time.sleep(0.05)
        return True

    def stop(self) -> None:
        """Stop cleanly; does nothing when it does not run."""
        if not self.is_running or self._process is None:
            self._forget()
            return
        self.resume()
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._forget()

    def kill(self) -> None:
        """End the process and its children at once (SIGKILL), as a power cut would."""
        if self._process is None:
            return
        family = self._family()
        for process in family:
            _signal(process, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while any(_is_alive(process) for process in family) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._forget()

    def restart(self) -> None:
        """Stop cleanly and start again, on the same port and data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the process and its children (SIGSTOP): connections stay open, nothing answers."""
        for process in self._family():
            _signal(process, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        for process in reversed(self._family()):
            _signal(process, signal.SIGCONT)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the log."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def _family(self) -> list[psutil.Process]:
        """The process, then its children: frozen first, the parent can make no more of them."""
        if self._process is None:
            return []
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _port_is_open(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _forget(self) -> None:
        if self._guardian is not None:
            _dismiss(self._guardian)
        self._guardian = None
        self._process = None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)


_GUARDIAN = """\
read word && exit
children=$(cat "/proc/$0/task/$0/children" 2>/dev/null)
kill -KILL "$0"
# A frozen child would never notice that its parent is gone.
for child in $children; do kill -CONT "$child"; kill -KILL "$child"; done
"""


def _guard(pid: int) -> subprocess.Popen[bytes]:
    """A shell that kills `pid` when this process is gone without having dismissed it, however it went."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARDIAN, str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _dismiss(guardian: subprocess.Popen[bytes]) -> None:
    assert guardian.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        guardian.stdin.write(b"dismissed\n")
        guardian.stdin.close()
    guardian.wait(5)
