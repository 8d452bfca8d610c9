"""A client that costs next to nothing, so that the server is what is measured: HTTP/1.1 over connections that stay open."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

IDLE_SECONDS = 2.0
"""A server closes what is idle for five; a request that meets that would be lost."""


class Refused(Exception):
    """An answer that is none of 2xx; what it said."""


class Wire:
    """One connection, one request at a time; made anew when it was not used for long."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname, parts.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def send(self, wanted: bytes) -> bytes:
        """The body of the answer.

        Raises
        ------
        Refused
            It is none of 2xx.
        """
        if self._streams is None or self._streams[0].at_eof() or time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(wanted)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
        body = await reader.readexactly(length) if length else b""
        self._used = time.monotonic()
        if head[9:10] != b"2":
            raise Refused(f"{head.splitlines()[0].decode()} {body[:500].decode()}")
        return body

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Wire]:
    """A connection to where a URL leads."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire; of headers' names `_` is `-`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: benchmark"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
