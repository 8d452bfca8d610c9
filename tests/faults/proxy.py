"""A TCP proxy between services and Postgres that can reset a connection in the middle of COMMIT, or of a relay's statement.

    python -m tests.faults.proxy LISTEN TARGET CONTROL

Everything passes through as it is. On the port CONTROL it takes one line at a time and answers each with the number of
connections that it has reset so far:

    before N    the next N connections that say COMMIT are reset before Postgres hears of it: nothing has happened
    after N     … are reset when Postgres has answered, and the answer is kept back: it has happened, and nobody knows
    before-relay N, after-relay N   the same of statements that change the table `relay`: each is a transaction of its own
    pass        nothing is reset any more
    count       go on
    whose       as count, and behind it, in their order, which applications those connections were of
"""

import asyncio
import re
import socket
import struct
import sys
from contextlib import suppress
from typing import cast

COMMIT = b"COMMIT;"
QUERY = b"Q"
PREPARED = re.compile(rb"P....([^\0]+)\0[^\0]*UPDATE relay[^\0]*\0", re.DOTALL)
"""Parse: a statement that changes how far the relay is gets a name, which Bind asks for later."""
APPLICATION = re.compile(rb"application_name\0([^\0]+)\0")
"""In the first message of a connection."""
UNNAMED = "unnamed"
OFTEN_PREPARED = 16
"""Of so many statements a connection's names are kept."""


class Shears:
    """What is to be cut, and what was."""

    def __init__(self) -> None:
        self.left = 0
        self.before = True
        self.of_relay = False
        self.whose: list[str] = []
        """Of which application each connection was that was cut."""

    @property
    def cut(self) -> int:
        return len(self.whose)

    def told(self, line: str) -> int:
        """Do as a line of the control port says; how many were cut so far."""
        word, _, number = line.strip().partition(" ")
        if word in ("count", "whose"):
            return self.cut
        when, _, whose = word.partition("-")
        self.left = int(number) if when in ("before", "after") else 0
        self.before, self.of_relay = when == "before", whose == "relay"
        return self.cut

    def take(self, application: str) -> bool:
        """Whether this connection is one of those to be cut."""
        if self.left == 0:
            return False
        self.left -= 1
        self.whose.append(application)
        return True


class Half(asyncio.Protocol):
    """One side of a connection. `other` writes to whom it is passed on; until then what comes is kept."""

    def __init__(self, shears: Shears, target: int | None) -> None:
        self.shears = shears
        self._target = target
        self.transport: asyncio.Transport | None = None
        self.other: Half | None = None
        self.is_doomed = False
        self.application = UNNAMED
        self._connecting: asyncio.Task[None] | None = None
        self._waiting: list[bytes] = []
        self._of_relay: set[bytes] = set()
        """How the binding of each statement that changes the table `relay` begins, from its name on."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._target is not None:
            self._connecting = asyncio.create_task(self._connect(self._target))

    async def _connect(self, target: int) -> None:
        loop, server = asyncio.get_running_loop(), Half(self.shears, None)
        server.other = self
        assert self.transport is not None
        try:
            await loop.create_connection(lambda: server, "127.0.0.1", target)
        except OSError:
            self.reset()
            return
        if self.transport.is_closing():
            server.reset()
            return
        # A loop may read before it is told to pause: what came meanwhile was kept.
        self.other = server
        for data in self._waiting:
            self.data_received(data)
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        if self._target is not None and self.application == UNNAMED and (named := APPLICATION.search(data)):
            self.application = named[1].decode(errors="replace")
        other = self.other
        if other is None or other.transport is None:
            self._waiting.append(data)
            return
        if self._target is None:
            if other.is_doomed:
                self.cut()
                return
        elif self._is_to_be_cut(data) and self.shears.take(self.application):
            if self.shears.before:
                self.cut()
                return
            self.is_doomed = True
        other.transport.write(data)

    def _is_to_be_cut(self, data: bytes) -> bool:
        """Whether a client says here what the shears wait for."""
        if b"UPDATE relay" in data and len(self._of_relay) < OFTEN_PREPARED:
            # Bind names first the portal, here none, then the statement.
            self._of_relay |= {b"\0" + name + b"\0" for name in PREPARED.findall(data)}
        if not self.shears.left:
            return False
        if self.shears.of_relay:
            return data[:1] == b"B" and any(name in data for name in self._of_relay)
        return data[:1] == QUERY and COMMIT in data

    def cut(self) -> None:
        """Reset both sides."""
        self.reset()
        if self.other is not None:
            self.other.reset()

    def reset(self) -> None:
        """End this side with a RST, as a router that forgets a connection does."""
        if self.transport is None or self.transport.is_closing():
            return
        with suppress(OSError):
            found = self.transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        other = self.other
        if other is not None and other.transport is not None and not other.transport.is_closing():
            other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        other = self.other
        if other is not None and other.transport is not None and not other.transport.is_closing():
            other.transport.resume_reading()


async def serve(listen: int, target: int, control: int) -> None:
    """Until cancelled."""
    shears = Shears()

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            told = [str(shears.told(line.decode())), *(shears.whose if line.strip() == b"whose" else ())]
            writer.write(f"{' '.join(told)}\n".encode())
        writer.close()

    loop = asyncio.get_running_loop()
    passing = await loop.create_server(lambda: Half(shears, target), "127.0.0.1", listen)
    controlled = await asyncio.start_server(obey, "127.0.0.1", control)
    async with passing, controlled:
        await passing.serve_forever()


def main() -> None:
    """Serve on the ports of the command line."""
    listen, target, control = (int(port) for port in sys.argv[1:])
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    asyncio.run(serve(listen, target, control))


if __name__ == "__main__":
    main()
