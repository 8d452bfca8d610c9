"""What the nemesis sowed: poison lies aside and nothing else does, what was buried is unknown, what came late is known."""

from shared.contracts.topics import SERVICES, TOPICS
from tests.faults.nemesis.sown import Sown
from tests.system.platform import RunningPlatform


def wrong_letters(platform: RunningPlatform, sown: Sown) -> list[str]:
    """Dead letters that are not the poison, and poison that is no dead letter of a service that wanted it."""
    found: list[str] = []
    poison = set(sown.poison)
    lying: set[tuple[str, int, int]] = set()
    for service in SERVICES:
        for row in platform.rows(f'SELECT consumer, topic, partition, "offset", reason FROM {service}.dead_letters'):
            at = (row["topic"], row["partition"], row["offset"])
            lying.add(at)
            if at not in poison:
                found.append(f"{row['consumer']} set aside {at}, which was no poison: {row['reason']}")
    found += [f"poison at {at} was set aside by nobody" for at in sorted(poison - lying)]
    return found


def wrong_places(platform: RunningPlatform, sown: Sown) -> list[str]:
    """Where a buried place is known, or one whose event came late is not."""
    known = {row["postal_code"] for row in platform.rows("SELECT postal_code FROM matching.places")}
    assert "matching" in TOPICS["registry.places"].allowed_readers
    return [f"matching knows {code}, which was buried" for code in sown.buried if code in known] + [
        f"matching does not know {code}, which was committed late" for code in sown.late if code not in known
    ]
