"""Which errors mean that the database is away, and how wake-ups are collected."""

import asyncio

import asyncpg
import pytest

from shared.postgres.database import is_away
from shared.postgres.wakeup import Wakeup
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DiskFullError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_database_that_is_away_or_full_is_waited_for(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError(),
        asyncpg.UndefinedTableError(),
        asyncpg.InsufficientPrivilegeError(),
        asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
        ValueError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_mistake_is_no_database_that_is_away(error: Exception) -> None:
    assert not is_away(error)


def test_a_connection_that_was_cut_in_the_middle_of_a_copy_is_away_whatever_giving_it_back_says() -> None:
    with pytest.raises(asyncpg.InterfaceError) as raised:
        try:
            raise asyncpg.InternalClientError("cannot switch to idle state 5")
        finally:
            raise asyncpg.InterfaceError("cannot perform operation: another operation is in progress")
    assert is_away(raised.value)


async def test_many_nudges_are_passed_on_as_few() -> None:
    passed = 0

    async def pass_on() -> None:
        nonlocal passed
        passed += 1

    wakeup = Wakeup(pass_on)
    for _ in range(100):
        wakeup.nudge()
    await wakeup.close()
    assert passed == 1
    wakeup.nudge()
    await wakeup.close()
    assert passed == 2


async def test_a_nudge_while_one_is_passed_on_is_passed_on_after_it() -> None:
    begun, go_on, passed = asyncio.Event(), asyncio.Event(), 0

    async def pass_on() -> None:
        nonlocal passed
        passed += 1
        begun.set()
        await go_on.wait()

    wakeup = Wakeup(pass_on)
    wakeup.nudge()
    await begun.wait()
    wakeup.nudge()
    go_on.set()
    await wakeup.close()
    assert passed == 2


async def test_a_wakeup_that_is_lost_harms_nobody() -> None:
    tried = 0

    async def pass_on() -> None:
        nonlocal tried
        tried += 1
        raise ConnectionRefusedError

    wakeup = Wakeup(pass_on)
    wakeup.nudge()
    await eventually(lambda: tried == 1)
    await wakeup.close()
    wakeup.nudge()
    await wakeup.close()
    assert tried == 2
