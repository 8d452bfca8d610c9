"""Nobody is asked too often: how often somebody was, and when they may be asked again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.matching.models.suggestions import Restrained, Restraint
from services.matching.models.volunteers import Candidate

WEEK = timedelta(days=7)


def asks_left(asked_at: Iterable[datetime], now: datetime, per_week: int) -> int:
    """How often somebody may still be asked within the seven days that end now."""
    return max(0, per_week - len(_of_this_week(asked_at, now)))


def again_at(asked_at: Iterable[datetime], now: datetime, per_week: int) -> datetime | None:
    """From when on somebody may be asked again; None: at once."""
    asks = _of_this_week(asked_at, now)
    if len(asks) < per_week:
        return None
    return (asks[-per_week] if per_week else now) + WEEK


def restraint_by_fatigue(candidate: Candidate, now: datetime, per_week: int) -> tuple[Restrained, ...]:
    """That somebody was asked as often as may be, and from when on they may be asked again."""
    again = again_at(candidate.asked_at, now, per_week)
    if again is None:
        return ()
    asks = len(_of_this_week(candidate.asked_at, now))
    return (Restrained(Restraint.ASKED_OFTEN, {"asks": asks, "again": again.isoformat()}),)


def _of_this_week(asked_at: Iterable[datetime], now: datetime) -> list[datetime]:
    return sorted(at for at in asked_at if now - WEEK < at)
