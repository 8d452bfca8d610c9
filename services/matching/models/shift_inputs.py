"""What a coordinator sends to plan, move and cancel shifts."""

from typing import Annotated

from pydantic import Field

from shared.contracts.vocabulary import LocalTime
from shared.http.models import Day, RequestModel

ShiftPlaces = Annotated[int, Field(ge=1, le=1000)]
Staffing = Annotated[int, Field(ge=0, le=1000, description="so many people are needed at least")]
Note = Annotated[str, Field(max_length=200, description="why; whoever is concerned reads it")]
RuleText = Annotated[str, Field(max_length=220, description="iCalendar RRULE, for example FREQ=WEEKLY;BYDAY=TU")]


class PlanShift(RequestModel):
    """One shift by the wall clock in Europe/Berlin; an end that is not later is on the next day."""

    day: Day
    start: LocalTime
    end: LocalTime
    places: ShiftPlaces
    minimum_staffing: Staffing = 0


class PlanSeries(RequestModel):
    """Recurring shifts by the wall clock in Europe/Berlin, from `starts_on` on, without the days `except_on`."""

    rule: RuleText
    starts_on: Day
    start: LocalTime
    end: LocalTime
    except_on: Annotated[tuple[Day, ...], Field(max_length=200)] = ()
    places: ShiftPlaces
    minimum_staffing: Staffing = 0


class ChangeShift(RequestModel):
    """Other numbers; what is left out stays."""

    places: ShiftPlaces | None = None
    minimum_staffing: Staffing | None = None


class MoveShift(RequestModel):
    """Another time; whoever has a placement with the shift is told."""

    day: Day
    start: LocalTime
    end: LocalTime
    note: Note = ""


class CancelShift(RequestModel):
    """It does not take place; whoever has a placement with it is told."""

    note: Note = ""


class EndSeries(RequestModel):
    """No shift after this day; those that were planned are cancelled, and whoever is concerned is told."""

    last_day: Day
    note: Note = ""


class ChangeSeries(RequestModel):
    """From a day on recurring shifts are others; what is left out stays. A new rule counts from that day on.

    Planned shifts follow. Whoever has a placement with one that is at another time on the same day is told; where the new
    rule has none on that day, and somebody has a placement, the change is refused.
    """

    from_day: Day
    rule: RuleText | None = None
    start: LocalTime | None = None
    end: LocalTime | None = None
    except_on: Annotated[tuple[Day, ...], Field(max_length=200)] | None = None
    places: ShiftPlaces | None = None
    minimum_staffing: Staffing | None = None
    last_day: Day | None = None
    note: Note = ""
