"""Rules of law about certificates of conduct, each with its source; what hangs on the calendar is tried on all of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.registry.models.clearances import (
    ClearanceAnswer,
    CorrectClearance,
    DeletionReason,
    Facts,
    Fate,
    Noted,
    OwnClearanceAnswer,
    Practice,
    RecordClearance,
    StoredClearance,
    Terms,
)
from services.registry.rules import clearances as rules
from services.registry.rules.clearance_letters import check_stated_basis
from shared.contracts.matching import Placement
from shared.contracts.registry import ClearanceEnded, ClearanceExpiring, ClearanceRecorded, LegalBasis
from shared.contracts.vocabulary import PlacementStatus
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id
from tests.support import events

S = PlacementStatus
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USUAL = Terms()
DAYS = st.dates(date(2010, 1, 1), date(2060, 1, 1))
BODY = {
    "volunteer_id": str(new_id()),
    "legal_basis": "sgb8_72a",
    "kind_of_activity": "homework_help",
    "inspected_on": "2026-03-02",
    "certificate_date": "2026-02-01",
    "relevant_conviction": False,
}


def facts(inspected_on: date = TODAY, certificate_date: date | None = None, *, conviction: bool = False) -> Facts:
    return Facts(
        inspected_on=inspected_on, certificate_date=certificate_date or inspected_on, relevant_conviction=conviction
    )


def stored(inspected_on: date = TODAY, recorded_at: datetime = NOW) -> StoredClearance:
    return StoredClearance(
        clearance_id=new_id(),
        version=1,
        volunteer_id=new_id(),
        organisation_id=new_id(),
        legal_basis=LegalBasis.SGB8_72A,
        stated_basis=None,
        kind_of_activity="homework_help",
        inspected_on=inspected_on,
        certificate_date=inspected_on,
        relevant_conviction=False,
        recorded_at=recorded_at,
        valid_until=rules.valid_until(inspected_on, USUAL),
        notices_due=(),
        delete_on=None,
        delete_reason=None,
        published_id=None,
        published_version=None,
    )


def practice(
    status: PlacementStatus,
    *,
    taken_up: bool = False,
    last: date | None = None,
    closed: datetime | None = None,
    of_this_kind: bool | None = True,
) -> Practice:
    return Practice(status, taken_up, last, closed, of_this_kind)


def code_of(told: Facts, terms: Terms = USUAL, today: date = TODAY) -> str | None:
    try:
        rules.check_facts(told, today, terms)
    except Refusal as refusal:
        return refusal.code
    return None


def test_exactly_three_facts_are_stored() -> None:
    """§ 72a(5) SGB VIII, § 44(3) AsylG: that (when) it was inspected, its date, whether it shows a relevant conviction."""
    assert set(Facts.model_fields) == {"inspected_on", "certificate_date", "relevant_conviction"}
    purpose = {"volunteer_id", "legal_basis", "stated_basis", "kind_of_activity"}
    assert set(RecordClearance.model_fields) == set(Facts.model_fields) | purpose
    assert set(CorrectClearance.model_fields) == set(Facts.model_fields)
    bookkeeping = {"clearance_id", "version", "organisation_id", "valid_until", "delete_on"}
    assert set(ClearanceAnswer.model_fields) == set(RecordClearance.model_fields) | bookkeeping
    assert set(OwnClearanceAnswer.model_fields) <= set(ClearanceAnswer.model_fields) | {"organisation"}


@pytest.mark.parametrize("more", ["note", "file", "offence", "certificate_number", "text"])
def test_no_further_fact_is_taken(more: str) -> None:
    """§ 72a(5) SGB VIII: nothing else may be stored, so nothing else is accepted."""
    with pytest.raises(ValidationError):
        RecordClearance.model_validate({**BODY, more: "x"})


@pytest.mark.parametrize(
    "stated",
    [
        "§ 75 Abs. 2 SGB XII",
        "§ 124 Abs. 2 Satz 4 SGB IX",
        "§ 30a Abs. 1 Nr. 2b BZRG",
        "Art. 10 DSGVO",
        "§§ 45 SGB VIII",
    ],
)
def test_another_legal_basis_is_cited(stated: str) -> None:
    """§ 30a(1) BZRG: without a legal basis, asking is not allowed."""
    assert RecordClearance.model_validate({**BODY, "legal_basis": "other", "stated_basis": stated})


@pytest.mark.parametrize(
    "stated",
    [
        "war vorbestraft",
        "§ 1 weil Frau Demo es wollte",
        "§ 75",
        "",
        "§ 75 SGB XII und dazu noch etwas",
        "§ 75\nSGB XII",
    ],
)
def test_no_free_text_passes_for_a_legal_basis(stated: str) -> None:
    """§ 72a(5) SGB VIII: no free text."""
    with pytest.raises(ValidationError):
        RecordClearance.model_validate({**BODY, "legal_basis": "other", "stated_basis": stated})


def test_other_is_stated_and_only_other() -> None:
    """§ 30a(1) BZRG: the basis is named."""
    for told in ({"legal_basis": "other"}, {"legal_basis": "asylg_44", "stated_basis": "§ 75 Abs. 2 SGB XII"}):
        with pytest.raises(ValidationError):
            RecordClearance.model_validate({**BODY, **told})
    with pytest.raises(Refusal, match="stated-basis-with-other-only"):
        check_stated_basis(LegalBasis.OTHER, None)
    with pytest.raises(Refusal, match="stated-basis-with-other-only"):
        check_stated_basis(LegalBasis.SGB8_72A, "§ 75 Abs. 2 SGB XII")
    check_stated_basis(LegalBasis.SGB8_72A, None)


def test_a_certificate_is_at_most_three_months_old_when_inspected() -> None:
    """Usual practice with § 72a SGB VIII (recommendations of the Landesjugendämter); three months after § 188 BGB."""
    assert code_of(facts(date(2026, 3, 2), date(2025, 12, 2))) is None
    assert code_of(facts(date(2026, 3, 2), date(2025, 12, 1))) == "certificate-too-old"
    assert code_of(facts(date(2026, 2, 28), date(2025, 11, 30))) is None
    assert code_of(facts(date(2026, 3, 1), date(2025, 11, 30))) == "certificate-too-old"


def test_how_old_it_may_be_is_the_organisations_to_say() -> None:
    """Where a number differs from place to place it is configuration with a default."""
    told = facts(date(2026, 3, 2), date(2025, 12, 1))
    assert code_of(told, Terms(certificate_months=4)) is None
    assert code_of(facts(date(2026, 3, 2), date(2026, 1, 31)), Terms(certificate_months=1)) == "certificate-too-old"


def test_an_inspection_lies_in_the_past_and_after_the_certificate() -> None:
    assert code_of(facts(TODAY + timedelta(days=1))) == "inspected-in-future"
    assert code_of(facts(TODAY, TODAY + timedelta(days=1))) == "certificate-after-inspection"
    assert code_of(facts(TODAY, TODAY)) is None


def test_another_inspection_is_due_after_five_years() -> None:
    """Usual practice with § 72a SGB VIII; configurable."""
    assert rules.valid_until(date(2026, 3, 2), USUAL) == date(2031, 3, 2)
    assert rules.valid_until(date(2024, 2, 29), USUAL) == date(2029, 2, 28)
    assert rules.valid_until(date(2026, 3, 2), Terms(renewal_years=3)) == date(2029, 3, 2)
    assert code_of(facts(date(2021, 3, 1))) == "inspection-expired"
    assert code_of(facts(date(2021, 3, 2))) is None


def test_notices_are_given_90_and_30_days_before() -> None:
    """Usual practice; configurable."""
    last = rules.valid_until(TODAY, USUAL)
    assert rules.notices_due(facts(), USUAL) == (last - timedelta(days=90), last - timedelta(days=30))
    assert rules.notices_due(facts(), Terms(notice_days=(14, 60, 14))) == (
        last - timedelta(days=60),
        last - timedelta(days=14),
    )


def test_no_notice_tells_of_a_conviction() -> None:
    """§ 30a(3) BZRG: a conviction looks to all others like no clearance, by the timing of notices too."""
    assert rules.notices_due(facts(conviction=True), USUAL) == ()


@given(st.lists(DAYS, max_size=4, unique=True).map(sorted), DAYS)
def test_each_notice_is_given_once_and_of_missed_ones_only_the_last(due: list[date], today: date) -> None:
    reached, to_come = rules.passed(due, today)
    assert all(day > today for day in to_come)
    assert (reached is None) == all(day > today for day in due)
    assert rules.passed(to_come, today) == (None, to_come)
    if reached is not None:
        assert reached == max(day for day in due if day <= today)


@given(DAYS, st.integers(1, 120))
def test_months_end_where_the_civil_code_says(day: date, months: int) -> None:
    """§ 188(2), (3) BGB."""
    after = rules.months_after(day, months)
    assert (after.year * 12 + after.month) - (day.year * 12 + day.month) == months
    assert after.day == day.day or (after.day < day.day and (after + timedelta(days=1)).day == 1)


def test_it_goes_at_once_when_the_activity_is_not_taken_up() -> None:
    """§ 72a(5) SGB VIII: deleted without delay when no activity follows."""
    for status in (S.DECLINED, S.WITHDRAWN, S.EXPIRED, S.ENDED):
        given_up = practice(status, closed=NOW + timedelta(days=3))
        assert rules.fate(stored(), [given_up], USUAL) == Fate(date(2026, 3, 5), DeletionReason.NOT_TAKEN_UP)


def test_it_goes_six_months_after_the_last_exercise() -> None:
    """§ 72a(5) SGB VIII: at the latest six months (older guidance says three)."""
    for status in (S.COMPLETED, S.ENDED, S.SUSPENDED, S.WITHDRAWN):
        over = practice(status, taken_up=True, last=date(2026, 8, 31), closed=NOW + timedelta(days=182))
        assert rules.fate(stored(), [over], USUAL) == Fate(date(2027, 2, 28), DeletionReason.SIX_MONTHS_AFTER)


def test_it_stays_while_the_activity_goes_on_or_may_begin() -> None:
    """§ 72a(5) SGB VIII: needed for the activity that caused the inspection."""
    for status in (S.REQUESTED, S.INVITED, S.WAITLISTED, S.OFFERED, S.CONFIRMED):
        assert rules.fate(stored(), [practice(status)], USUAL) == Fate()
    assert rules.fate(stored(), [practice(S.ACTIVE, taken_up=True)], USUAL) == Fate()
    assert rules.fate(stored(), [practice(S.SUSPENDED)], USUAL) == Fate()
    gone = practice(S.DECLINED, closed=NOW + timedelta(days=1))
    assert rules.fate(stored(), [gone, practice(S.CONFIRMED)], USUAL) == Fate()


def test_hope_for_another_activity_does_not_prolong_the_six_months() -> None:
    """§ 72a(5) SGB VIII: at the latest, from the last exercise; what merely may begin is no exercise."""
    over = practice(S.ENDED, taken_up=True, last=date(2026, 4, 1))
    assert rules.fate(stored(), [over, practice(S.WAITLISTED)], USUAL).delete_on == date(2026, 10, 1)
    assert rules.fate(stored(), [over, practice(S.ACTIVE, taken_up=True)], USUAL) == Fate()


def test_when_nothing_follows_it_counts_as_not_taken_up() -> None:
    """§ 72a(5) SGB VIII: the organisation waits for a bounded time only."""
    assert rules.fate(stored(), [], USUAL) == Fate(date(2026, 5, 31), DeletionReason.NOT_TAKEN_UP)
    assert rules.fate(stored(), [], Terms(waiting_days=10)).delete_on == date(2026, 3, 12)


def test_what_was_before_the_inspection_is_neither_exercise_nor_refusal() -> None:
    """§ 30a(3) BZRG: use is bound to the activity that caused the inspection."""
    before = practice(S.ENDED, taken_up=True, last=TODAY - timedelta(days=1))
    declined = practice(S.DECLINED, closed=NOW - timedelta(days=1))
    assert rules.fate(stored(), [before, declined], USUAL) == rules.fate(stored(), [], USUAL)


def test_another_kind_of_activity_keeps_nothing_alive_and_deletes_nothing() -> None:
    """§ 30a(3) BZRG: bound to the kind of activity."""
    other = practice(S.ACTIVE, taken_up=True, of_this_kind=False)
    refused = practice(S.DECLINED, closed=NOW + timedelta(days=1), of_this_kind=False)
    assert rules.fate(stored(), [other, refused], USUAL) == rules.fate(stored(), [], USUAL)


def test_what_is_not_known_yet_deletes_nothing() -> None:
    unknown = practice(S.DECLINED, closed=NOW + timedelta(days=1), of_this_kind=None)
    assert rules.fate(stored(), [unknown], USUAL) == rules.fate(stored(), [], USUAL)
    assert rules.fate(stored(), [practice(S.CONFIRMED, of_this_kind=None)], USUAL) == Fate()


PRACTICES = st.lists(
    st.builds(
        Practice,
        status=st.sampled_from(PlacementStatus),
        taken_up=st.booleans(),
        last_exercised_on=st.none() | DAYS,
        closed_at=st.none() | DAYS.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)),
        of_this_kind=st.sampled_from((True, False, None)),
    ),
    max_size=5,
)


@given(DAYS, PRACTICES)
def test_no_clearance_outlives_the_six_months(inspected_on: date, practices: list[Practice]) -> None:
    """§ 72a(5) SGB VIII, whatever the placements are like: kept without end only while something goes on or may begin."""
    recorded_at = datetime(inspected_on.year, inspected_on.month, inspected_on.day, 12, tzinfo=UTC)
    fate = rules.fate(stored(inspected_on, recorded_at), practices, USUAL)
    here = [p for p in practices if p.of_this_kind is not False]
    exercised = [
        p.last_exercised_on
        for p in here
        if p.of_this_kind and p.taken_up and p.last_exercised_on and p.last_exercised_on >= inspected_on
    ]
    if fate.delete_on is None:
        may_begin = {p.status for p in here} & rules.OPEN or any(
            p.status is S.SUSPENDED and not p.taken_up for p in here
        )
        assert any(p.status is S.ACTIVE for p in here) or (may_begin and not exercised)
    elif exercised:
        assert fate.delete_on == rules.months_after(max(exercised), 6)
    else:
        latest = [p.closed_at.astimezone(BERLIN).date() for p in here if p.closed_at]
        assert fate.delete_on <= max([*latest, inspected_on + timedelta(days=USUAL.waiting_days)])
    assert (fate.delete_on is None) == (fate.reason is None)


def test_every_status_of_a_placement_has_a_meaning() -> None:
    """A word that matching begins to use later finds its place here."""
    going = {S.ACTIVE, S.SUSPENDED}
    assert rules.OPEN | rules.CLOSED | going == set(PlacementStatus)
    assert not (rules.OPEN & rules.CLOSED)
    assert {S.COMPLETED, S.ENDED, S.DECLINED, S.WITHDRAWN, S.EXPIRED} == rules.CLOSED


def event(status: PlacementStatus, version: int, started: bool = False) -> Placement:
    return events.placement(version=version, status=status, started_at=NOW if started else None)


@pytest.mark.parametrize("status", PlacementStatus)
def test_taken_up_means_that_it_became_active(status: PlacementStatus) -> None:
    """§ 72a(5) SGB VIII: whoever was confirmed and ended, or was suspended, before the first day took up nothing."""
    assert rules.is_taken_up(event(status, 1), was_taken_up=False) == (status in {S.ACTIVE, S.COMPLETED})
    assert rules.is_taken_up(event(status, 1, started=True), was_taken_up=False)
    assert rules.is_taken_up(event(status, 1), was_taken_up=True)


def test_the_last_exercise_is_the_day_of_a_suspension_that_leads_to_the_end() -> None:
    """§ 72a(5) SGB VIII: from the last exercise, not from the day on which somebody noted the end."""
    suspended_on, ended_on = date(2026, 4, 1), date(2026, 9, 1)
    suspended = Noted(3, taken_up=True, last_exercised_on=suspended_on)
    assert rules.last_exercised_on(event(S.ENDED, 4), ended_on, suspended) == suspended_on
    assert rules.last_exercised_on(event(S.ENDED, 5), ended_on, suspended) == ended_on, "it may have gone on between"
    assert rules.last_exercised_on(event(S.ACTIVE, 4), ended_on, suspended) is None
    assert rules.last_exercised_on(event(S.SUSPENDED, 3), suspended_on, Noted(2, taken_up=True)) == suspended_on
    assert rules.last_exercised_on(event(S.SUSPENDED, 2), suspended_on, Noted(1)) is None


def test_no_event_has_a_place_for_a_conviction_or_a_reason() -> None:
    """§ 30a(3) BZRG: nobody else may learn of it."""
    told = {name for event in (ClearanceRecorded, ClearanceEnded, ClearanceExpiring) for name in event.model_fields}
    assert told == {
        *("version", "clearance_id", "volunteer_id", "organisation_id", "legal_basis", "kind_of_activity"),
        *("valid_until", "days_before", "member_ids"),
    }
