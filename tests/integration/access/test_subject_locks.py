"""Commands and the erasure of a person exclude each other within a service, not across services that share a database."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from shared.postgres.subjects import lock_subject, lock_subject_for_erasure
from shared.runtime.clock import SettableClock
from tests.support.platform import PlatformDatabase
from tests.support.waiting import eventually

WAITING = "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(scope="module")
def two_services(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka("matching", "training")


async def test_a_service_waits_for_its_own_commands_and_for_no_other_service(two_services: PlatformDatabase) -> None:
    matching = await two_services.open("matching", SettableClock())
    training = await two_services.open("training", SettableClock())
    person = uuid4()

    async def erase() -> None:
        async with matching.transaction() as tx:
            await lock_subject_for_erasure(tx, person)

    async with matching.transaction() as command:
        await lock_subject(command, person)
        async with asyncio.timeout(10), training.transaction() as elsewhere:
            await lock_subject_for_erasure(elsewhere, person)
        erasing = asyncio.create_task(erase())
        await eventually(lambda: matching.pool.fetchval(WAITING))
        assert not erasing.done()
    await erasing
    await matching.close()
    await training.close()
