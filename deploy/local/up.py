"""`make up`: start everything, say where to look, and stop everything at Ctrl-C.

With DETACH=1 it returns when everything is ready; `make down` then stops it.
"""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from rich.console import Console

from deploy.local.installation import Installation, described_by, remember
from deploy.local.problems import AlreadyRunning, StartProblem
from deploy.local.progress import Steps
from deploy.local.start import Start
from deploy.local.supervision import Supervision
from shared.contracts.topics import SERVICES

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(Exception):
    """Somebody asked us to stop."""


class Stopped(Exception):
    """Everything is stopped already."""


def main() -> None:
    """Start the platform that the environment describes."""
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--detach", action="store_true", help="return when everything is ready")
    arguments = parser.parse_args()
    console = Console()
    try:
        installation = described_by()
        _start_alone(installation, console)
        _say_where_to_look(console, installation, arguments.detach)
        if not arguments.detach:
            _stay(installation.supervision, console)
    except AlreadyRunning as running:
        console.print(str(running), markup=False, highlight=False, soft_wrap=True)
    except StartProblem as problem:
        sys.stdout.flush()
        sys.exit(f"make up: {problem}")
    except Stop:
        with installation.supervision.exclusively():
            _stop(installation.supervision, console)
        console.print("Stopped.")
    except Stopped:
        console.print("Stopped.")


def _start_alone(installation: Installation, console: Console) -> None:
    """Start, while no other process starts or stops anything in this folder."""
    supervision = installation.supervision
    if supervision.starter is not None:
        raise AlreadyRunning("Another 'make up' is starting it right now. To stop it: make down")
    with supervision.exclusively(), supervision.as_starter():
        try:
            _start(installation, console)
        except Stop:
            _stop(supervision, console)
            raise Stopped from None


def _start(installation: Installation, console: Console) -> None:
    supervision = installation.supervision
    if supervision.is_half_started:
        console.print("An earlier start was killed before its end; starting over.")
        supervision.stop()
    if supervision.supervisor is not None:
        raise AlreadyRunning("It is running already. To look: make status, make logs. To stop it: make down")
    if cleaned := supervision.clean_up():
        console.print(cleaned, soft_wrap=True)
    with Steps(console) as steps:
        start = Start(installation, steps)
        _stop_at_signals(start)
        remember(installation.home)
        try:
            start.run()
        except StartProblem as problem:
            if start.was_interrupted:
                raise Stop from problem
            if supervision.supervisor is not None:
                steps.say("Stopping what was started …")
            supervision.stop()
            raise
        except Stop:
            raise
        except BaseException:
            # Whatever it was (a reader of our output who left, for one): nothing is left half started.
            supervision.stop()
            raise


def _stop_at_signals(start: Start) -> None:
    """From now on a signal raises `Stop`, once: a second Ctrl-C must not leave half of it running."""

    def stop(_: int, __: FrameType | None) -> None:
        _ignore_signals()
        start.interrupt(asked=True)
        raise Stop

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


def _ignore_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(supervision: Supervision, console: Console) -> None:
    _ignore_signals()
    console.print("\nStopping …")
    supervision.stop()


def _stay(supervision: Supervision, console: Console) -> None:
    """Until `Stop`, or until `make down` was called elsewhere: tell when a process ends and is started again."""
    known = {name: info["pid"] for name, info in supervision.states().items()}
    while supervision.supervisor is not None:
        time.sleep(1)
        for name, info in supervision.states().items():
            if info["statename"] == "FATAL" and known.get(name) is not None:
                console.print(f"{name} does not stay up; why: {supervision.log_of(name)}", soft_wrap=True)
                known[name] = None
            elif info["statename"] == "RUNNING" and known.get(name) != info["pid"]:
                console.print(f"{name} had ended and was started again.")
                known[name] = info["pid"]
    with supervision.exclusively():
        supervision.clean_up()
    raise Stopped


def _say_where_to_look(console: Console, installation: Installation, detached: bool) -> None:
    ports = installation.ports
    lines = ["", "The platform is running.", "", "  API documentation"]
    lines += [f"    {service:<14} {ports.url(service)}/docs" for service in SERVICES]
    if installation.mailbox_url:
        lines += ["", f"  Mailbox          {installation.mailbox_url}/"]
    lines += [
        "",
        *_next_commands(installation),
        "  Look             make status · make logs · make logs SERVICE=matching",
        f"  Stop             {'make down' if detached else 'Ctrl-C, or make down'}"
        f" (data stays in {os.path.relpath(installation.home)})",
        "",
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _next_commands(installation: Installation) -> list[str]:
    if installation.mailbox_url is None:
        # Demo people become members by mailed invitations, and nobody reads those that a real server takes.
        return ["  Sign in as staff make token ROLE=state_admin"]
    return [
        "  Next             make demo",
        "  Sign in as staff make token ROLE=coordinator DISTRICT=03351",
    ]


if __name__ == "__main__":
    main()
