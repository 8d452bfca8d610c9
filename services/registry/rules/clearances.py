"""Certificates of conduct: when one may be inspected, how long the record counts, when it must go."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from services.registry.models.clearances import DeletionReason, Facts, Fate, Noted, Practice, StoredClearance, Terms
from shared.contracts.matching import Placement
from shared.contracts.vocabulary import PlacementStatus
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal

KEPT_MONTHS = 6
"""§ 72a(5) SGB VIII: at the latest six months after the last exercise of the activity."""

OPEN = frozenset(
    (
        PlacementStatus.REQUESTED,
        PlacementStatus.INVITED,
        PlacementStatus.WAITLISTED,
        PlacementStatus.OFFERED,
        PlacementStatus.CONFIRMED,
    )
)
"""It may still begin."""
BEGUN = frozenset((PlacementStatus.ACTIVE, PlacementStatus.COMPLETED))
"""Nobody gets here without having begun. A placement can be suspended before it begins, and end without having begun."""
CLOSED = frozenset(PlacementStatus) - OPEN - {PlacementStatus.ACTIVE, PlacementStatus.SUSPENDED}


def is_taken_up(placement: Placement, was_taken_up: bool) -> bool:
    """Whether the activity was ever taken up: the placement is or was active at some time."""
    return was_taken_up or placement.started_at is not None or placement.status in BEGUN


def last_exercised_on(placement: Placement, happened_on: date, before: Noted) -> date | None:
    """The last day on which the activity was exercised; None while it goes on, or when it was never taken up.

    Who was suspended and does not come back exercised it on the day of the suspension, not on that of the end.
    """
    if not is_taken_up(placement, before.taken_up) or placement.status is PlacementStatus.ACTIVE:
        return None
    nothing_between = placement.version == before.version + 1
    return before.last_exercised_on if nothing_between and before.last_exercised_on else happened_on


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last when it has no such day (§ 188(2), (3) BGB)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def valid_until(inspected_on: date, terms: Terms) -> date:
    """The last day on which an inspection counts."""
    return months_after(inspected_on, 12 * terms.renewal_years)


def check_facts(facts: Facts, today: date, terms: Terms) -> None:
    """Refuse an inspection that cannot have been one.

    Raises
    ------
    Refusal
        `inspected-in-future`, `certificate-after-inspection`, `certificate-too-old`, `inspection-expired`.
    """
    if facts.inspected_on > today:
        raise Refusal(
            Reason.INVALID,
            "inspected-in-future",
            de="Der Tag der Einsichtnahme liegt in der Zukunft.",
            en="The day of the inspection lies in the future.",
        )
    if facts.certificate_date > facts.inspected_on:
        raise Refusal(
            Reason.INVALID,
            "certificate-after-inspection",
            de="Das Führungszeugnis ist jünger als die Einsichtnahme.",
            en="The certificate is dated after the inspection.",
        )
    if months_after(facts.certificate_date, terms.certificate_months) < facts.inspected_on:
        raise Refusal(
            Reason.INVALID,
            "certificate-too-old",
            de=f"Das Führungszeugnis war bei der Einsichtnahme älter als {terms.certificate_months} Monate.",
            en=f"The certificate was older than {terms.certificate_months} months when it was inspected.",
            months_at_most=terms.certificate_months,
        )
    if valid_until(facts.inspected_on, terms) < today:
        raise Refusal(
            Reason.INVALID,
            "inspection-expired",
            de="Die Einsichtnahme liegt zu lange zurück, sie gilt nicht mehr.",
            en="The inspection was too long ago, it no longer counts.",
        )


def notices_due(facts: Facts, terms: Terms) -> tuple[date, ...]:
    """The days on which volunteer and organisation are told that another inspection is due, first one first.

    A relevant conviction is never renewed, and a notice would tell others that there is something.
    """
    if facts.relevant_conviction:
        return ()
    last_day = valid_until(facts.inspected_on, terms)
    return tuple(last_day - timedelta(days=days) for days in sorted(set(terms.notice_days), reverse=True))


def passed(due: Sequence[date], today: date) -> tuple[date | None, tuple[date, ...]]:
    """The notice to give today, and those that are still to come. Of several that were missed only the last is given."""
    reached = [day for day in due if day <= today]
    return (reached[-1] if reached else None), tuple(day for day in due if day > today)


def fate(clearance: StoredClearance, practices: Iterable[Practice], terms: Terms) -> Fate:
    """When a clearance is to be deleted (§ 72a(5) SGB VIII, § 44(3) AsylG).

    At once when the activity is not taken up; otherwise six months after its last exercise, even when it may begin
    again; a suspension does not prolong that. Until it is known whether the activity is taken up, the record waits, also
    while a placement that has not begun is suspended.
    """
    known = [practice for practice in practices if practice.of_this_kind is not False]
    if any(practice.status is PlacementStatus.ACTIVE for practice in known):
        return Fate()
    certain = [practice for practice in known if practice.of_this_kind]
    exercised = [
        practice.last_exercised_on
        for practice in certain
        if practice.taken_up
        and practice.last_exercised_on is not None
        and practice.last_exercised_on >= clearance.inspected_on
    ]
    if exercised:
        return Fate(months_after(max(exercised), KEPT_MONTHS), DeletionReason.SIX_MONTHS_AFTER)
    if any(_may_begin(practice) for practice in known):
        return Fate()
    given_up = [
        practice.closed_at
        for practice in certain
        if not practice.taken_up and practice.closed_at is not None and practice.closed_at >= clearance.recorded_at
    ]
    if given_up:
        return Fate(_day(max(given_up)), DeletionReason.NOT_TAKEN_UP)
    return Fate(_day(clearance.recorded_at) + timedelta(days=terms.waiting_days), DeletionReason.NOT_TAKEN_UP)


def _may_begin(practice: Practice) -> bool:
    return practice.status in OPEN or (practice.status is PlacementStatus.SUSPENDED and not practice.taken_up)


def _day(instant: datetime) -> date:
    return instant.astimezone(BERLIN).date()


def nobody_inspects_their_own() -> Refusal:
    """Whoever inspects must be somebody else."""
    return Refusal(
        Reason.FORBIDDEN,
        "own-clearance",
        de="Niemand bestätigt das eigene Führungszeugnis.",
        en="Nobody confirms their own certificate.",
    )


def newer_is_known(inspected_on: date) -> Refusal:
    """A later inspection for the same purpose is recorded already."""
    return Refusal(
        Reason.CONFLICT,
        "newer-inspection-known",
        de="Für diesen Zweck ist schon eine spätere Einsichtnahme eingetragen.",
        en="A later inspection for this purpose is recorded already.",
        inspected_on=inspected_on.isoformat(),
    )


def nothing_to_do_with_them() -> Refusal:
    """Whoever asks for a certificate inspects it (§ 30a(2), (3) BZRG); the same whether the person exists or not."""
    return Refusal(
        Reason.NOT_FOUND,
        "volunteer-not-found",
        de="Unter dieser Nummer kennt die Organisation niemanden, mit dem sie zu tun hatte oder den sie angemeldet hat"
        " und dessen Anmeldung bestätigt ist.",
        en="The organisation knows nobody by this id whom it dealt with, or whom it registered and whose registration is"
        " confirmed.",
    )


def no_such_kind(kinds: Sequence[str]) -> Refusal:
    """A certificate is asked for because of an activity (§ 30a(3) BZRG): one that the organisation offers (`kinds`)."""
    named = ", ".join(kinds)
    return Refusal(
        Reason.INVALID,
        "kind-of-activity-not-offered",
        de="Die Organisation bietet keine Tätigkeit dieser Art an: Bitte veröffentlichen Sie zuerst ein Angebot dazu"
        " (topic, oder clearance_activity)." + (f" Bisher hat sie: {named}." if kinds else ""),
        en="The organisation offers no activity of this kind: please publish an offer of it first"
        " (topic, or clearance_activity)." + (f" So far it has: {named}." if kinds else ""),
        kinds=list(kinds),
    )
