"""Faults of what lies around the processes: a wall clock that is an hour off, a disk that is full."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from tests.faults.nemesis.fault import Fault, Scene
from tests.faults.nemesis.processes import OfOne, started

FAKETIME = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
)
SMALL = 4 * 2**30
"""Bytes of a file system that may be filled up: one made for it."""


class ClockMoved(OfOne):
    """The wall clock of one process is an hour ahead or behind, then right again."""

    name = "clock-moved"
    seconds = (2.0, 5.0)

    @classmethod
    def possible(cls, scene: Scene) -> str | None:
        return None if any(path.exists() for path in FAKETIME) else "libfaketime is not installed (Debian: faketime)"

    async def inflict(self) -> None:
        library = next(path for path in FAKETIME if path.exists())
        process = self._one()
        moved = self.chance.choice(("+1h", "-1h"))
        self.facts["moved"] = moved
        self._process, self._before = process, process.process_environment
        await asyncio.to_thread(process.stop)
        # The monotonic clock stays: it is the wall clock that administrators and time servers move.
        process.process_environment = {
            **(self._before or {}),
            "LD_PRELOAD": str(library),
            "FAKETIME": moved,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        await started(process)

    async def heal(self) -> None:
        await asyncio.to_thread(self._process.stop)
        self._process.process_environment = self._before
        await started(self._process)


class _DiskFull(Fault):
    """The file system of a server is filled up to the last byte, then freed; the server is started again if it ended."""

    seconds = (1.0, 3.0)

    @classmethod
    def _folder(cls, scene: Scene) -> Path:
        raise NotImplementedError

    @classmethod
    def possible(cls, scene: Scene) -> str | None:
        status = os.statvfs(cls._folder(scene))
        is_small = status.f_blocks * status.f_frsize <= SMALL
        return None if is_small else "the server's data lie on no small file system of their own"

    async def inflict(self) -> None:
        self._ballast = self._folder(self.scene) / "ballast"
        await asyncio.to_thread(self._fill)

    def _fill(self) -> None:
        """Down to the last page."""
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            size = 0
            for step in (2**26, 2**20, 2**12):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), size, step)
                        size += step
        self.facts["filled_mb"] = size // 2**20

    async def heal(self) -> None:
        await asyncio.to_thread(self._ballast.unlink)


class PostgresDiskFull(_DiskFull):
    """Postgres can write nothing: neither its log nor a row."""

    name = "postgres-disk-full"

    @classmethod
    def _folder(cls, scene: Scene) -> Path:
        return scene.platform.postgres.folder

    async def heal(self) -> None:
        await super().heal()
        if not self.platform.postgres.is_running:
            await asyncio.to_thread(self.platform.postgres.start)


class KafkaDiskFull(_DiskFull):
    """Kafka can append nothing; with its only folder offline it ends."""

    name = "kafka-disk-full"

    @classmethod
    def _folder(cls, scene: Scene) -> Path:
        return scene.platform.kafka.folder

    async def heal(self) -> None:
        await super().heal()
        if not self.platform.kafka.is_running:
            await asyncio.to_thread(self.platform.kafka.start)
