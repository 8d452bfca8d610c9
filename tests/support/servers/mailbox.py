"""The mailbox of `make up`, for tests: a real SMTP server whose mails a test can read."""

import sys
from pathlib import Path
from typing import Any

import httpx

from deploy.local.folders import REPOSITORY
from tests.support.servers.ports import free_port
from tests.support.servers.process import Server


class MailboxServer(Server):
    """A running mailbox."""

    def __init__(self, folder: Path, web_port: int, smtp_port: int) -> None:
        ports = [f"--web-port={web_port}", f"--smtp-port={smtp_port}"]
        command = [sys.executable, "-m", "deploy.local.mailbox", f"--folder={folder / 'mails'}", *ports]
        super().__init__(command, folder, web_port)
        self.working_folder = REPOSITORY
        self.web_url = f"http://127.0.0.1:{web_port}"
        self.smtp_url = f"smtp://127.0.0.1:{smtp_port}"

    def messages(self, to: str = "", after: str = "") -> list[dict[str, Any]]:
        """What was received, newest first: id, received_at, from, to, subject."""
        found: list[dict[str, Any]] = self._get("/api/messages", to=to, after=after)
        return found

    def message(self, identifier: str) -> dict[str, Any]:
        """One mail, with text, html, links and source besides."""
        found: dict[str, Any] = self._get(f"/api/messages/{identifier}")
        return found

    def delete_all(self) -> None:
        """Delete every mail."""
        httpx.delete(f"{self.web_url}/api/messages").raise_for_status()

    def _get(self, path: str, **asked: str) -> Any:
        return httpx.get(self.web_url + path, params=asked).raise_for_status().json()

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.web_url}/health/ready").is_success
        except httpx.TransportError:
            return False


def start_mailbox(folder: Path) -> MailboxServer:
    """Start a mailbox that keeps its mails in `folder`, on free ports; returns when it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    server = MailboxServer(folder, free_port(), free_port())
    server.start()
    return server
