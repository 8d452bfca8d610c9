"""`python -m tests.benchmarks.platform.bare PORT`: the same selects and orjson, and nothing else that a service does.

The baseline of the reads: an ASGI application of three paths on a pool of its own, served as the services are.
"""

import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from services.training.store.courses import PUBLISHED
from services.training.store.queries import queries
from shared.postgres.lists import Asked
from shared.runtime.settings import Settings, load

PAGE = 50
COURSE, ORGANISATION, SESSIONS = (
    statement.sql.replace(f":{name}", "$1")
    for statement, name in (
        (queries.course, "course_id"),
        (queries.organisation, "organisation_id"),
        (queries.sessions_of, "course_ids"),
    )
)


def _encoded(value: Any) -> str:
    return str(value)


async def _nothing(_connection: Any) -> None:
    """Nothing is to be reset: asyncpg's own way is a round trip more per request, which the services do not make."""


def _json(shown: Any) -> bytes:
    # Ids from the database are of a subclass of UUID, which orjson does not know.
    return orjson.dumps(shown, default=_encoded)


class Bare:
    """The application."""

    def __init__(self, settings: Settings) -> None:
        self._dsn = settings.postgres_dsn.get_secret_value()
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope["path"]
        if path == "/health/ready":
            body = b"{}"
        elif path == "/courses":
            body = await self._page()
        else:
            body = await self._course(UUID(path.rpartition("/")[2]))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=10, reset=_nothing)
            await send({"type": "lifespan.startup.complete"})
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _course(self, course_id: UUID) -> bytes:
        async with self._pool.acquire() as connection:
            course = dict(await connection.fetchrow(COURSE, course_id))
            sessions = await connection.fetch(SESSIONS, [course_id])
            await connection.fetchrow(ORGANISATION, course["organisation_id"])
        return _json({**course, "sessions": [dict(session) for session in sessions]})

    async def _page(self) -> bytes:
        given = {"earliest": datetime.now(UTC), "district": None, "grants": None, "organisation_id": None}
        statement, arguments = PUBLISHED.statement(Asked("starts_at", PAGE + 1), given)
        async with self._pool.acquire() as connection:
            courses = await connection.fetch(statement, *arguments)
            sessions: dict[Any, list[Any]] = {row["course_id"]: [] for row in courses}
            for session in await connection.fetch(SESSIONS, list(sessions)):
                sessions[session["course_id"]].append(dict(session))
        items = [{**row, "sessions": sessions[row["course_id"]]} for row in courses[:PAGE]]
        return _json({"items": items, "next": None})


if __name__ == "__main__":
    settings = load(Settings)
    uvicorn.run(Bare(settings), port=int(sys.argv[1]), log_level="critical", access_log=False, server_header=False)
