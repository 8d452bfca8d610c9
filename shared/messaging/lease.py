"""Who may publish for a schema: one relay, by a lease row with a heartbeat.

A row instead of an advisory lock, because a stopped process keeps an advisory lock for ever. The lease decides who tries;
what keeps a frozen relay that wakes too late from doing harm is Kafka's fencing and the generation in every statement.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from shared.messaging.queries import queries
from shared.postgres.database import Database


class LeaseLost(Exception):
    """Somebody else publishes now."""


@dataclass(frozen=True)
class Lease:
    """A held lease: holder and generation stand in every statement of the relay."""

    holder: UUID
    generation: int


async def acquire(database: Database, holder: UUID, seconds: float) -> Lease | None:
    """The lease, when it is free or over; None while somebody else holds it."""
    async with database.reading() as connection:
        generation = await queries.acquire_lease(connection, holder=holder, seconds=seconds)
    return None if generation is None else Lease(holder, generation)


async def release(database: Database, lease: Lease) -> None:
    """Give the lease back, so that the successor need not wait."""
    async with database.reading() as connection:
        await queries.release_lease(connection, holder=lease.holder, generation=lease.generation)


@asynccontextmanager
async def heartbeat(database: Database, lease: Lease, seconds: float) -> AsyncIterator[asyncio.Task[None]]:
    """Extend the lease three times per lease time; the task ends with LeaseLost when it is lost."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(seconds / 3)
            async with database.reading() as connection:
                held = await queries.extend_lease(
                    connection, holder=lease.holder, generation=lease.generation, seconds=seconds
                )
            if held is None:
                raise LeaseLost

    task = asyncio.create_task(beat())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
