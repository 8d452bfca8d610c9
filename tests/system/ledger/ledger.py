"""What the APIs acknowledged: the last state of every aggregate, and every placement and enrolment there must be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

VOLUNTEER = ("volunteer_id", "version", "reach_km", "wishes")
OFFER = ("offer_id", "version", "title", "places", "urgency", "status")
COURSE = ("course_id", "version", "title", "places", "status")


@dataclass
class Ledger:
    """By id as text."""

    volunteers: dict[str, dict[str, Any]] = field(default_factory=dict)
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    placements: dict[str, dict[str, Any]] = field(default_factory=dict)
    enrolments: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: int = 0
    heard: Callable[[str, dict[str, Any]], None] = lambda what, told: None
    """Told of each acknowledgement at once: what of, and what it said."""

    def volunteer(self, answer: dict[str, Any]) -> None:
        """A volunteer's own data were acknowledged."""
        self._note(self.volunteers, answer, VOLUNTEER)

    def offer(self, answer: dict[str, Any]) -> None:
        """An offer was acknowledged."""
        self._note(self.offers, answer, OFFER)

    def course(self, answer: dict[str, Any]) -> None:
        """A course was acknowledged."""
        self._note(self.courses, answer, COURSE)

    def placement(self, answer: dict[str, Any]) -> None:
        """A placement was acknowledged; its state may change later without its volunteer (the waiting list moves)."""
        self._note(self.placements, answer, ("placement_id", "offer_id", "volunteer_id", "status", "version"))

    def enrolment(self, answer: dict[str, Any]) -> None:
        """An enrolment was acknowledged; the same holds."""
        self._note(self.enrolments, answer, ("enrolment_id", "course_id", "volunteer_id", "status", "version"))

    def _note(self, kept: dict[str, dict[str, Any]], answer: dict[str, Any], fields: tuple[str, ...]) -> None:
        identifier, version = str(answer[fields[0]]), answer["version"]
        before = kept.get(identifier)
        assert before is None or version > before["version"], f"{fields[0]} {identifier} went back: {before} {answer}"
        kept[identifier] = {name: answer[name] for name in fields}
        self.acknowledged += 1
        self.heard(fields[0].removesuffix("_id"), kept[identifier])
