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


def missing(standing: Standing, today: date) -> SuspensionReason | None:
    """What the volunteer lacks for the placement today (the calendar date in Germany), the gravest first."""
    if standing.cleared_until < today:
        return SuspensionReason.CLEARANCE_ENDED
    if standing.qualified_until < today:
        return SuspensionReason.QUALIFICATION_ENDED
    if not standing.has_undertaking:
        return SuspensionReason.UNDERTAKING_ENDED
    return None


def verdict(standing: Standing, today: date) -> Verdict:
    """What follows for the placement today."""
    lacks = missing(standing, today)
    if standing.status in GOING:
        return Verdict.SUSPEND if lacks else Verdict.LEAVE
    if standing.status is PlacementStatus.SUSPENDED and standing.suspended_because in BY_ITSELF and lacks is None:
        return Verdict.RESUME
    return Verdict.LEAVE


def look_again_on(standings: Iterable[Standing], today: date) -> date | None:
    """The first day on which something that counts today does not count any more; None: nothing of it has an end."""
    ends = [
        last_day
        for standing in standings
        for last_day in (standing.cleared_until, standing.qualified_until)
        if today <= last_day < ALWAYS
    ]
    return min(ends) + timedelta(days=1) if ends else None
