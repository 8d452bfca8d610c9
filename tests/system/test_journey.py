"""The journey of one volunteer through all four services, over HTTP, Kafka and SMTP."""

from deploy.local.journey.journey import walk_through
from tests.system.platform import RunningPlatform


def test_the_journey_holds_twice_in_a_row(platform: RunningPlatform) -> None:
    for _ in range(2):
        walk_through(platform.world)
