"""Waiting on conditions with a deadline: no test sleeps for a time and hopes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

Answer = TypeVar("Answer")


@overload
async def eventually(
    condition: Callable[[], Awaitable[Answer]], timeout: float = ..., *, every: float = ...
) -> Answer: ...
@overload
async def eventually(condition: Callable[[], Answer], timeout: float = ..., *, every: float = ...) -> Answer: ...
async def eventually(condition: Callable[[], Any], timeout: float = 30.0, *, every: float = 0.02) -> Any:
    """Call `condition` again and again until it answers something true, and return that.

    Parameters
    ----------
    condition
        A function or a coroutine function. An AssertionError that it raises counts as "not yet".
    timeout
        Seconds.
    every
        Seconds between two calls.

    Raises
    ------
    AssertionError
        The condition did not come true in time; says what it answered last.
    """
    deadline = time.monotonic() + timeout
    last: object = None
    while True:
        try:
            answer = condition()
            found = await answer if inspect.isawaitable(answer) else answer
            if found:
                return found
            last = found
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {timeout} s; last: {last!r}")
        await asyncio.sleep(every)


async def never(condition: Callable[[], Any], seconds: float, *, every: float = 0.02) -> None:
    """Watch that `condition` stays false for so many seconds: for what must not happen and has no other sign.

    Raises
    ------
    AssertionError
        It came true.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        found = await answer if inspect.isawaitable(answer) else answer
        if found:
            raise AssertionError(f"came true: {found!r}")
        await asyncio.sleep(every)
