"""A command of a service with the settings of the platform that runs here (`make run`).

`make up` gives every process its settings and leaves none of them in the shell; here a command gets the same ones, and
the owner's connection string besides, which `migrate` and `replay` need.

    python -m deploy.local.run --service registry --command "verify-audit"
"""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.folders import REPOSITORY, TANDEM
from deploy.local.installation import Installation, running
from deploy.local.processes import COMMANDS
from shared.contracts.topics import SERVICES

EXAMPLE = 'make run SERVICE=registry CMD="verify-audit"'


class NotToBeRun(Exception):
    """No such service, or nothing to run."""


@dataclass(frozen=True)
class Call:
    """What the command is replaced by."""

    arguments: list[str]
    environment: Mapping[str, str]


def call(installation: Installation, service: str, command: str) -> Call:
    """The program, its arguments and its environment.

    Raises
    ------
    NotToBeRun
        The message says what to write instead.
    """
    if service not in SERVICES:
        raise NotToBeRun(f"Say which service: {EXAMPLE}\n  services  {', '.join(SERVICES)}")
    try:
        words = shlex.split(command) or ["--help"]
    except ValueError as error:
        raise NotToBeRun(f"CMD cannot be read ({error}); put it in single quotes: CMD='…'") from None
    if words[0] in COMMANDS:
        raise NotToBeRun(f"{words[0]} runs already: make status, make logs SERVICE={service}")
    arguments = [sys.executable, "-m", f"services.{service}", *words]
    return Call(arguments, installation.platform.environment(service, words[0]))


def main() -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="make run", description="A command of a service on the running platform.")
    parser.add_argument("--service", default="", help=f"one of {', '.join(SERVICES)}")
    parser.add_argument("--command", default="", help="the command with its arguments; empty: what there is")
    parser.add_argument("--home", type=Path, default=TANDEM, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    installation = running(arguments.home)
    if installation is None:
        sys.exit("Not running. To start it: make up")
    try:
        made = call(installation, arguments.service, arguments.command)
    except NotToBeRun as problem:
        sys.exit(str(problem))
    os.chdir(REPOSITORY)
    os.execve(made.arguments[0], made.arguments, dict(made.environment))


if __name__ == "__main__":
    main()
