"""The processes under `supervisord`: started in order, started again when they end, stopped together.

One supervisor per folder. It is stopped through its unix socket; when it was killed, what it had started is found by
`leftovers`. So nothing survives `make down`, and nothing else is touched.
"""

import fcntl
import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from deploy.local import leftovers
from deploy.local.problems import StartProblem
from deploy.local.processes import Process

SOCKET_PATH_AT_MOST = 100
"""Bytes of a unix socket's path that every system takes."""
STOP_SECONDS = 90.0
_UNREACHABLE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)
_ALREADY_STARTED = 60


class Supervision:
    """The supervisor of one folder."""

    def __init__(self, home: Path) -> None:
        self.logs = home / "logs"
        self._run = home / "run"
        self._noted_starter = self._run / "starter.json"
        self._noted = self._run / "supervisor.json"
        self._socket = _socket_path(self._run)
        self._daemon: subprocess.Popen[bytes] | None = None
        """The supervisor, when it was started here."""

    @property
    def supervisor(self) -> psutil.Process | None:
        """The running supervisor; None when there is none."""
        return leftovers.noted(self._noted)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Wait until no other process starts or stops what is in this folder, and keep them waiting meanwhile."""
        self._run.mkdir(parents=True, exist_ok=True)
        with (self._run / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def as_starter(self) -> Iterator[None]:
        """Note that this process starts the platform at the moment, so that `make down` can stop it."""
        leftovers.note(self._noted_starter, psutil.Process())
        try:
            yield
        finally:
            self._noted_starter.unlink(missing_ok=True)

    @property
    def starter(self) -> psutil.Process | None:
        """The process that starts the platform at the moment."""
        return leftovers.noted(self._noted_starter)

    @property
    def is_half_started(self) -> bool:
        """Whether whoever started it was killed before every process had been started."""
        return any(info["statename"] == "STOPPED" and not info["start"] for info in self.states().values())

    def log_of(self, process: str) -> Path:
        """Where the output of a process goes."""
        return self.logs / f"{process}.log"

    def start(self, processes: Sequence[Process]) -> None:
        """Start a supervisor that knows `processes` and has started none of them yet.

        Raises
        ------
        StartProblem
            It ended at once.
        """
        for folder in (self._run, self._run / "specifications", self._run / "noted", self.logs):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._socket.unlink(missing_ok=True)
        for process in processes:
            self._specify(process)
        configuration = self._run / "supervisord.conf"
        configuration.write_text(self._configuration(processes))
        with self.log_of("supervisor").open("ab") as log:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C at the terminal is for us: the supervisor is told to stop, in order.
                start_new_session=True,
            )
        leftovers.note(self._noted, psutil.Process(self._daemon.pid))
        deadline = time.monotonic() + 20
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                raise StartProblem(f"The supervisor did not start; why is in {self.log_of('supervisor')}.")
            time.sleep(0.05)

    def start_process(self, process: Process) -> None:
        """Start one process and return at once."""
        try:
            self._call("startProcess", process.full_name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != _ALREADY_STARTED:
                raise StartProblem(f"{process.name} could not be started: {fault.faultString}") from fault

    def states(self) -> dict[str, dict[str, Any]]:
        """What the supervisor says of each process, by name; empty when there is none, or when it is stopping."""
        try:
            return {info["name"]: info for info in self._call("getAllProcessInfo")}
        except (*_UNREACHABLE, xmlrpc.client.Fault):
            return {}

    def wait_until(self, process: Process, is_ready: Callable[[], bool], seconds: float) -> None:
        """Return when a process is ready.

        Raises
        ------
        StartProblem
            It keeps ending, or it is not ready in time; the message has the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            state = self.states().get(process.name, {}).get("statename", "gone")
            if state in ("FATAL", "EXITED", "STOPPED", "gone"):
                raise StartProblem(f"{process.name} does not stay up. {self._end_of_log(process)}")
            if time.monotonic() > deadline:
                raise StartProblem(f"{process.name} was not ready in {seconds:.0f} s. {self._end_of_log(process)}")
            time.sleep(0.1)

    def stop(self) -> bool:
        """Stop every process in order, then the supervisor, then whatever was left over; False when nothing ran."""
        supervisor = self.supervisor
        if supervisor is not None:
            try:
                self._call("shutdown")
            except (*_UNREACHABLE, xmlrpc.client.Fault):
                supervisor.terminate()
            leftovers.end_when_not_ended([supervisor], STOP_SECONDS)
        if self._daemon is not None:
            self._daemon.wait()
        survivors = self.left_over()
        leftovers.end(survivors, 30)
        self._forget()
        return supervisor is not None or bool(survivors)

    def left_over(self) -> list[psutil.Process]:
        """Processes that ran under a supervisor of this folder and are still there."""
        found = (leftovers.noted(file) for file in sorted((self._run / "noted").glob("*.json")))
        return [process for process in found if process is not None]

    def clean_up(self) -> str | None:
        """After a supervisor that was killed: end what it left, and say so in one line; None when all was in order."""
        if self.supervisor is not None or not self._noted.exists():
            return None
        survivors = self.left_over()
        leftovers.end(survivors, 30)
        self._forget()
        stopped = f" and stopped {len(survivors)} of its processes" if survivors else ""
        return f"Cleaned up after an earlier run that was not stopped properly{stopped}."

    def _forget(self) -> None:
        for file in [self._noted, self._socket, self._run / "chosen.json", *(self._run / "noted").glob("*.json")]:
            file.unlink(missing_ok=True)

    def _end_of_log(self, process: Process) -> str:
        log = self.log_of(process.name)
        lines = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        return "\n  ".join([f"The end of {log}:", *lines])

    def _answers(self) -> bool:
        try:
            return bool(self._call("getState"))
        except (*_UNREACHABLE, xmlrpc.client.Fault):
            return False

    def _call(self, method: str, *arguments: Any) -> Any:
        # A proxy belongs to one thread, so each call has its own.
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._socket}")
        try:
            return getattr(xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor, method)(*arguments)
        finally:
            transport.close()

    def _specify(self, process: Process) -> None:
        file = self._run / "specifications" / f"{process.name}.json"
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(
            json.dumps(
                {
                    "command": process.command,
                    "environment": dict(process.environment),
                    "folder": str(process.folder),
                    "stop_signal": process.stop_signal,
                    "noted_in": str(self._run / "noted" / f"{process.name}.json"),
                    "supervisor_noted_in": str(self._noted),
                }
            )
        )

    def _configuration(self, processes: Sequence[Process]) -> str:
        sections = [
            _section("unix_http_server", file=self._socket, chmod="0700"),
            _section("rpcinterface:supervisor", **{"supervisor.rpcinterface_factory": _RPC}),
            _section(
                "supervisord",
                pidfile=self._run / "supervisord.pid",
                logfile="/dev/null",
                logfile_maxbytes=0,
                childlogdir=self.logs,
                **({"user": "root"} if os.geteuid() == 0 else {}),
            ),
            *(self._program(process) for process in processes),
            *_groups(processes),
        ]
        return "\n".join(sections)

    def _program(self, process: Process) -> str:
        specification = self._run / "specifications" / f"{process.name}.json"
        launch = Path(__file__).with_name("launch.py")
        return _section(
            f"program:{process.name}",
            # -P: the folder of `launch.py` must not hide modules of the standard library.
            command=f'"{sys.executable}" -P "{launch}" "{specification}"',
            autostart="false",
            autorestart="true",
            startsecs=1,
            startretries=5,
            stopsignal=process.stop_signal.removeprefix("SIG"),
            stopwaitsecs=process.stop_seconds,
            killasgroup="true",
            redirect_stderr="true",
            stdout_logfile=self.log_of(process.name),
            stdout_logfile_maxbytes="20MB",
            stdout_logfile_backups=3,
        )


_RPC = "supervisor.rpcinterface:make_main_rpcinterface"


def _section(name: str, **values: object) -> str:
    # The supervisor expands %(…)s in every value.
    lines = (f"{key}={str(value).replace('%', '%%')}" for key, value in values.items())
    return "\n".join([f"[{name}]", *lines, ""])


def _groups(processes: Iterable[Process]) -> list[str]:
    """The groups in the order in which they stop, last first: each one's processes stop at the same time."""
    by_group: dict[str, list[str]] = {}
    for process in processes:
        by_group.setdefault(process.group, []).append(process.name)
    return [
        _section(f"group:{group}", programs=",".join(names), priority=position)
        for position, (group, names) in enumerate(by_group.items(), start=1)
    ]


def _socket_path(run: Path) -> Path:
    path = run / "supervisor.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_AT_MOST:
        return path
    digest = hashlib.sha256(os.fsencode(run)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tandem-{os.getuid()}-{digest}.sock"
