"""Somebody who reads their messages and changes what they are told by mail: the writes that notifications takes."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.local.journey.people import Person
from tests.faults.platform import ShakenPlatform
from tests.system.ledger.persistence import Persistence


@dataclass
class Reader:
    """Marks messages as read, one at a time, and changes their preferences."""

    calls: Persistence
    person: Person
    chance: random.Random
    read: dict[str, int] = field(default_factory=dict)
    """Messages that were acknowledged as read, with their version."""
    preferences: dict[str, Any] | None = None
    """As acknowledged last."""
    acknowledged: int = 0

    async def act_until(self, over: asyncio.Event, every: float) -> None:
        """One command after another until it is over."""
        while not over.is_set():
            await (self._read() if self.chance.random() < 0.5 else self._prefer())
            await asyncio.sleep(self.chance.uniform(0.3, 1.7) * every)

    async def _read(self) -> None:
        unread = await self.calls.call(self.person, "notifications", "GET", "/messages?unread=true&limit=1")
        assert unread.status == httpx.codes.OK, unread
        for message in unread.json["items"]:
            path = f"/messages/{message['message_id']}/read"
            answer = await self.calls.call(self.person, "notifications", "POST", path, version=message["version"])
            assert answer.status == httpx.codes.OK, answer
            self.read[message["message_id"]] = answer.json["version"]
            self.acknowledged += 1

    async def _prefer(self) -> None:
        now = await self.calls.call(self.person, "notifications", "GET", "/preferences")
        assert now.status == httpx.codes.OK, now
        body = {"suggestions_by_mail": not now.json["suggestions_by_mail"]}
        changed = await self.calls.change(self.person, "notifications", "/preferences", body, now.json["version"])
        assert changed is not None
        self.preferences = changed
        self.acknowledged += 1

    def differences(self, platform: ShakenPlatform) -> list[str]:
        """Where the service holds something else than it acknowledged."""
        rows = platform.rows(
            "SELECT message_id::text AS id, version, read_at FROM notifications.messages WHERE message_id = ANY(%s::uuid[])",
            list(self.read),
        )
        held = {row["id"]: row["version"] for row in rows if row["read_at"] is not None}
        found = [
            f"notifications.messages {identifier}: acknowledged as read in version {version}, held {held.get(identifier)}"
            for identifier, version in self.read.items()
            if held.get(identifier) != version
        ]
        if self.preferences is not None:
            kept = platform.rows(
                "SELECT suggestions_by_mail, version FROM notifications.preferences WHERE subject_id = %s",
                self.person.subject_id,
            )
            wanted = {name: self.preferences[name] for name in ("suggestions_by_mail", "version")}
            if kept != [wanted]:
                found.append(f"notifications.preferences: acknowledged {wanted}, held {kept}")
        return found
