"""The directory of contacts: how far away one is, who stands in for whom, until when what is told of them counts."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime, timedelta
from uuid import UUID

from services.registry.models.contacts import StoredContact
from shared.contracts.registry import Absence, OfficeHour
from shared.contracts.vocabulary import Weekday
from shared.geography.plane import plane
from shared.runtime.clock import BERLIN

__all__ = [
    "SUBSTITUTES_AT_MOST",
    "absent_until",
    "is_open",
    "plane",
    "stale_from",
    "stands_in",
    "without_lost_substitutes",
]

A_DAY = timedelta(days=1)
SUBSTITUTES_AT_MOST = 5
"""So many steps from substitute to substitute."""


def absent_until(absences: Iterable[Absence], day: date) -> date | None:
    """The last day of an absence that holds on `day`, absences that follow each other taken together; None: present."""
    until = None
    for absence in sorted(absences, key=lambda each: each.first_day):
        # By the days between, not by the day after: an absence may last until the end of the calendar.
        begun = absence.first_day <= day if until is None else absence.first_day - until <= A_DAY
        if begun and absence.last_day >= day:
            until = absence.last_day if until is None else max(until, absence.last_day)
    return until


def is_away(contact: StoredContact, day: date, locked: Set[UUID] = frozenset()) -> bool:
    """Is somebody else to be named instead: because of an absence, or because the member's data is only stored?"""
    return contact.subject_id in locked or absent_until(contact.absences, day) is not None


def stands_in(
    contact: StoredContact, known: Mapping[UUID, StoredContact], day: date, locked: Set[UUID] = frozenset()
) -> StoredContact | None:
    """Who is there on `day` instead of a contact: the first substitute that is not away as well.

    None when the contact is there, or when nobody is. `locked`: members whose data is only to be stored.
    """
    if not is_away(contact, day, locked):
        return None
    seen, at = {contact.contact_id}, contact
    for _ in range(SUBSTITUTES_AT_MOST):
        following = known.get(at.substitute_id) if at.substitute_id else None
        if following is None or following.contact_id in seen:
            return None
        if not is_away(following, day, locked):
            return following
        seen.add(following.contact_id)
        at = following
    return None


def without_lost_substitutes(accepted: Iterable[StoredContact], together: Iterable[StoredContact]) -> frozenset[UUID]:
    """Which of those accepted can be published: whoever names a substitute of the same step who was refused is not."""
    promised = {each.contact_id for each in together}
    left = {each.contact_id: each.substitute_id for each in accepted}
    while lost := [id_ for id_, substitute in left.items() if substitute in promised and substitute not in left]:
        for id_ in lost:
            del left[id_]
    return frozenset(left)


def stale_from(confirmed_on: date, months: int) -> date:
    """The first day on which what was confirmed counts no longer: the same day some months later, or that month's last."""
    month = confirmed_on.month - 1 + months
    year, month = confirmed_on.year + month // 12, month % 12 + 1
    return date(year, month, min(confirmed_on.day, monthrange(year, month)[1]))


def is_open(office_hours: Iterable[OfficeHour], now: datetime) -> bool:
    """Whether it is an office hour now, by the wall clock in Germany."""
    local = now.astimezone(BERLIN)
    day, time = list(Weekday)[local.weekday()], f"{local:%H:%M}"
    return any(hour.day is day and hour.start <= time < hour.end for hour in office_hours)
