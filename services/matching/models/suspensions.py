"""What a placement hangs on: the requirements of its offer that have a last day, and may end before it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.contracts.vocabulary import PlacementStatus, SuspensionReason

NEVER, ALWAYS = date.min, date.max
"""The last day of what is not there, and of what has none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A placement that was agreed, and how long its volunteer meets what its offer asks for.

    `cleared_until`, `qualified_until`: the last day on which all of it counts; `NEVER` when something is missing, `ALWAYS`
    when nothing is asked for or it has no end. A conviction looks like no clearance: the registry announces neither.
    """

    placement_id: UUID
    offer_id: UUID
    shift_id: UUID | None
    status: PlacementStatus
    suspended_because: SuspensionReason | None
    cleared_until: date
    qualified_until: date
    has_undertaking: bool = True
    """Has signed the confidentiality undertaking in force, or none is asked for."""


class Verdict(StrEnum):
    """What follows for a placement."""

    SUSPEND = "suspend"
    RESUME = "resume"
    SAY_WHY = "say_why"
    """It rests on, for another reason: what was missing first is there again, and something else is not."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class RequirementCheck:
    """A volunteer to be looked at."""

    check_id: int
    volunteer_id: UUID
    correlation_id: str | None
