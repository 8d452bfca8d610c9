"""The database of one process: a pool, transactions that carry events, plain reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import orjson
import structlog

from shared.postgres.transaction import Transaction, queries
from shared.postgres.wakeup import Wakeup
from shared.runtime.clock import Clock
from shared.runtime.settings import Settings

log = structlog.get_logger()

AWAY: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Errors that say that the server is away, full or just changing over: wait and retry, nothing is wrong with the data."""

DATABASE_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Whatever a statement may end with."""

CONNECT_SECONDS = 10.0
"""How long a new connection may take."""

_CLOSED = ("is closed", "was closed", "been closed", "is closing", "been released")
"""How asyncpg words that a connection or the pool is gone; its other interface errors are mistakes of ours."""

AGAIN: tuple[type[BaseException], ...] = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.OutdatedSchemaCacheError,
)
"""Errors after which the same transaction, run again, may well succeed."""


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database cannot be reached or used now."""
    if isinstance(error, AWAY):
        return True
    if isinstance(error, asyncpg.InternalClientError):
        # asyncpg's words for a connection whose server said good-bye at the wrong moment ("cannot switch to state …").
        return not isinstance(error, AGAIN)
    if not isinstance(error, asyncpg.InterfaceError):
        return False
    if any(words in str(error) for words in _CLOSED):
        return True
    # Given back in the middle of a COPY, a connection that was cut complains of the operation under way.
    return error.__context__ is not None and is_away(error.__context__)


async def prepare_connection(connection: "asyncpg.Connection[Any]") -> None:
    """Teach a connection our types: jsonb ↔ python values."""
    for name in ("jsonb", "json"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )


async def _leave_as_it_is(_connection: Any) -> None:
    """A connection that is given back needs no query to be reset.

    Nothing here changes a session: settings and advisory locks are of a transaction, and whoever listens stops listening.
    A transaction that was left open is rolled back by the pool all the same.
    """


class Database:
    """One pool. `transaction()` for use cases, `reading()` for reads without events."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", clock: Clock, service: str) -> None:
        self.pool = pool
        self.clock = clock
        self.service = service
        self.wakeup = Wakeup(self._notify)

    @classmethod
    async def connect(cls, settings: Settings, clock: Clock, service: str, *, wait: bool = True) -> "Database":
        """Open the pool; waits, with backoff and a line in the log, while the server is away.

        Parameters
        ----------
        wait
            False: come back at once without a connection; whoever uses the pool waits himself.
        """
        pause = 0.1
        while True:
            try:
                pool = await asyncpg.create_pool(
                    settings.postgres_dsn.get_secret_value(),
                    min_size=1 if wait else 0,
                    max_size=settings.postgres_pool_size,
                    max_inactive_connection_lifetime=60,
                    # A server that accepts and says nothing is away, too.
                    timeout=CONNECT_SECONDS,
                    command_timeout=60,
                    init=prepare_connection,
                    reset=_leave_as_it_is,
                    server_settings={
                        "application_name": f"tandem-{service}",
                        "search_path": service,
                        "idle_in_transaction_session_timeout": "60s",
                        "timezone": "UTC",
                    },
                )
            except AWAY as error:
                log.warning("database-away", error=type(error).__name__, retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                return cls(pool, clock, service)

    async def close(self) -> None:
        """Close the pool; connections in use are ended after a short grace."""
        await self.wakeup.close()
        try:
            await asyncio.wait_for(self.pool.close(), timeout=5)
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """BEGIN … COMMIT, READ COMMITTED. Events are flushed right before the commit, the relay is woken after it."""
        async with self.pool.acquire() as lent:
            connection = cast("asyncpg.Connection[Any]", lent)
            async with connection.transaction():
                tx = Transaction(connection, self.clock.now(), f"urn:tandem:{self.service}")
                yield tx
                published = await tx.flush()
        if published:
            self.wakeup.nudge()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A connection for reads; every statement sees what is committed."""
        async with self.pool.acquire() as lent:
            yield cast("asyncpg.Connection[Any]", lent)

    async def _notify(self) -> None:
        async with self.pool.acquire() as connection:
            await queries.nudge_relay(connection)
