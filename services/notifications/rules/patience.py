"""How long it is tried, and when again."""

from datetime import datetime, timedelta

UNKNOWN_FIRST = timedelta(milliseconds=200)
UNKNOWN_AT_MOST = timedelta(minutes=5)
REFUSED_FIRST = timedelta(seconds=5)
REFUSED_AT_MOST = timedelta(minutes=15)
AWAY_FIRST = timedelta(milliseconds=500)
AWAY_AT_MOST = timedelta(seconds=30)
_DOUBLINGS_AT_MOST = 20


def pause_while_unknown(attempts: int) -> timedelta:
    """A read model has not heard of something yet: events of other topics are a moment behind."""
    return _doubled(UNKNOWN_FIRST, attempts, UNKNOWN_AT_MOST)


def pause_after_refusal(attempts: int) -> timedelta:
    """The mail server refused for now (4xx): greylisting, a full queue."""
    return _doubled(REFUSED_FIRST, attempts, REFUSED_AT_MOST)


def pause_while_away(failures: int) -> timedelta:
    """The mail server cannot be reached; `failures` in a row, over all mails."""
    return _doubled(AWAY_FIRST, failures, AWAY_AT_MOST)


def expiry(now: datetime, told_by: datetime | None, at_most: timedelta) -> datetime:
    """Until when a mail is tried: to the deadline that the event names, and never longer than `at_most`."""
    latest = now + at_most
    return min(told_by, latest) if told_by else latest


def _doubled(first: timedelta, attempts: int, at_most: timedelta) -> timedelta:
    doublings = min(max(attempts - 1, 0), _DOUBLINGS_AT_MOST)
    return min(first * (1 << doublings), at_most)
