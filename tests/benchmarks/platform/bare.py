"""`python -m tests.benchmarks.platform.bare PORT bare|framed`: the same statements and orjson, and nothing else.

`bare`, the baseline of the reads: an ASGI application of three paths on a pool of its own, served as the services are; it
also commits the rows of a write, in one statement. `framed`: the same reads behind FastAPI, which does nothing for them but
route: what is beyond that is ours.
"""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Response

from services.training.store.courses import PUBLISHED
from services.training.store.queries import queries
from shared.postgres.lists import Asked
from shared.runtime.ids import new_id
from shared.runtime.settings import Settings, load

PAGE = 50
WRITING_DSN = "BENCHMARK_WRITING_DSN"
"""The variable with the address under which rows may be written without a service's rights."""
COURSE, ORGANISATION, SESSIONS = (
    statement.sql.replace(f":{name}", "$1")
    for statement, name in (
        (queries.course, "course_id"),
        (queries.organisation, "organisation_id"),
        (queries.sessions_of, "course_ids"),
    )
)


# The rows that one request leaves behind, in one statement: one commit and one round trip.
SAME_ROWS = """
WITH answered AS (
    INSERT INTO training.idempotency_keys (caller, key, fingerprint, subject_id, status, headers, body, created_at)
    SELECT caller, $1, fingerprint, subject_id, status, headers, body, created_at FROM model_answer
), course AS (
    INSERT INTO training.courses (course_id, version, organisation_id, title, grants, district, postal_code, languages,
        places, status, starts_at, ends_at)
    SELECT $2, 1, organisation_id, title, grants, district, postal_code, languages, places, status, starts_at, ends_at
    FROM model_course
), sessions AS (
    INSERT INTO training.sessions (session_id, course_id, starts_at, ends_at)
    VALUES ($3, $2, $5, $6), ($4, $2, $5, $6)
)
INSERT INTO training.outbox (topic, key, headers, value) SELECT topic, $2::text, headers, value FROM model_event
"""
MODELS = """
CREATE TEMP TABLE model_answer AS SELECT * FROM training.idempotency_keys WHERE status IS NOT NULL LIMIT 1;
CREATE TEMP TABLE model_event AS SELECT * FROM training.outbox ORDER BY position LIMIT 1;
CREATE TEMP TABLE model_course AS
SELECT courses.* FROM training.courses JOIN model_event ON courses.course_id = model_event.key::uuid;
"""


async def commit(fetch: Callable[..., Awaitable[Any]]) -> None:
    """All rows of one request, durable."""
    course_id, begins = new_id(), datetime.now(UTC)
    await fetch(str(course_id), course_id, new_id(), new_id(), begins, begins + timedelta(hours=3))


def _encoded(value: Any) -> str:
    return str(value)


async def _nothing(_connection: Any) -> None:
    """Nothing is to be reset: asyncpg's own way is a round trip more per request, which the services do not make."""


async def _with_models(connection: Any) -> None:
    await connection.execute(MODELS)


def _json(shown: Any) -> bytes:
    # Ids from the database are of a subclass of UUID, which orjson does not know.
    return orjson.dumps(shown, default=_encoded)


class Bare:
    """The application."""

    def __init__(self, settings: Settings) -> None:
        self._dsn = settings.postgres_dsn.get_secret_value()
        self._pool: Any = None
        self._writing: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope["path"]
        if path == "/health/ready":
            body = b"{}"
        elif scope["method"] == "POST":
            body = await self._write(receive)
        elif path == "/courses":
            body = await self.page()
        else:
            body = await self.course(UUID(path.rpartition("/")[2]))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await self.open()
            await send({"type": "lifespan.startup.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=10, reset=_nothing)
        self._writing = await asyncpg.create_pool(
            os.environ[WRITING_DSN], min_size=0, max_size=10, init=_with_models, reset=_nothing
        )

    async def close(self) -> None:
        """Hang up."""
        await self._pool.close()
        await self._writing.close()

    async def _write(self, receive: Any) -> bytes:
        while (await receive()).get("more_body"):
            pass
        async with self._writing.acquire() as connection:
            await commit(partial(connection.fetch, SAME_ROWS))
        return b"{}"

    async def course(self, course_id: UUID) -> bytes:
        """One course."""
        async with self._pool.acquire() as connection:
            course = dict(await connection.fetchrow(COURSE, course_id))
            sessions = await connection.fetch(SESSIONS, [course_id])
            await connection.fetchrow(ORGANISATION, course["organisation_id"])
        return _json({**course, "sessions": [dict(session) for session in sessions]})

    async def page(self) -> bytes:
        """The first fifty."""
        given = {"earliest": datetime.now(UTC), "district": None, "grants": None, "organisation_id": None}
        statement, arguments = PUBLISHED.statement(Asked("starts_at", PAGE + 1), given)
        async with self._pool.acquire() as connection:
            courses = await connection.fetch(statement, *arguments)
            sessions: dict[Any, list[Any]] = {row["course_id"]: [] for row in courses}
            for session in await connection.fetch(SESSIONS, list(sessions)):
                sessions[session["course_id"]].append(dict(session))
        items = [{**row, "sessions": sessions[row["course_id"]]} for row in courses[:PAGE]]
        return _json({"items": items, "next": None})


def framed(bare: Bare) -> FastAPI:
    """The reads behind FastAPI."""

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        await bare.open()
        yield
        await bare.close()

    app = FastAPI(openapi_url=None, lifespan=live)

    @app.get("/health/ready")
    async def ready() -> Response:
        return Response(b"{}", media_type="application/json")

    @app.get("/courses")
    async def page() -> Response:
        return Response(await bare.page(), media_type="application/json")

    @app.get("/courses/{course_id}")
    async def course(course_id: UUID) -> Response:
        return Response(await bare.course(course_id), media_type="application/json")

    return app


if __name__ == "__main__":
    port, kind = sys.argv[1:]
    app: Any = Bare(load(Settings))
    app = framed(app) if kind == "framed" else app
    uvicorn.run(app, port=int(port), log_level="critical", access_log=False, server_header=False)
