"""The sample service on a fresh database per module."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from tests.support.platform import PlatformDatabase
from tests.support.sample.app import MIGRATIONS
from tests.support.sample.running import Sample


@pytest_asyncio.fixture(scope="module")
async def sample(platform_database: Callable[..., PlatformDatabase]) -> AsyncIterator[Sample]:
    """The sample, beside the Kafka of this run."""
    opened = Sample(platform_database(matching=MIGRATIONS))
    yield opened
    await opened.close()
