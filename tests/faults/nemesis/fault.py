"""What a fault is: it is inflicted, lasts, and is healed; afterwards everything is as it was, or can become so."""

import asyncio
import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from tests.faults.nemesis.sown import Sown
from tests.faults.platform import ShakenPlatform


@dataclass
class Scene:
    """What a fault may touch, and what it has to tell the checker."""

    platform: ShakenPlatform
    chance: random.Random
    folder: Path
    sown: Sown = field(default_factory=Sown)
    busy: set[str] = field(default_factory=set)
    """Names of processes that a fault of the same volley has chosen."""
    shears: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the one fault that the proxy before Postgres works for."""
    chosen_steps: tuple[str, ...] = ()
    """Numbered steps to make processes die at; none: at all of them."""
    steps: list[str] = field(default_factory=list)
    """Numbered steps at which nobody has been made to die since all others were."""


class Wrong(AssertionError):
    """Not the nemesis stumbled: with nothing else broken the platform did not do what an operator asked of it."""


class Company(StrEnum):
    """With which others a fault can be inflicted at the same time without disturbing them."""

    ALONE = "alone"
    """Concerns everybody."""
    PROCESSES = "processes"
    """Concerns one process; another one may suffer as well."""
    ANY = "any"
    """A moment in one connection, or a record: several in a second are no matter."""


class Fault(ABC):
    """One kind of fault. `inflict` returns once it holds; `heal` returns once nothing of it is left."""

    name: ClassVar[str]
    seconds: ClassVar[tuple[float, float]] = (1.0, 3.0)
    """How long it lasts, at least and at most."""
    weight: ClassVar[int] = 1
    """How often it is chosen relative to others."""
    company: ClassVar[Company] = Company.ALONE

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.platform = scene.platform
        # Of its own: what others draw meanwhile, and in which order, must not change what the seed says.
        self.chance = random.Random(scene.chance.getrandbits(64))
        self.facts: dict[str, Any] = {}
        """For the journal."""

    @property
    def happened(self) -> bool:
        """Whether anything was broken at all: what met nobody does not count."""
        return True

    @classmethod
    def possible(cls, scene: Scene) -> str | None:
        """Why this cannot be done here; None when it can."""
        return None

    @abstractmethod
    async def inflict(self) -> None:
        """Begin."""

    @abstractmethod
    async def heal(self) -> None:
        """End, and wait until everything runs that ran before."""
