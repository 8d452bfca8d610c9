"""What matching knows of a volunteer: nothing that says who it is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.matching.models.places import Point
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart, SpokenLanguage


@dataclass(frozen=True, slots=True)
class Commitment:
    """A confirmed placement, as times that are taken."""

    offer_id: UUID
    weekly: tuple[WeeklyTime, ...]
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A volunteer with everything that a decision about an offer looks at.

    `reach_km`: how far they go from home; `age_reached`: 14, 16, 18, or None when not told; `confirmed_placements`: how
    many they had or have; `waiting_since`: their last confirmation, or their registration.
    """

    volunteer_id: UUID
    languages: tuple[SpokenLanguage, ...]
    wishes: tuple[str, ...]
    availability: tuple[AvailablePart, ...]
    absences: tuple[Absence, ...]
    reach_km: int
    postal_code: str
    district: str
    age_reached: int | None
    paused: bool
    waiting_since: datetime
    point: Point | None = None
    qualifications: frozenset[str] = frozenset()
    """Held, and valid on the day of the question."""
    commitments: tuple[Commitment, ...] = ()
    confirmed_placements: int = 0
