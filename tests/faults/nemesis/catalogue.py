"""Every fault there is, and which of them are chosen, one after the other, from one seed."""

import random
from collections.abc import Iterator

from tests.faults.nemesis.environment import ClockMoved, KafkaDiskFull, PostgresDiskFull
from tests.faults.nemesis.fault import Fault, Scene
from tests.faults.nemesis.processes import (
    Frozen,
    Killed,
    KilledAtAStep,
    RebalanceStorm,
    RolledOver,
    Slow,
    TwoRelays,
)
from tests.faults.nemesis.records import Buried, Poison, Repeated, ReplayedAndRedriven
from tests.faults.nemesis.servers import BrokerKilled, BrokerRestarted, ConnectionsCut, LateCommit, PostgresKilled

FAULTS: tuple[type[Fault], ...] = (
    Killed,
    KilledAtAStep,
    Frozen,
    RolledOver,
    TwoRelays,
    RebalanceStorm,
    Slow,
    BrokerRestarted,
    BrokerKilled,
    PostgresKilled,
    ConnectionsCut,
    LateCommit,
    Poison,
    Repeated,
    Buried,
    ReplayedAndRedriven,
    ClockMoved,
    PostgresDiskFull,
    KafkaDiskFull,
)


def named(names: list[str]) -> tuple[type[Fault], ...]:
    """The faults of these names, all of them without any.

    Raises
    ------
    ValueError
        There is no fault of that name.
    """
    known = {fault.name: fault for fault in FAULTS}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no such fault: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return tuple(known[name] for name in names) or FAULTS


def chosen(faults: tuple[type[Fault], ...], scene: Scene, chance: random.Random) -> Iterator[Fault]:
    """Faults without end (none without kinds): each kind once in an order of chance, then again by weight."""
    possible = [fault for fault in faults if fault.possible(scene) is None]
    for fault in chance.sample(possible, len(possible)):
        yield fault(scene)
    while possible:
        (fault,) = chance.choices(possible, [fault.weight for fault in possible])
        yield fault(scene)
