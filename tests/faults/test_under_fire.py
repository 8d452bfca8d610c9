"""Two minutes of `make faults`, in every run of the suite: the promise holds, whatever breaks."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.nemesis.catalogue import FAULTS
from tests.faults.platform import ShakenPlatform
from tests.faults.report import summary
from tests.faults.run import Run
from tests.support.servers import KafkaServer, PostgresServer, start_mailbox

SECONDS, SEED, AT_ONCE, KINDS = 120.0, 7, 5, 6


@pytest.mark.timeout(900)
async def test_nothing_is_lost_doubled_or_out_of_order_while_everything_breaks(
    tmp_path: Path, kafka_server: Any, postgres_server: Any
) -> None:
    if not (isinstance(kafka_server, KafkaServer) and isinstance(postgres_server, PostgresServer)):
        pytest.skip("servers in containers are not broken by us")
    mailbox = start_mailbox(tmp_path / "mailbox")
    platform = ShakenPlatform(tmp_path / "platform", kafka_server, postgres_server, mailbox)
    try:
        platform.start()
        result = await Run(platform, SEED, SECONDS, FAULTS, tmp_path, bulk=50, at_once=AT_ONCE).go()
    finally:
        platform.close()
        mailbox.stop()
    assert not result.violations, summary(result)
    told = summary(result)
    assert not result.failed, told
    assert len({fault.name for fault in result.faults}) >= KINDS, told
    assert result.events > 100, told
