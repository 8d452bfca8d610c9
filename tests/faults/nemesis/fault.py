"""What a fault is: it is inflicted, lasts, and is healed; afterwards everything is as it was, or can become so."""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
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
    offers: list[str] = field(default_factory=list)
    """Offers whose events may be written again."""


class Fault(ABC):
    """One kind of fault. `inflict` returns once it holds; `heal` returns once nothing of it is left."""

    name: ClassVar[str]
    seconds: ClassVar[tuple[float, float]] = (1.0, 3.0)
    """How long it lasts, at least and at most."""
    weight: ClassVar[int] = 1
    """How often it is chosen relative to others."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.platform = scene.platform
        self.chance = scene.chance
        self.facts: dict[str, Any] = {}
        """For the journal."""

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
