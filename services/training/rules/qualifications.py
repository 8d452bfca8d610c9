"""What a volunteer's completed courses make of a qualification: granted, renewed, kept or ended."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.training.models import Proof, Qualification
from shared.runtime.clock import BERLIN


def day_of(instant: datetime) -> date:
    """The calendar date in Germany: validity counts in days there."""
    return instant.astimezone(BERLIN).date()


def last_valid_day(granted_on: date, months: int | None) -> date | None:
    """The last day of validity: the day of the same number, or the month's last (§ 188 BGB). None: for good."""
    if months is None:
        return None
    year, month = divmod(granted_on.year * 12 + granted_on.month - 1 + months, 12)
    return date(year, month + 1, min(granted_on.day, monthrange(year, month + 1)[1]))


class Verdict(StrEnum):
    """What becomes of a qualification."""

    GRANT = "grant"
    RENEW = "renew"
    END = "end"
    KEEP = "keep"


@dataclass(frozen=True)
class Decision:
    """What to do. `proof` and `valid_until` are given for a grant and a renewal."""

    verdict: Verdict
    proof: Proof | None = None
    valid_until: date | None = None


KEEP = Decision(Verdict.KEEP)


def decide(held: Qualification | None, proofs: Collection[Proof], months: int | None, today: date) -> Decision:
    """Bring a qualification in line with the completed courses that grant it.

    Parameters
    ----------
    held
        The qualification that the volunteer holds now, if any.
    proofs
        Their completed courses that grant it.
    months
        For how many months it counts; None: for good.
    """
    best = _best(proofs, months, today)
    if held is None:
        return KEEP if best is None else _given(Verdict.GRANT, best, months)
    rests = any(proof.course_id == held.course_id for proof in proofs)
    counts = held.valid_until is None or held.valid_until >= today
    longer = best is not None and held.valid_until is not None and _later(best, months, held.valid_until)
    if best is not None and (longer or not (rests and counts)):
        return _given(Verdict.RENEW, best, months)
    return KEEP if rests and counts else Decision(Verdict.END)


def _best(proofs: Collection[Proof], months: int | None, today: date) -> Proof | None:
    """The proof that counts longest; among those that count for good the earliest."""
    if not proofs:
        return None
    if months is None:
        return min(proofs, key=lambda proof: (proof.completed_on, proof.course_id))
    best = max(proofs, key=lambda proof: (proof.completed_on, proof.course_id))
    until = last_valid_day(best.completed_on, months)
    return best if until is None or until >= today else None


def _later(proof: Proof, months: int | None, until: date) -> bool:
    mine = last_valid_day(proof.completed_on, months)
    return mine is None or mine > until


def _given(verdict: Verdict, proof: Proof, months: int | None) -> Decision:
    return Decision(verdict, proof, last_valid_day(proof.completed_on, months))
