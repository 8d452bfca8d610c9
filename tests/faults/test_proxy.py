"""The proxy before Postgres: it changes nothing, and cuts exactly where it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.faults.proxy import Half, Shears

COMMIT = b"Q\0\0\0\x0cCOMMIT;\0"


class Server:
    """Answers everything with what it got, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1000):
                self.heard += data
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def through() -> AsyncIterator[tuple[Server, Shears, int]]:
    """A server, the shears of a proxy before it, and the proxy's port."""
    server, shears = Server(), Shears()
    behind = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    target = behind.sockets[0].getsockname()[1]
    proxy = await asyncio.get_running_loop().create_server(lambda: Half(shears, target), "127.0.0.1", 0)
    async with behind, proxy:
        yield server, shears, proxy.sockets[0].getsockname()[1]


async def _say(port: int, *words: bytes) -> bytes:
    """What is answered until all is said or the connection is gone."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = b""
    try:
        for word in words:
            writer.write(word)
            answered += await reader.readexactly(len(word))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
    return answered


async def test_everything_passes_as_it_is(through: tuple[Server, Shears, int]) -> None:
    server, shears, port = through
    large = bytes(range(256)) * 20_000
    assert await _say(port, b"hello", COMMIT, large) == b"hello" + COMMIT + large
    assert server.heard == b"hello" + COMMIT + large
    assert shears.cut == 0


async def test_cut_before_the_server_hears_of_the_commit(through: tuple[Server, Shears, int]) -> None:
    server, shears, port = through
    shears.told("before 1")
    assert await _say(port, b"INSERT", COMMIT) == b"INSERT"
    assert server.heard == b"INSERT"
    assert shears.cut == 1


async def test_cut_after_the_server_has_answered(through: tuple[Server, Shears, int]) -> None:
    server, shears, port = through
    shears.told("after 1")
    assert await _say(port, b"INSERT", COMMIT) == b"INSERT"
    assert server.heard == b"INSERT" + COMMIT
    assert shears.cut == 1


async def test_so_many_are_cut_and_no_more(through: tuple[Server, Shears, int]) -> None:
    _, shears, port = through
    shears.told("before 2")
    answers = [await _say(port, COMMIT) for _ in range(3)]
    assert answers == [b"", b"", COMMIT]
    assert shears.told("count") == 2


async def test_statements_of_the_relay_are_cut_by_the_name_that_they_were_given(
    through: tuple[Server, Shears, int],
) -> None:
    server, shears, port = through
    parse, other = (b"P\0\0\0\x50%s\0WITH x AS (SELECT) %s\0\0\0S\0\0\0\x04" % each for each in (
        (b"one", b"UPDATE relay SET batch"), (b"two", b"UPDATE offers SET")
    ))  # fmt: skip
    ours, theirs = (b"B\0\0\0\x20\0%s\0\0\0S\0\0\0\x04" % name for name in (b"one", b"two"))
    shears.told("before-relay 1")
    assert await _say(port, parse, other, theirs, COMMIT, ours) == parse + other + theirs + COMMIT
    assert server.heard == parse + other + theirs + COMMIT
    shears.told("after-relay 1")
    assert await _say(port, parse, ours) == parse
    assert server.heard.endswith(parse + ours)
    assert shears.cut == 2


async def test_a_server_that_is_away_ends_the_connection(through: tuple[Server, Shears, int]) -> None:
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        nobody = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
        target = nobody.sockets[0].getsockname()[1]
        nobody.close()
        await nobody.wait_closed()
        proxy = await asyncio.get_running_loop().create_server(lambda: Half(Shears(), target), "127.0.0.1", 0)
        async with proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.sockets[0].getsockname()[1])
            writer.write(b"hello")
            await reader.readexactly(1)
