"""The journey of one volunteer through all four services, over HTTP, Kafka and SMTP."""

from contextlib import ExitStack

import pytest

from deploy.local.journey.journey import STEPS, walk_through
from deploy.local.journey.telling import Telling
from deploy.local.journey.walk import Walk
from shared.contracts.topics import SERVICES
from tests.system.faults import away
from tests.system.platform import RunningPlatform
from tests.system.processes import ServiceProcess

AWAY_SECONDS = 10.0
PATIENCE = 60.0
MIDDLE = 5
"""The volunteer registers: from here on every service has something to hear of."""


def _walk_while_away(platform: RunningPlatform, workers: list[ServiceProcess], apart: float = 0) -> Telling:
    """Walk, with workers stopped for ten seconds in the middle."""
    telling = Telling()
    with ExitStack() as trouble:

        def make_trouble(step: int, _: Walk) -> None:
            if step == MIDDLE:
                trouble.enter_context(away(workers, AWAY_SECONDS, apart))

        walk_through(platform.world, telling, PATIENCE, before=make_trouble)
    return telling


def test_the_journey_holds_twice_in_a_row(platform: RunningPlatform) -> None:
    for _ in range(2):
        telling = Telling()
        walk_through(platform.world, telling)
        assert len(telling.steps) == len(STEPS)


def test_the_journey_holds_while_all_workers_stop_for_ten_seconds_one_after_the_other(
    platform: RunningPlatform,
) -> None:
    telling = _walk_while_away(platform, [platform.worker(service) for service in SERVICES], apart=2)
    assert len(telling.steps) == len(STEPS)
    assert max(hop.seconds for hop in telling.hops) > AWAY_SECONDS / 2, "nothing was held up: the trouble came too late"


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_journey_holds_twenty_times_in_a_row(platform: RunningPlatform) -> None:
    for _ in range(20):
        walk_through(platform.world)


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
def test_the_journey_holds_while_one_worker_stops_for_ten_seconds(platform: RunningPlatform, service: str) -> None:
    telling = _walk_while_away(platform, [platform.worker(service)])
    assert len(telling.steps) == len(STEPS)
