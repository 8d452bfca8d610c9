"""When a placement is suspended because a requirement ended, and when it goes on.

Hard requirements are never traded (§ 72a SGB VIII, § 44(3) AsylG for clearances), so it is suspended by itself. It goes on
by itself, too, when what ended is there again: the coordinator has decided about this placement, and only the requirement
stood between. What a person suspended, a person resumes.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from services.matching.models.suspensions import ALWAYS, Standing, Verdict
from shared.contracts.vocabulary import PlacementStatus, SuspensionReason

BY_ITSELF = frozenset(
    (
        SuspensionReason.CLEARANCE_ENDED,
        SuspensionReason.QUALIFICATION_ENDED,
        SuspensionReason.UNDERTAKING_ENDED,
    )
)
"""Reasons for which a placement is suspended, and resumed, by itself."""
GOING = frozenset((PlacementStatus.CONFIRMED, PlacementStatus.ACTIVE))


def missing(standing: Standing, today: date) -> tuple[SuspensionReason, ...]:
    """Everything that the volunteer lacks for the placement today (the calendar date in Germany), the gravest first."""
    lacks = (
        (SuspensionReason.CLEARANCE_ENDED, standing.cleared_until < today),
        (SuspensionReason.QUALIFICATION_ENDED, standing.qualified_until < today),
        (SuspensionReason.UNDERTAKING_ENDED, not standing.has_undertaking),
    )
    return tuple(reason for reason, is_lacking in lacks if is_lacking)


def verdict(standing: Standing, today: date) -> Verdict:
    """What follows for the placement today. A second thing that is missing changes nothing while the first is."""
    lacks = missing(standing, today)
    if standing.status in GOING:
        return Verdict.SUSPEND if lacks else Verdict.LEAVE
    if standing.status is not PlacementStatus.SUSPENDED or standing.suspended_because not in BY_ITSELF:
        return Verdict.LEAVE
    if not lacks:
        return Verdict.RESUME
    return Verdict.LEAVE if standing.suspended_because in lacks else Verdict.SAY_WHY


def look_again_on(standings: Iterable[Standing], today: date) -> date | None:
    """The first day on which something that counts today does not count any more; None: nothing of it has an end."""
    ends = [
        last_day
        for standing in standings
        for last_day in (standing.cleared_until, standing.qualified_until)
        if today <= last_day < ALWAYS
    ]
    return min(ends) + timedelta(days=1) if ends else None
