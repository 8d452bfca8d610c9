"""Limits hold over all processes, end with their window, and remember nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from fastapi import APIRouter, Response

from shared.access.callers import Caller
from shared.http.commands import AnonymousCommand
from shared.http.pruning import prune_rate_limits
from shared.http.rate_limits import Limit, RateLimits
from shared.http.settings import HttpSettings, RateLimitSetting
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from shared.runtime.errors import Reason, Refusal
from shared.telemetry.metrics import Metrics
from tests.integration.access.conftest import Connect

Count = Callable[[str], Awaitable[int]]
SIGN_IN = Limit("sign-in-mail", 5, 3600)
MAIL = "oksana@beispiel.example"


def limits(database: Database, **overrides: RateLimitSetting) -> RateLimits:
    """One process; two of them share nothing but the database."""
    return RateLimits(database, HttpSettings(rate_limits=overrides), Metrics())


async def taken(limit: RateLimits, subject: str = MAIL, which: Limit = SIGN_IN) -> bool:
    try:
        await limit.take(which, subject)
    except Refusal as refusal:
        assert (refusal.reason, refusal.code) == (Reason.TOO_MANY, "too-many-requests")
        assert 1 <= refusal.details["retry_after_seconds"] <= which.seconds
        return False
    return True


async def test_two_processes_share_a_limit(database: Database) -> None:
    processes = (limits(database), limits(database))
    outcomes = await asyncio.gather(*(taken(processes[number % 2]) for number in range(20)))
    assert outcomes.count(True) == 5


async def test_subjects_and_limits_do_not_mix_and_case_does_not_matter(database: Database) -> None:
    process = limits(database)
    assert [await taken(process) for _ in range(6)] == [True] * 5 + [False]
    assert not await taken(process, MAIL.upper())
    assert await taken(process, "other@beispiel.example")
    assert await taken(process, MAIL, Limit("enrol-mail", 5, 3600))


async def test_the_next_window_begins_anew(database: Database, clock: SettableClock) -> None:
    process = limits(database)
    for _ in range(6):
        await taken(process)
    clock.advance(timedelta(minutes=59, seconds=59))
    assert not await taken(process)
    clock.advance(timedelta(seconds=1))
    assert await taken(process)


async def test_the_operator_decides_how_many(database: Database) -> None:
    process = limits(database, **{"sign-in-mail": RateLimitSetting(count=2, seconds=60)})
    assert [await taken(process) for _ in range(3)] == [True, True, False]


async def test_nothing_tells_whom_it_was_about(database: Database) -> None:
    process = limits(database)
    await taken(process)
    rows = await database.pool.fetch("SELECT * FROM rate_limits")
    assert MAIL not in str(rows)
    assert MAIL.encode() not in rows[0]["subject"]
    assert len(rows[0]["subject"]) == 32


async def test_the_same_person_has_another_hash_on_another_day(database: Database, clock: SettableClock) -> None:
    process = limits(database)
    await taken(process)
    clock.advance(timedelta(days=1))
    await taken(process)
    assert await database.pool.fetchval("SELECT count(DISTINCT subject) FROM rate_limits") == 2


async def test_past_windows_and_keys_are_forgotten(database: Database, clock: SettableClock, count: Count) -> None:
    await taken(limits(database))
    async with database.transaction() as tx:
        assert await prune_rate_limits(tx) == 0
    clock.advance(timedelta(days=3))
    await taken(limits(database))
    async with database.transaction() as tx:
        assert await prune_rate_limits(tx) == 1
    assert await count("rate_limits") == await count("rate_limit_salts") == 1


async def test_an_attempt_counts_even_when_it_is_refused(connect: Connect, count: Count) -> None:
    router = APIRouter()

    async def refuse(tx: Transaction, caller: Caller) -> None:
        raise Refusal(Reason.CONFLICT, "no", de="Nein.", en="No.")

    @router.post("/sign-in")
    async def sign_in(command: AnonymousCommand) -> Response:
        await command.limit(Limit("sign-in-by-client", 2, 60), command.client)
        return await command.run(refuse)

    client = await connect(router)
    answers = [
        await client.post("/sign-in", headers={"Idempotency-Key": f"key-number-{number}"}) for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60


@pytest.mark.parametrize("tables", [("rate_limits", "rate_limit_salts")])
async def test_a_limit_costs_one_row_per_window(database: Database, count: Count, tables: tuple[str, ...]) -> None:
    process = limits(database)
    for _ in range(10):
        await taken(process)
    assert [await count(table) for table in tables] == [1, 1]
