"""Until when a request of a person is to be answered, and what may happen to it when."""

from datetime import date, timedelta

from services.registry.models.requests import OPEN, PersonRequest, RequestKind, RequestStatus
from services.registry.rules.legal_profiles import answer_months
from shared.contracts.vocabulary import LegalProfile

EXTENSION_MONTHS = 2
"""Art. 12(3) DSGVO, § 14(3) KDG, § 16(3) DSG-EKD: all the same."""
LATE_MONTHS = 3
SOON = timedelta(days=7)
"""So long before the day the privacy officers are reminded."""


def due_on(received_on: date, profile: LegalProfile) -> date:
    """The last day for the answer: a month after it came in, three when it went to a body under DSG-EKD.

    Art. 12(3) DSGVO, § 14(3) KDG; § 16(3) DSG-EKD. Counted after Art. 3 of Regulation (EEC, Euratom) 1182/71: the day of
    receipt does not count; where the last month lacks the day, its last day counts. That a period ending on a holiday
    runs on (Art. 3(4)) is not made use of: the person never waits longer.
    """
    return later(received_on, answer_months(profile))


def extended_due_on(received_on: date, profile: LegalProfile) -> date:
    """The last day after an extension: two months more (Art. 12(3) DSGVO)."""
    return later(received_on, answer_months(profile) + EXTENSION_MONTHS)


def may_be_extended(request: PersonRequest, today: date) -> bool:
    """Once, and only as long as the first period runs: so long the person can be told in time (Art. 12(3) DSGVO)."""
    return request.status in OPEN and request.extension_reason is None and today <= request.due_on


def reminder_of(request: PersonRequest, today: date) -> str | None:
    """Which reminder is due: `soon` in the last week, `overdue` after the day, each once."""
    if request.status not in OPEN:
        return None
    if today > request.due_on:
        return "overdue" if request.reminded_for != "overdue" else None
    return "soon" if today >= request.due_on - SOON and request.reminded_for is None else None


def is_carried_out_at_once(kind: RequestKind, *, is_member: bool = False) -> bool:
    """What a person asks with their own token and nobody has to weigh: erasure and restriction (Art. 17(1), 18(1) DSGVO).

    Staff are erased with their last role.
    """
    return kind is RequestKind.RESTRICTION or (kind is RequestKind.ERASURE and not is_member)


def is_open(request: PersonRequest) -> bool:
    """Has nobody answered yet?"""
    return request.status in (RequestStatus.RECEIVED, RequestStatus.IN_PROGRESS)


def kept_until(day: date, years: int) -> date:
    """The last day for which proof is kept: the end of the n-th year after (§§ 195, 199(1) BGB; § 31(2) No. 1 OWiG)."""
    return date(day.year + years, 12, 31)


def exports_end(due_on: date) -> date:
    """The last day on which another service hands out what it holds: late answers are given, too, but not for ever."""
    return later(due_on, LATE_MONTHS)


def later(day: date, months: int) -> date:
    """So many calendar months later; the month's last day where it lacks the day."""
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
