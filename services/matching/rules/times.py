"""Weekly times as wall time in Europe/Berlin: overlaps, and how much of them somebody can usually come."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from services.matching.models.volunteers import Commitment, Dated
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart
from shared.contracts.vocabulary import PartOfDay, Weekday
from shared.runtime.clock import BERLIN

DAY = 24 * 60
DAYS_LOOKED_AT = 366
_WEEK = tuple(Weekday)
_PART_ORDER = tuple(PartOfDay)
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


def commitments_overlap(one: Commitment, other: Commitment) -> bool:
    """Does any time that the one takes fall into one of the other? Dated times are compared as instants, or as wall time."""
    if one.dated is not None and other.dated is not None:
        return one.dated.starts_at < other.dated.ends_at and other.dated.starts_at < one.dated.ends_at
    if one.dated is not None:
        return _dated_overlaps_weekly(one.dated, other)
    if other.dated is not None:
        return _dated_overlaps_weekly(other.dated, one)
    return periods_overlap(one.starts_on, one.ends_on, other.starts_on, other.ends_on) and times_overlap(
        one.weekly, other.weekly
    )


def days_of(dated: Dated) -> tuple[date, date]:
    """The first and the last calendar day in Germany of which a dated time takes something."""
    starts_at, ends_at = dated.starts_at.astimezone(BERLIN), dated.ends_at.astimezone(BERLIN)
    last = ends_at - timedelta(microseconds=1)
    return starts_at.date(), max(starts_at.date(), last.date())


def _dated_overlaps_weekly(dated: Dated, weekly: Commitment) -> bool:
    if not weekly.weekly:
        return False
    first_day, last_day = days_of(dated)
    starts_at, ends_at = dated.starts_at.astimezone(BERLIN), dated.ends_at.astimezone(BERLIN)
    for number in range(min((last_day - first_day).days, DAYS_LOOKED_AT) + 1):
        day = first_day + timedelta(days=number)
        if not periods_overlap(day, day, weekly.starts_on, weekly.ends_on):
            continue
        since = _minute(starts_at) if day == first_day else 0
        until = _minute(ends_at) if day == ends_at.date() else DAY
        if any(
            time.day is _WEEK[day.weekday()] and minutes_of(time.start) < until and since < minutes_of(time.end)
            for time in weekly.weekly
        ):
            return True
    return False


def _minute(instant: datetime) -> int:
    return instant.hour * 60 + instant.minute


def slot_minutes(weekly: Iterable[WeeklyTime]) -> dict[int, int]:
    """How many minutes of weekly times lie in which slot: 4 × day + part of the day, Monday morning first."""
    found: dict[int, int] = {}
    for time in weekly:
        start, end = minutes_of(time.start), minutes_of(time.end)
        for slot, since, until in _SLOTS_OF[time.day]:
            inside = min(end, until) - max(start, since)
            if inside > 0:
                found[slot] = found.get(slot, 0) + inside
    return found


def slot_of(entry: AvailablePart) -> int:
    """The number of a part of a day."""
    return 4 * _WEEK.index(entry.day) + _PART_ORDER.index(entry.part)


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


_SLOTS_OF: dict[Weekday, list[tuple[int, int, int]]] = {
    day: [
        (slot_of(entry), since, until)
        for entry in (AvailablePart(day=other, part=part) for other in _WEEK for part in _PART_ORDER)
        for inside, since, until in _windows((entry,))
        if inside is day
    ]
    for day in _WEEK
}
"""Per day the slots that lie in it, with their minutes since midnight."""
