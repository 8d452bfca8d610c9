"""What the nemesis sowed: poison lies aside and nothing else does, what was buried is unknown, what came late is known."""

from collections import defaultdict
from typing import Any, cast

from shared.messaging.consumer import intakes
from shared.telemetry.metrics import Metrics
from tests.faults.checker.log import LogFacts
from tests.faults.checker.read_models import parts_of, projections_of
from tests.faults.nemesis.sown import Sown
from tests.system.platform import RunningPlatform


def wrong_letters(platform: RunningPlatform, sown: Sown) -> list[str]:
    """Dead letters that are not the poison, and poison that is no dead letter of a consumer group that wanted it."""
    found: list[str] = []
    poison = {each.at for each in sown.poison}
    for service, parts in parts_of(platform):
        lying: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
        for row in platform.rows(f'SELECT consumer, topic, partition, "offset", reason FROM {service}.dead_letters'):
            at = (row["topic"], row["partition"], row["offset"])
            lying[row["consumer"]].add(at)
            if at not in poison:
                found.append(f"{row['consumer']} set aside {at}, which was no poison: {row['reason']}")
        nowhere, unused = cast(Any, None), cast(Any, None)
        for intake in intakes(service, nowhere, unused, Metrics(), parts.projections, parts.reactions):
            wanted = {(topic, cls.contract.type) for topic in intake.topics for cls in intake.wanted(topic)}
            projected = {(one.topic, cls.contract.type) for one in intake.projections for cls in one.wanted}
            for each in sown.poison:
                kind = (each.at[0], each.type)
                # Of a major that nobody knows it cannot be said whether somebody wants it: everybody keeps it.
                is_wanted = each.at[0] in intake.topics if each.is_of_unknown_major else kind in wanted
                if each.is_unfit:
                    is_wanted = kind in projected
                if is_wanted and each.at not in lying[intake.consumer]:
                    found.append(f"poison at {each.at} was not set aside by {intake.consumer}")
    return found


def late_ones_left_out(facts: LogFacts, sown: Sown) -> list[str]:
    """Events that were committed late and are not in the log, whether or not a newer one is."""
    return [
        f"version 1 of {code} is missing from registry.places, which was committed late"
        for code in sown.overtaken
        if facts.versions("registry.places", code)[0] != 1
    ]


def wrong_places(platform: RunningPlatform, sown: Sown) -> list[str]:
    """In every read model of places: a buried one that is known, or one that is not, whose event came late."""
    found: list[str] = []
    followed = [each for each in projections_of(platform) if each[1].topic == "registry.places"]
    if not followed:
        found.append("no service follows places any more: the checker must look elsewhere")
    for service, projection in followed:
        rows = platform.rows(f'SELECT "{projection.key}" AS code FROM {service}.{projection.table}')
        known = {row["code"] for row in rows}
        found += [f"{service} knows {code}, which was buried" for code in sown.buried if code in known]
        found += [
            f"{service} does not know {code}, which was committed late" for code in sown.late if code not in known
        ]
    return found
