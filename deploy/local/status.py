"""`make status`: every process with its ports and health. Exit status 0 only when all of them are well."""

import sys
import time
from datetime import timedelta

import httpx
from rich.console import Console
from rich.table import Table

from deploy.local import processes
from deploy.local.installation import Installation, running


def main() -> None:
    """Print the table."""
    installation = running()
    states = installation.supervision.states() if installation is not None else {}
    if installation is None or not states:
        print("Not running. To start it: make up")
        sys.exit(1)
    listening = _listening(installation)
    table = Table("process", "state", "pid", "up for", "port", "health")
    all_well = True
    for name, info in states.items():
        port, health_url = listening.get(name, (0, None))
        health = _health(health_url)
        is_well = info["statename"] == "RUNNING" and health in ("ready", "")
        all_well &= is_well
        up_for = str(timedelta(seconds=int(time.time()) - info["start"])) if info["pid"] else ""
        colour = "green" if is_well else "red"
        state = f"[{colour}]{info['statename'].lower()}[/{colour}]"
        table.add_row(name, state, str(info["pid"] or ""), up_for, str(port or ""), health)
    Console().print(table)
    sys.exit(0 if all_well else 1)


def _listening(installation: Installation) -> dict[str, tuple[int, str | None]]:
    """Port and health URL of every process, by name."""
    ports = installation.ports
    of_services = {p.name: (p.port, p.health_url) for p in processes.services(installation.platform)}
    mailbox = processes.mailbox(ports, installation.home / "mailbox")
    servers: dict[str, tuple[int, str | None]] = {
        "postgres": (ports.postgres, None),
        "kafka": (ports.kafka.client, None),
        "mailbox": (mailbox.port, mailbox.health_url),
    }
    return servers | of_services


def _health(url: str | None) -> str:
    if url is None:
        return ""
    try:
        answer = httpx.get(url, timeout=3)
    except httpx.TransportError as error:
        return f"no answer ({type(error).__name__})"
    return "ready" if answer.is_success else f"not ready ({answer.status_code})"


if __name__ == "__main__":
    main()
