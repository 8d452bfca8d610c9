"""One running platform for all system tests: its start costs seconds, and people and offers of each test are new anyway."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.journey.journey import Walked, walk_through
from tests.support.servers import MailboxServer, start_mailbox
from tests.system.platform import RunningPlatform


@pytest.fixture(scope="package")
def mailbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailboxServer]:
    """The mailbox of `make up`."""
    server = start_mailbox(tmp_path_factory.mktemp("mailbox"))
    yield server
    server.stop()


@pytest.fixture(scope="package")
def whole_platform(
    tmp_path_factory: pytest.TempPathFactory, kafka_server: Any, postgres_server: Any, mailbox_server: MailboxServer
) -> Iterator[RunningPlatform]:
    """Every process, ready, with a fresh database and empty topics."""
    running = RunningPlatform(tmp_path_factory.mktemp("platform"), kafka_server, postgres_server, mailbox_server)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="package")
def walked(whole_platform: RunningPlatform) -> Walked:
    """One journey that came to its end, for tests that look at what it left behind."""
    return walk_through(whole_platform.world)


@pytest.fixture
def platform(whole_platform: RunningPlatform) -> RunningPlatform:
    """The platform with every process running, whatever the test before did to them."""
    whole_platform.start_all(whole_platform.processes.values())
    return whole_platform
