"""Until when a request of a person is to be answered: Art. 12(3) DSGVO, § 14(3) KDG, § 16(3) DSG-EKD."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.registry.models.requests import (
    ExtensionReason,
    IdentityEstablished,
    PersonRequest,
    RecordRequest,
    RegisterRequest,
    RequestKind,
    RequestStatus,
    RestrictionGround,
)
from services.registry.rules.requests import due_on, extended_due_on, kept_until, may_be_extended, reminder_of
from shared.contracts.vocabulary import LegalProfile

DAYS = st.dates(date(2018, 5, 25), date(2099, 12, 31))
PROFILES = st.sampled_from(LegalProfile)


def request(**changes: Any) -> PersonRequest:
    received = date(2026, 3, 10)
    state: dict[str, Any] = {
        "request_id": uuid4(),
        "version": 1,
        "subject_id": uuid4(),
        "kind": RequestKind.ACCESS,
        "addressed_to": None,
        "legal_profile": LegalProfile.GDPR,
        "received_on": received,
        "due_on": due_on(received, LegalProfile.GDPR),
        "identity_established": IdentityEstablished.TOKEN,
        "recorded_by": None,
        "status": RequestStatus.RECEIVED,
        "registered_at": datetime(2026, 3, 10, tzinfo=UTC),
    }
    return PersonRequest(**state | changes)


@pytest.mark.parametrize("profile", [LegalProfile.GDPR, LegalProfile.KDG])
def test_a_request_is_answered_within_a_month(profile: LegalProfile) -> None:
    """Art. 12(3) sentence 1 DSGVO; § 14(3) KDG says the same."""
    assert due_on(date(2026, 3, 10), profile) == date(2026, 4, 10)


def test_three_months_only_when_the_request_goes_to_a_body_under_dsg_ekd() -> None:
    """§ 16(3) sentence 1 DSG-EKD: within three months; every other profile has one (Art. 12(3) DSGVO, § 14(3) KDG)."""
    received = date(2026, 3, 10)
    months = {profile: due_on(received, profile) for profile in LegalProfile}
    assert months.pop(LegalProfile.DSG_EKD) == date(2026, 6, 10)
    assert set(months.values()) == {date(2026, 4, 10)}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
        (date(2026, 8, 31), date(2026, 9, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_of_the_month(received: date, due: date) -> None:
    """Art. 3(2)(c) of Regulation (EEC, Euratom) 1182/71."""
    assert due_on(received, LegalProfile.GDPR) == due


@given(DAYS, PROFILES)
def test_the_period_is_a_calendar_period(received: date, profile: LegalProfile) -> None:
    months = 3 if profile is LegalProfile.DSG_EKD else 1
    due = due_on(received, profile)
    assert (due.year - received.year) * 12 + due.month - received.month == months
    assert due.day == min(received.day, monthrange(due.year, due.month)[1])


@given(DAYS, PROFILES)
def test_an_extension_adds_two_months_to_the_period_of_the_law(received: date, profile: LegalProfile) -> None:
    """Art. 12(3) sentence 2 DSGVO; § 16(3) sentence 2 DSG-EKD."""
    first, extended = due_on(received, profile), extended_due_on(received, profile)
    assert (extended.year - first.year) * 12 + extended.month - first.month == 2


def test_it_is_extended_once_and_only_while_the_first_period_runs() -> None:
    """Art. 12(3) sentence 3 DSGVO: the person is told of it within the first month."""
    open_request = request()
    assert may_be_extended(open_request, open_request.due_on)
    assert not may_be_extended(open_request, open_request.due_on + timedelta(days=1))
    assert not may_be_extended(request(extension_reason=ExtensionReason.COMPLEXITY), date(2026, 3, 11))
    assert not may_be_extended(request(status=RequestStatus.ANSWERED), date(2026, 3, 11))


@given(st.integers(-40, 40), st.sampled_from([None, "soon", "overdue"]), st.sampled_from(RequestStatus))
def test_each_reminder_comes_once_and_never_for_what_is_closed(
    days: int, reminded: str | None, status: RequestStatus
) -> None:
    asked = request(reminded_for=reminded, status=status)
    today = asked.due_on + timedelta(days=days)
    occasion = reminder_of(asked, today)
    if status not in (RequestStatus.RECEIVED, RequestStatus.IN_PROGRESS):
        assert occasion is None
    elif days > 0:
        assert occasion == (None if reminded == "overdue" else "overdue")
    elif days >= -7:
        assert occasion == ("soon" if reminded is None else None)
    else:
        assert occasion is None


def test_proof_is_kept_until_claims_are_barred() -> None:
    """§§ 195, 199(1) BGB: three years from the end of the year."""
    assert kept_until(date(2026, 3, 10), 3) == date(2029, 12, 31)


@pytest.mark.parametrize("kind", RequestKind)
def test_a_restriction_and_nothing_else_has_a_ground(kind: RequestKind) -> None:
    """Art. 18(1) DSGVO lists four grounds."""
    has_ground = RegisterRequest.model_validate
    ground = RestrictionGround.ACCURACY_CONTESTED
    with pytest.raises(ValidationError, match="ground"):
        has_ground({"kind": kind, "ground": None if kind is RequestKind.RESTRICTION else ground})
    assert has_ground({"kind": kind, "ground": ground if kind is RequestKind.RESTRICTION else None}).kind is kind


def test_nobody_records_a_request_as_proved_by_a_token() -> None:
    """Art. 12(6) DSGVO: how the identity was established is said; only the person's own request is proved by a token."""
    with pytest.raises(ValidationError):
        RecordRequest.model_validate({"kind": "access", "received_on": "2026-03-10", "identity_established": "token"})
