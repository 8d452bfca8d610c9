"""What matching knows of a volunteer: nothing that says who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.matching.models.places import Point
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart, LegalBasis, SpokenLanguage
from shared.contracts.vocabulary import Travel


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated part of an offer, the end excluded."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DatedShift(Dated):
    """One shift of an offer."""

    shift_id: UUID


@dataclass(frozen=True, slots=True)
class Commitment:
    """A confirmed placement, as times that are taken: the weekly ones of an offer, or `dated` of one shift."""

    offer_id: UUID
    weekly: tuple[WeeklyTime, ...]
    starts_on: date | None
    ends_on: date | None
    dated: Dated | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldClearance:
    """It counts for that organisation, legal basis and kind of activity only (§ 30a(3) BZRG)."""

    organisation_id: UUID
    legal_basis: LegalBasis
    kind_of_activity: str


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
    skills: tuple[str, ...] = ()
    travel: tuple[Travel, ...] = ()
    undertaking_valid: bool = False
    qualifications: frozenset[str] = frozenset()
    """Held, and valid on the day of the question."""
    clearances: frozenset[HeldClearance] = frozenset()
    """Those that count on the day of the question."""
    commitments: tuple[Commitment, ...] = ()
    confirmed_placements: int = 0
    asked_at: tuple[datetime, ...] = ()
    """When they were told of an offer or invited, in the last weeks."""
    declined: Mapping[str, datetime] = field(default_factory=dict)
    """When they last declined to help with a topic."""
