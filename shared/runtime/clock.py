"""The one clock of a process. Instants are UTC; tests set their own."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
"""Legal periods are calendar dates here, and recurrence is wall time here."""


class Clock:
    """The wall clock."""

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The calendar date in Germany."""
        return self.now().astimezone(BERLIN).date()


@dataclass
class SettableClock(Clock):
    """A clock that stands still until it is moved (tests)."""

    instant: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.instant

    def advance(self, span: timedelta) -> None:
        """Move the clock on by `span`."""
        self.instant += span
