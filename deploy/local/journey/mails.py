"""Reading mails as a person does: in the mailbox, by address and subject."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.local.journey.people import Person
from deploy.local.journey.telling import Hop, StepFailed, Telling
from deploy.local.journey.waiting import attempts
from deploy.local.journey.world import World


class Mails:
    """The mailbox of one journey's people."""

    def __init__(self, world: World, telling: Telling, correlation_id: str, patience: float) -> None:
        self._client = httpx.Client(base_url=world.mailbox_url, timeout=10)
        self._telling = telling
        self._correlation_id = correlation_id
        self._patience = patience

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def to(self, person: Person) -> list[dict[str, Any]]:
        """What a person has received, newest first."""
        found: list[dict[str, Any]] = self._get("/api/messages", to=person.mail)
        return found

    def wait_for(self, person: Person, subject: str, origin: str, after: int = 0) -> dict[str, Any]:
        """The newest mail to a person whose subject begins so, as soon as it is there; `after` so many others.

        Raises
        ------
        StepFailed
            It did not come in time.
        """
        begun = time.monotonic()
        received: list[str] = []
        for _ in attempts(self._patience):
            messages = self.to(person)
            for message in messages[: len(messages) - after]:
                if message["subject"].startswith(subject):
                    mail: dict[str, Any] = self._get(f"/api/messages/{message['id']}")
                    self._telling.hop(Hop(origin, "mailbox", f"„{message['subject']}“", time.monotonic() - begun))
                    return mail
            received = [message["subject"] for message in messages]
        raise StepFailed(f"a mail „{subject}…“ to {person.mail}", f"only {received}", self._correlation_id)

    def _get(self, path: str, **asked: str) -> Any:
        for _ in attempts(self._patience):
            try:
                return self._client.get(path, params=asked).raise_for_status().json()
            except httpx.TransportError:
                continue
        raise StepFailed(f"the mailbox at {path}", "it does not answer", self._correlation_id)


def link_of(mail: dict[str, Any], path: str) -> str:
    """The link in a mail that leads to `path`."""
    found: str = next(link for link in mail["links"] if urlsplit(link).path == path)
    return found


def token_of(link: str) -> str:
    """The secret in a mailed link."""
    return parse_qs(urlsplit(link).query)["token"][0]
