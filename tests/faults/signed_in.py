"""Volunteers stay signed in: their access tokens live for minutes, a run may take hours."""

import asyncio
import time

import httpx

from deploy.local.journey.people import Person
from tests.system.ledger.persistence import Persistence

RENEWED_EVERY = 240.0
AGAIN_AFTER = 1.0
"""Seconds: a process whose clock is off refuses every token until it is healed."""


class SignedIn:
    """Renews the tokens of volunteers, each with their refresh token; staff's last for the run."""

    def __init__(self) -> None:
        self._refresh: dict[str, str] = {}
        self._renewed: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.calls: Persistence | None = None

    def keep(self, *persons: Person) -> None:
        """Look after these from now on: the last secret that each holds is the refresh token."""
        for person in persons:
            self._refresh[person.mail] = person.secrets[-1]
            self._renewed[person.mail] = time.monotonic()
            self._locks[person.mail] = asyncio.Lock()

    def forget(self, person: Person) -> None:
        """Whoever was erased is not signed in any more."""
        self._refresh.pop(person.mail, None)

    async def again(self, person: Person) -> None:
        """A token was refused: renew it, once in a while; it may also be the clock of whoever refused it."""
        renewed = self._renewed.get(person.mail)
        if renewed is None or person.mail not in self._refresh or time.monotonic() - renewed < AGAIN_AFTER:
            await asyncio.sleep(0.1)
            return
        await self._renew(person)

    async def renew_all(self, persons: list[Person]) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(RENEWED_EVERY / 8)
            for person in persons:
                if time.monotonic() - self._renewed[person.mail] > RENEWED_EVERY and person.mail in self._refresh:
                    await self._renew(person)

    async def _renew(self, person: Person) -> None:
        assert self.calls is not None, "nobody to call with"
        async with self._locks[person.mail]:
            token = self._refresh[person.mail]
            answer = await self.calls.call(None, "registry", "POST", "/tokens/refresh", {"refresh_token": token})
            assert answer.status == httpx.codes.OK, f"signed out in the middle: {answer}"
            self._refresh[person.mail] = answer.json["refresh_token"]
            self._renewed[person.mail] = time.monotonic()
            person.holds(answer.json["access_token"])
            person.secrets.append(answer.json["refresh_token"])
