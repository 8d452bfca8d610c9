"""`make demo`: the journey through the running platform, told step by step. Exit status 0 only if every step held."""

import os
import sys

import httpx
from rich.console import Console

from deploy.local.installation import Installation, described_by, running
from deploy.local.journey.journey import walk_through
from deploy.local.journey.telling import ConsoleTelling, StepFailed
from deploy.local.journey.world import World
from deploy.local.problems import StartProblem
from deploy.local.token import issue
from shared.contracts.topics import SERVICES


def world_of(installation: Installation, mailbox_url: str) -> World:
    """An installation as a person sees it."""
    return World(
        urls={service: [installation.ports.url(service)] for service in SERVICES},
        mailbox_url=mailbox_url,
        staff_token=lambda subject: issue(installation.credentials, subject),
    )


def main() -> None:
    """Walk the journey once."""
    console = Console(highlight=False)
    try:
        installation = running() or described_by(os.environ)
    except StartProblem as problem:
        sys.exit(str(problem))
    if installation.mailbox_url is None:
        sys.exit("The journey reads its mails in the local mailbox; TANDEM_SMTP_URL names another mail server.")
    if not _runs(installation):
        sys.exit("The platform does not run, or not all of it. To start it: make up. To look: make status")
    telling = ConsoleTelling(console)
    try:
        walked = walk_through(world_of(installation, installation.mailbox_url), telling)
    except StepFailed as failure:
        console.print(f"\n[bold red]Step {len(telling.steps)} failed: {telling.steps[-1]}[/bold red]")
        console.print(f"  expected {failure.expected}", markup=False, soft_wrap=True)
        console.print(f"  got      {failure.got}", markup=False, soft_wrap=True)
        console.print(f"  To see it in every service: make logs CORRELATION={failure.correlation_id}", soft_wrap=True)
        sys.exit(1)
    slowest = max(telling.hops, key=lambda hop: hop.seconds)
    console.print(
        f"\n[bold green]Every step held.[/bold green] {walked.seconds:.1f} s,"
        f" {len(telling.hops)} hops between services, the longest {slowest.seconds * 1000:.0f} ms"
        f" ({slowest.origin} → {slowest.target}).",
        soft_wrap=True,
    )
    console.print(
        f"  The same in the logs of every service: make logs CORRELATION={walked.correlation_id}", soft_wrap=True
    )
    console.print(f"  The mails: {installation.mailbox_url}/", soft_wrap=True)


def _runs(installation: Installation) -> bool:
    urls = [installation.ports.url(service, kind) for service in SERVICES for kind in ("api", "worker")]
    try:
        return all(httpx.get(f"{url}/health/ready", timeout=5).is_success for url in urls)
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
