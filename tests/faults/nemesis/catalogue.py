"""Every fault there is, and which of them are chosen, one after the other, from one seed."""

import random
from collections.abc import Iterator

from tests.faults.nemesis.brokers import (
    IsrUnderTheMinimum,
    LeadersMoved,
    OneBrokerFrozen,
    OneBrokerKilled,
    OneBrokerStopped,
    TwoBrokersKilled,
)
from tests.faults.nemesis.environment import ClockMoved, KafkaDiskFull, PostgresDiskFull
from tests.faults.nemesis.fault import Company, Fault, Scene
from tests.faults.nemesis.mended import SetAsideAndRedriven
from tests.faults.nemesis.processes import (
    Frozen,
    FrozenAtAStep,
    FrozenPastItsTransaction,
    Killed,
    KilledAtAStep,
    RebalanceStorm,
    RolledOver,
    Slow,
    TwoRelays,
)
from tests.faults.nemesis.records import Buried, Poison, Repeated, ReplayedAndRedriven, Unfit
from tests.faults.nemesis.servers import (
    BrokerKilled,
    BrokerRestarted,
    ConnectionsCut,
    CutAfterARelaysStatement,
    CutAfterCommit,
    CutBeforeARelaysStatement,
    CutBeforeCommit,
    LateCommit,
    PostgresKilled,
)

MANY = 4
"""From so many at a time on a second process suffers besides."""

FAULTS: tuple[type[Fault], ...] = (
    Killed,
    KilledAtAStep,
    Frozen,
    FrozenAtAStep,
    RolledOver,
    TwoRelays,
    RebalanceStorm,
    Slow,
    BrokerRestarted,
    BrokerKilled,
    PostgresKilled,
    ConnectionsCut,
    CutBeforeCommit,
    CutAfterCommit,
    CutBeforeARelaysStatement,
    CutAfterARelaysStatement,
    LateCommit,
    Poison,
    Unfit,
    Repeated,
    Buried,
    ReplayedAndRedriven,
    SetAsideAndRedriven,
    ClockMoved,
    PostgresDiskFull,
    KafkaDiskFull,
    OneBrokerKilled,
    OneBrokerStopped,
    OneBrokerFrozen,
    TwoBrokersKilled,
    IsrUnderTheMinimum,
    LeadersMoved,
)

RARE: tuple[type[Fault], ...] = (FrozenPastItsTransaction,)
"""Inflicted only when they are named: they take more than a minute."""


def named(names: list[str]) -> tuple[type[Fault], ...]:
    """The faults of these names; all but the rare without any.

    Raises
    ------
    ValueError
        There is no fault of that name.
    """
    known = {fault.name: fault for fault in (*FAULTS, *RARE)}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no such fault: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return tuple(known[name] for name in names) or FAULTS


def volleys(
    faults: tuple[type[Fault], ...], scene: Scene, chance: random.Random, at_once: int
) -> Iterator[list[Fault]]:
    """Faults without end (none without kinds), up to `at_once` that do not disturb each other at the same time.

    Each kind once in an order of chance, then again by weight.
    """
    possible = [fault for fault in faults if fault.possible(scene) is None]
    company = [fault for fault in possible if fault.company is Company.ANY]
    beside = [fault for fault in possible if fault.company is Company.PROCESSES]
    for first in _one_after_the_other(possible, chance):
        volley = [first]
        if first.company is not Company.ALONE and at_once > 1:
            if beside and at_once >= MANY:
                volley.append(chance.choices(beside, [each.weight for each in beside])[0])
            while company and len(volley) < at_once:
                volley.append(chance.choices(company, [each.weight for each in company])[0])
        yield [fault(scene) for fault in volley]


def _one_after_the_other(possible: list[type[Fault]], chance: random.Random) -> Iterator[type[Fault]]:
    yield from chance.sample(possible, len(possible))
    while possible:
        yield from chance.choices(possible, [fault.weight for fault in possible])
