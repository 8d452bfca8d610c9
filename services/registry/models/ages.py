"""The thresholds of age that are kept of a person; the date of birth is not."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Ages:
    """The highest threshold reached, and the days on which the later ones will be (only those still to come)."""

    reached: int | None
    reaches_16_on: date | None = None
    reaches_18_on: date | None = None


NOT_TOLD = Ages(None)
