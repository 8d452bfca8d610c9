"""Shifts: dated or recurring parts of an offer, each with places of its own."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ShiftStatus(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Shift:
    """A dated part of an offer. `places_taken`, `waiting`, `last_queue_number` as of an offer, for the shift alone.

    `local_start` (`2026-03-29T02:30`, wall time in Europe/Berlin) is what its series' rule gave: it tells the shift apart
    from the others of the series and stays when the shift is moved. `staffed`: confirmed or active placements.
    `now_overlapping`: when it was just moved, the agreed placements that meet another one of the same person since.
    """

    shift_id: UUID
    version: int
    offer_id: UUID
    organisation_id: UUID
    series_id: UUID | None
    local_start: str
    starts_at: datetime
    ends_at: datetime
    places: int
    minimum_staffing: int
    status: ShiftStatus = ShiftStatus.PLANNED
    places_taken: int = 0
    waiting: int = 0
    last_queue_number: int = 0
    staffed: int = 0
    note: str = ""
    moved_from: datetime | None = None
    now_overlapping: tuple[UUID, ...] = ()

    @property
    def places_free(self) -> int:
        return self.places - self.places_taken

    @property
    def is_cancelled(self) -> bool:
        return self.status is ShiftStatus.CANCELLED

    @property
    def lacking(self) -> int:
        """How many people are missing of those that it takes."""
        return max(0, self.minimum_staffing - self.staffed)


@dataclass(frozen=True, slots=True)
class Series:
    """When shifts of an offer recur: an iCalendar RRULE in wall time. An end that is not later is on the next day.

    `now_overlapping`: as of a shift that was moved, when the series was just changed.
    """

    series_id: UUID
    version: int
    offer_id: UUID
    rule: str
    starts_on: date
    start_time: str
    end_time: str
    except_on: tuple[date, ...]
    places: int
    minimum_staffing: int
    generated_until: date
    is_over: bool = False
    last_day: date | None = None
    now_overlapping: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that is to be made."""

    shift_id: UUID
    local_start: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Followed:
    """What a shift becomes when its series is changed. `is_told`: whoever has a placement is told of its new time."""

    shift_id: UUID
    local_start: str
    starts_at: datetime
    ends_at: datetime
    places: int
    minimum_staffing: int
    is_told: bool = False
