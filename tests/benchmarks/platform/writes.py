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

from tests.benchmarks.platform.bare import MODELS, SAME_ROWS, commit
from tests.benchmarks.platform.beside import running
from tests.benchmarks.platform.rounds import Metered, Plan, Step
from tests.benchmarks.platform.stage import DISTRICT, ORGANISATION, POSTAL_CODE, Stage
from tests.benchmarks.platform.wire import Wire, connected, request

CONNECTIONS = 8


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
        empty = stack.enter_context(running(stage, "bare"))
        empty_wires = [await stack.enter_async_context(connected(empty.url)) for _ in range(CONNECTIONS)]

        def over(wire: Wire) -> Step:
            return lambda: wire.send(request_of())

        postgres, here = stage.postgres.pid, os.getpid()
        over_http = Metered([over(wire) for wire in wires], plan.seconds, [api.pid, postgres])
        committed = Metered([partial(commit, statement.fetch) for statement in bare], plan.seconds, [here, postgres])
        over_empty = Metered([over(wire) for wire in empty_wires], plan.seconds, [empty.pid, postgres])
        found = await plan.in_turn({"http": over_http, "bare": committed, "empty": over_empty})
    # Bare events are all of one course; nobody is to read them.
    await stage.forget_events()
    plan.compare("HTTP write", "1/s", found["http"], found["bare"])
    plan.compare("HTTP write of an application that does nothing else", "1/s", found["empty"], found["bare"])
    plan.compare(
        "HTTP write: CPU of process and database", "ms", over_http.milliseconds[1:], committed.milliseconds[1:]
    )


@asynccontextmanager
async def _bare(stage: Stage) -> "AsyncIterator[Any]":
    connection = await asyncpg.connect(stage.database.admin_dsn)
    try:
        await connection.execute(MODELS)
        yield await connection.prepare(SAME_ROWS)
    finally:
        await connection.close()
