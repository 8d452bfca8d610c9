"""When recurring shifts take place: an iCalendar RRULE (RFC 5545) in wall time, Europe/Berlin, across its clock changes.

A wall time that does not exist (02:30 in March) is taken with the offset before the change: an hour later by the clock. One
that exists twice (02:30 in October) is the first of the two. Both as RFC 5545 § 3.3.5 says.

Of the rules those are allowed that shifts need and that give something within a few steps: whoever sends a rule cannot
keep the service busy with one that never does.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from dateutil.rrule import rrule, rrulestr

from services.matching import refusals
from services.matching.models.shifts import Series
from shared.runtime.clock import BERLIN

RULE_AT_MOST = 200
UNTIL_YEARS = range(2000, 3000)
_PART = re.compile(r"^(FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYSETPOS|WKST)=([A-Z0-9,+-]+)$")
_DAYS = "MO|TU|WE|TH|FR|SA|SU"
_VALUES: dict[str, re.Pattern[str]] = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY"),
    "INTERVAL": re.compile(r"[1-9]|[1-4][0-9]|5[0-2]"),
    "COUNT": re.compile(r"[1-9][0-9]{0,2}"),
    "UNTIL": re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?"),
    "BYDAY": re.compile(rf"([+-]?[1-4])?({_DAYS})(,([+-]?[1-4])?({_DAYS})){{0,13}}"),
    "BYMONTHDAY": re.compile(r"-?([1-9]|[12][0-9]|3[01])(,-?([1-9]|[12][0-9]|3[01])){0,30}"),
    "BYSETPOS": re.compile(r"-?[1-4](,-?[1-4]){0,7}"),
    "WKST": re.compile(_DAYS),
}


def checked_rule(text: str) -> str:
    """The rule in one spelling, parts in a fixed order.

    Raises
    ------
    Refusal
        `recurrence-rule`: it is none, or not one of those that are allowed here.
    """
    wanted = text.strip().upper().removeprefix("RRULE:")
    if len(wanted) > RULE_AT_MOST:
        raise refusals.recurrence_rule()
    parts: dict[str, str] = {}
    for written in wanted.split(";"):
        found = _PART.match(written)
        if found is None or found[1] in parts or not _VALUES[found[1]].fullmatch(found[2]):
            raise refusals.recurrence_rule()
        parts[found[1]] = found[2]
    if not _gives_something(parts) or not _until_is_a_time(parts.get("UNTIL")):
        raise refusals.recurrence_rule()
    return ";".join(f"{name}={parts[name]}" for name in _VALUES if name in parts)


def _gives_something(parts: Mapping[str, str]) -> bool:
    """Parts that go together, so that something comes of them within a few steps."""
    days, numbered = parts.get("BYDAY", ""), bool(re.search(r"[0-9]", parts.get("BYDAY", "")))
    if "COUNT" in parts and "UNTIL" in parts:
        return False
    match parts.get("FREQ"):
        case "DAILY":
            # Every seventh day is the same day of the week: another one never comes.
            allowed = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
            return parts.keys() <= (allowed | {"BYDAY"} if "INTERVAL" not in parts else allowed) and not numbered
        case "WEEKLY":
            return parts.keys().isdisjoint(("BYMONTHDAY", "BYSETPOS")) and not numbered
        case "MONTHLY":
            if "BYMONTHDAY" in parts:
                # The 31st of every twelfth month from February on never comes.
                every_month = all(abs(int(day)) <= 28 for day in parts["BYMONTHDAY"].split(","))
                return not days and "BYSETPOS" not in parts and (every_month or "INTERVAL" not in parts)
            return "BYSETPOS" not in parts or (bool(days) and not numbered)
    return False


def _until_is_a_time(until: str | None) -> bool:
    if until is None:
        return True
    try:
        found = datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S" if "T" in until else "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    # As every day that is sent: at the edge of the calendar the same time by the wall clock is none.
    return found.year in UNTIL_YEARS


def days_of(series: Series, after: date, until: date) -> list[date]:
    """The days after one, up to and including another, on which shifts of the series begin by the wall clock."""
    last = min(until, series.last_day or until)
    first = max(after + timedelta(days=1), series.starts_on)
    if last < first:
        return []
    rule = _rule(series)
    found: Iterable[datetime] = rule.between(
        datetime.combine(first, time.min), datetime.combine(last, time.max), inc=True
    )
    return [each.date() for each in found if each.date() not in series.except_on]


def is_over(series: Series, after: date) -> bool:
    """Whether the rule gives nothing after a day."""
    if series.last_day is not None and series.last_day <= after:
        return True
    return _rule(series).after(datetime.combine(after, time.max)) is None


def continued(series: Series, from_day: date) -> tuple[str, date] | None:
    """The same rule from a day on: as the rule and the first day of another series; None: it gives nothing any more.

    Begun on a day of its own, every second week stays every second week; of so many times those that are left count.
    """
    midnight = datetime.combine(from_day, time.min)
    first = _rule(series).after(midnight, inc=True)
    if first is None or is_over(series, from_day - timedelta(days=1)):
        return None
    found = re.search(r"COUNT=([0-9]+)", series.rule)
    if found is None:
        return series.rule, first.date()
    before = len(
        _rule(series).between(_wall(series.starts_on, "00:00"), midnight - timedelta(microseconds=1), inc=True)
    )
    return series.rule.replace(found[0], f"COUNT={int(found[1]) - before}"), first.date()


def day_of(local_start: str) -> date:
    """The day of a `local_key`."""
    return date.fromisoformat(local_start[:10])


def local_key(day: date, start: str) -> str:
    """What tells a shift apart from the others of its series: its wall time, `2026-03-29T02:30`."""
    return f"{day.isoformat()}T{start}"


def instants(day: date, start: str, end: str) -> tuple[datetime, datetime]:
    """The two instants (UTC) of a shift by the wall clock; an end that is not later is on the next day.

    Where the clock change leaves nothing between the two, it takes as long as the wall clock says.
    """
    next_day = day if end > start else day + timedelta(days=1)
    starts_at, ends_at = _instant(day, start), _instant(next_day, end)
    if ends_at <= starts_at:
        ends_at = starts_at + (_wall(next_day, end) - _wall(day, start))
    return starts_at, ends_at


def _wall(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at))


def _instant(day: date, at: str) -> datetime:
    # fold=0: the first of two, and the offset before the change for what does not exist.
    return _wall(day, at).replace(tzinfo=BERLIN, fold=0).astimezone(UTC)


def _rule(series: Series) -> rrule:
    start = _wall(series.starts_on, series.start_time)
    made = rrulestr(_with_local_until(series.rule), dtstart=start)
    assert isinstance(made, rrule)
    return made


def _with_local_until(rule: str) -> str:
    """UNTIL by the wall clock: a day is meant to its end, an instant in UTC is what the clock shows then."""
    return re.sub(r"UNTIL=([0-9]{8})(T[0-9]{6})?(Z)?", _local_until, rule)


def _local_until(found: "re.Match[str]") -> str:
    day, at, is_utc = found.groups()
    if at is None:
        return f"UNTIL={day}T235959"
    if is_utc is None:
        return f"UNTIL={day}{at}"
    instant = datetime.strptime(f"{day}{at}", "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return f"UNTIL={instant.astimezone(BERLIN):%Y%m%dT%H%M%S}"
