"""Trouble made on purpose: processes that are away for a time while everything else goes on."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from tests.system.processes import ServiceProcess


@contextmanager
def away(processes: Sequence[ServiceProcess], seconds: float, apart: float = 0) -> Iterator[None]:
    """Inside, each process is stopped and comes back after `seconds`, one `apart` after the other.

    On leaving all have come back and are ready.
    """
    never = Event()

    def leave(number: int, process: ServiceProcess) -> None:
        never.wait(number * apart)
        process.stop()
        never.wait(seconds)
        process.start()

    with ThreadPoolExecutor(max_workers=len(processes)) as pool:
        leaving = [pool.submit(leave, number, process) for number, process in enumerate(processes)]
        yield
        for each in leaving:
            each.result()
