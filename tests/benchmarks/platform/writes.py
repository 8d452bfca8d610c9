"""A course is published over HTTP, against the bare commit of the same rows."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

from shared.runtime.ids import new_id
from tests.benchmarks.platform.rounds import Metered, Plan, Step
from tests.benchmarks.platform.stage import DISTRICT, ORGANISATION, POSTAL_CODE, Stage
from tests.benchmarks.platform.wire import Wire, connected, request

CONNECTIONS = 8

# The rows that one request leaves behind, in one statement: one commit and one round trip.
_SAME_ROWS = """
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
_MODELS = """
CREATE TEMP TABLE model_answer AS SELECT * FROM training.idempotency_keys WHERE status IS NOT NULL LIMIT 1;
CREATE TEMP TABLE model_event AS SELECT * FROM training.outbox ORDER BY position LIMIT 1;
CREATE TEMP TABLE model_course AS
SELECT courses.* FROM training.courses JOIN model_event ON courses.course_id = model_event.key::uuid;
"""


def course_body(number: int) -> bytes:
    """What a trainer sends: two sessions, some day after a hundred days."""
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=100, minutes=number % 100_000)
    sessions = [
        {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=3)).isoformat()}
        for at in (begins, begins + timedelta(days=7))
    ]
    return orjson.dumps(
        {
            "organisation_id": str(ORGANISATION),
            "title": f"Kurs {number}",
            "grants": "basic",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "languages": ["de"],
            "places": 20,
            "sessions": sessions,
        }
    )


def publishing(stage: Stage) -> Callable[[], bytes]:
    """Makes requests that publish a course, each with a key of its own."""
    authorisation, numbers = f"Bearer {stage.trainer_token()}", count()

    def made() -> bytes:
        body = course_body(next(numbers))
        return request("POST", "/courses", body, Authorization=authorisation, Idempotency_Key=str(uuid4()))

    return made


async def measure(stage: Stage, plan: Plan) -> None:
    """Commits per second: over HTTP with one process, and bare."""
    (api,) = stage.started("training-api-1")
    request_of = publishing(stage)
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(connected(api.url)) for _ in range(CONNECTIONS)]
        await wires[0].send(request_of())
        bare = [await stack.enter_async_context(_bare(stage)) for _ in range(CONNECTIONS)]

        def over(wire: Wire) -> Step:
            return lambda: wire.send(request_of())

        postgres, here = stage.postgres.pid, os.getpid()
        over_http = Metered([over(wire) for wire in wires], plan.seconds, [api.pid, postgres])
        committed = Metered([partial(_commit, statement) for statement in bare], plan.seconds, [here, postgres])
        found = await plan.in_turn({"http": over_http, "bare": committed})
    # Bare events are all of one course; nobody is to read them.
    await stage.forget_events()
    plan.compare("HTTP write", "1/s", found["http"], found["bare"])
    plan.compare(
        "HTTP write: CPU of process and database", "ms", over_http.milliseconds[1:], committed.milliseconds[1:]
    )


@asynccontextmanager
async def _bare(stage: Stage) -> "AsyncIterator[Any]":
    connection = await asyncpg.connect(stage.database.admin_dsn)
    try:
        await connection.execute(_MODELS)
        yield await connection.prepare(_SAME_ROWS)
    finally:
        await connection.close()


async def _commit(statement: Any) -> None:
    course_id, begins = new_id(), datetime.now(UTC)
    await statement.fetch(str(course_id), course_id, new_id(), new_id(), begins, begins + timedelta(hours=3))
