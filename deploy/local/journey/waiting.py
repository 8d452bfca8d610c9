"""Waiting for what another service is about to learn: asking again soon, then less often, until a deadline."""

import time
from collections.abc import Iterator

FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.25


def attempts(seconds: float) -> Iterator[None]:
    """One turn at once, then one after each pause, until `seconds` are over."""
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        yield
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(pause, left))
        pause = min(pause * 1.3, LONGEST_PAUSE)
