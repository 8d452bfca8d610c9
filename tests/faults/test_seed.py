"""What the seed says is broken, whoever else draws by chance meanwhile."""

import random
from itertools import islice
from pathlib import Path
from typing import Any, cast

from tests.faults.nemesis.catalogue import volleys
from tests.faults.nemesis.fault import Scene
from tests.faults.nemesis.processes import Frozen, Killed, KilledAtAStep
from tests.faults.nemesis.records import Buried, Poison, Repeated

FAULTS = (Killed, KilledAtAStep, Frozen, Buried, Poison, Repeated)


def _broken(draws: int) -> list[list[tuple[str, float]]]:
    """Names and first draws of thirty volleys, each fault of which draws so many times besides."""
    scene = Scene(cast(Any, None), random.Random(7), Path())
    found: list[list[tuple[str, float]]] = []
    for volley in islice(volleys(FAULTS, scene, scene.chance, 5), 30):
        found.append([(fault.name, fault.chance.random()) for fault in volley])
        for fault in volley[:draws]:
            fault.chance.random()
    return found


def test_what_faults_draw_themselves_changes_nothing_of_what_comes_after() -> None:
    assert _broken(0) == _broken(3)
