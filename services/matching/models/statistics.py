"""Statistics: how much help is needed, given, and missing, by month, district and topic. No persons."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Cell:
    """One month, district and topic; None stands for all districts, or all topics.

    Parameters
    ----------
    needs
        Offers that were open in the month, and shifts that took place.
    places, covered
        Their places; how many of them somebody was confirmed for (at the month's end, or for the shift).
    confirmed, median_days_to_fill
        Confirmations in the month, and the days from publication until then.
    volunteers_active
        Different people with a confirmed placement at some time of the month.
    is_hidden
        Numbers behind which people stand are not told: not yet, or never.
    """

    cell: str
    month: date
    district: str | None
    topic: str | None
    needs: int
    places: int
    covered: int
    confirmed: int
    median_days_to_fill: float | None
    volunteers_active: int
    is_hidden: bool = False
