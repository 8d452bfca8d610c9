"""Weekly times as wall time in Europe/Berlin: overlaps, and how much of them somebody can usually come."""

from collections.abc import Iterable
from datetime import date, timedelta

from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart
from shared.contracts.vocabulary import PartOfDay, Weekday

DAY = 24 * 60
DAYS_LOOKED_AT = 366
_WEEK = tuple(Weekday)
_PARTS: dict[PartOfDay, tuple[int, int]] = {
    PartOfDay.MORNING: (6 * 60, 12 * 60),
    PartOfDay.AFTERNOON: (12 * 60, 17 * 60),
    PartOfDay.EVENING: (17 * 60, 22 * 60),
    PartOfDay.NIGHT: (22 * 60, 30 * 60),
}
"""Minutes since midnight; a night ends on the next morning."""


def minutes_of(time: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    return int(time[:2]) * 60 + int(time[3:])


def times_overlap(some: Iterable[WeeklyTime], others: Iterable[WeeklyTime]) -> bool:
    """Does any weekly time of the one fall into one of the other? Ends are excluded."""
    taken = tuple(others)
    return any(
        one.day is other.day and one.start < other.end and other.start < one.end for one in some for other in taken
    )


def periods_overlap(
    one_start: date | None, one_end: date | None, other_start: date | None, other_end: date | None
) -> bool:
    """Do two periods share a day? None: open on that side; both days included."""
    return (one_start or date.min) <= (other_end or date.max) and (other_start or date.min) <= (one_end or date.max)


def available_share(weekly: Iterable[WeeklyTime], availability: Iterable[AvailablePart]) -> float:
    """The share of the weekly minutes, in [0, 1], that lies in available parts of days."""
    windows = set(_windows(availability))
    total = covered = 0
    for time in weekly:
        start, end = minutes_of(time.start), minutes_of(time.end)
        total += end - start
        covered += sum(max(0, min(end, until) - max(start, since)) for day, since, until in windows if day is time.day)
    return covered / total if total else 0.0


def _windows(availability: Iterable[AvailablePart]) -> Iterable[tuple[Weekday, int, int]]:
    for entry in availability:
        since, until = _PARTS[entry.part]
        yield entry.day, since, min(until, DAY)
        if until > DAY:
            yield _WEEK[(_WEEK.index(entry.day) + 1) % len(_WEEK)], 0, until - DAY


def absent_throughout(
    first_day: date, last_day: date, weekly: Iterable[WeeklyTime], absences: Iterable[Absence]
) -> bool:
    """Is somebody away on every day of the period on which it takes place?

    Days: those of the weekly times, all days when there are none; at most a year of the period is looked at.
    """
    days = {time.day for time in weekly}
    away = tuple(absences)
    served = False
    # Counted in days: a date a year after the last ones of the calendar does not exist.
    for number in range(min((last_day - first_day).days, DAYS_LOOKED_AT) + 1):
        day = first_day + timedelta(days=number)
        if days and _WEEK[day.weekday()] not in days:
            continue
        served = True
        if not any(absence.first_day <= day <= absence.last_day for absence in away):
            return False
    return served
