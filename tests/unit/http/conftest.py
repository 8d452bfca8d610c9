"""A client of the small application."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.http.application import application, client_of


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application()) as connected:
        yield connected
