"""A client that does not give up: whatever is killed, it asks again until it knows what became of its command."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.journey.people import Person
from deploy.local.journey.world import World

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5
AWAY = (502, 503)


class GaveUp(Exception):
    """Nothing was answered for too long."""


@dataclass(frozen=True)
class Answer:
    """What was answered at last. `asked_again`: an earlier answer may have been lost."""

    status: int
    json: Any
    asked_again: bool

    @property
    def code(self) -> str:
        """The code of a problem, else empty."""
        return str(self.json.get("code", "")) if self.status >= 400 and isinstance(self.json, dict) else ""


class Persistence:
    """HTTP towards all services, for many actors at once."""

    def __init__(
        self, world: World, patience: float, sign_in_again: Callable[[Person], Awaitable[None]] | None = None
    ) -> None:
        """`sign_in_again`: called when a person's token is refused; without it a refusal is an answer."""
        self._world = world
        self._patience = patience
        self._sign_in_again = sign_in_again
        self._client = httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=100))
        self._turn = 0
        self.lost_answers = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def call(
        self,
        who: Person | None,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        version: int | None = None,
        *,
        content: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Call until there is an answer; a POST keeps its Idempotency-Key and so is done once.

        Parameters
        ----------
        content, content_type
            Instead of `body`: bytes as they are.

        Raises
        ------
        GaveUp
            There was none in time.
        """
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        sent: dict[str, Any] = {"json": body}
        if content is not None:
            sent = {"content": content}
            headers["Content-Type"] = content_type
        pause, asked_again = FIRST_PAUSE, False
        deadline = asyncio.get_running_loop().time() + self._patience
        while asyncio.get_running_loop().time() < deadline:
            urls = self._world.urls[service]
            self._turn += 1
            url = urls[self._turn % len(urls)] + path
            if who is not None:
                headers["Authorization"] = f"Bearer {who.token}"
            try:
                response = await self._client.request(method, url, headers=headers, **sent)
            except httpx.TransportError:
                asked_again = True
                self.lost_answers += 1
            else:
                if response.status_code == httpx.codes.UNAUTHORIZED and who is not None and self._sign_in_again:
                    await self._sign_in_again(who)
                elif response.status_code in AWAY:
                    # The connection to the database may have gone between the commit and its confirmation.
                    asked_again = True
                else:
                    return Answer(response.status_code, response.json() if response.content else None, asked_again)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise GaveUp(f"{method} {path} of {service}")

    async def change(
        self, who: Person, service: str, path: str, body: dict[str, Any], version: int
    ) -> dict[str, Any] | None:
        """PATCH what only this actor changes; what it is afterwards, None when it was refused.

        A PATCH has no Idempotency-Key. When an answer was lost and the repetition meets a version that is one higher,
        the first one was done.
        """
        answer = await self.call(who, service, "PATCH", path, body, version)
        if answer.code == "version-mismatch" and answer.asked_again:
            read = await self.call(who, service, "GET", path)
            assert read.status == 200, read
            assert read.json["version"] == version + 1, f"somebody else changed {path}: {read.json}"
            assert {name: read.json[name] for name in body} == body
            return dict(read.json)
        if answer.status == 200:
            return dict(answer.json)
        assert answer.status == 409, f"PATCH {path}: {answer}"
        return None
