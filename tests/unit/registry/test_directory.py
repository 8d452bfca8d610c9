"""The directory of contacts: distances, substitutes, until when something counts."""

from datetime import UTC, date, datetime, timedelta
from math import hypot
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from services.registry.models.contacts import PublishContact, StoredContact
from services.registry.models.requests import RegisterRequest
from services.registry.models.volunteers import ChangeVolunteer
from services.registry.rules.directory import absent_until, is_open, plane, stale_from, stands_in
from services.registry.rules.places import kilometres
from shared.contracts.registry import Absence, OfficeHour
from shared.contracts.vocabulary import Weekday
from shared.http.validation import faults_of

DAY = date(2026, 3, 2)
NORTH_SOUTH, EAST_WEST = st.floats(47.27, 55.06), st.floats(5.87, 15.04)


def contact(contact_id: UUID, substitute_id: UUID | None = None, *absences: tuple[date, date]) -> StoredContact:
    return StoredContact(
        contact_id=contact_id,
        version=1,
        organisation_id=UUID(int=1),
        subject_id=None,
        district="03351",
        topic="housing",
        languages=(),
        name="Demo",
        mail=None,
        phone=None,
        postal_code=None,
        office_hours=(),
        substitute_id=substitute_id,
        absences=tuple(Absence(first_day=first, last_day=last) for first, last in absences),
        capacity=1,
        confirmed_on=DAY,
        stale_from=DAY,
        is_stale=False,
    )


@given(NORTH_SOUTH, EAST_WEST, NORTH_SOUTH, EAST_WEST)
def test_distances_in_the_plane_are_those_on_the_ground(a: float, b: float, c: float, d: float) -> None:
    (x, y), (p, q) = plane(a, b), plane(c, d)
    on_the_ground = kilometres(a, b, c, d)
    assert abs(hypot(x - p, y - q) - on_the_ground) <= 0.003 * on_the_ground + 0.001


def test_hannover_lies_37_kilometres_from_celle() -> None:
    (x, y), (p, q) = plane(52.6226, 10.0815), plane(52.3745, 9.7386)
    assert 35 < hypot(x - p, y - q) < 38
    assert y > q
    assert x > p


def test_absences_that_follow_each_other_are_one() -> None:
    def absence(first: int, last: int) -> Absence:
        return Absence(first_day=DAY + timedelta(days=first), last_day=DAY + timedelta(days=last))

    absences = [absence(4, 6), absence(-2, 3), absence(8, 9)]
    assert absent_until(absences, DAY) == DAY + timedelta(days=6)
    assert absent_until(absences, DAY + timedelta(days=7)) is None
    assert absent_until([], DAY) is None
    for_ever = Absence(first_day=DAY, last_day=date.max)
    assert absent_until([for_ever, absence(3, 5)], DAY) == date.max


def test_the_first_substitute_who_is_there_stands_in() -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    away = (DAY, DAY)
    known = {second: contact(second, third, away), third: contact(third)}
    found = stands_in(contact(first, second, away), known, DAY)
    assert found is not None
    assert found.contact_id == third
    assert stands_in(contact(first, second), known, DAY) is None
    assert stands_in(contact(first, None, away), known, DAY) is None


def test_substitutes_in_a_circle_end_somewhere() -> None:
    first, second = uuid4(), uuid4()
    away = (DAY, DAY)
    known = {first: contact(first, second, away), second: contact(second, first, away)}
    assert stands_in(known[first], known, DAY) is None


def test_what_was_confirmed_counts_for_three_months() -> None:
    assert stale_from(date(2026, 3, 2), 3) == date(2026, 6, 2)
    assert stale_from(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert stale_from(date(2026, 12, 31), 12) == date(2027, 12, 31)


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(1, 24))
def test_what_is_confirmed_later_is_stale_no_earlier(confirmed_on: date, months: int) -> None:
    assert stale_from(confirmed_on, months) <= stale_from(confirmed_on + timedelta(days=1), months)
    assert 28 * months <= (stale_from(confirmed_on, months) - confirmed_on).days <= 31 * months


def test_office_hours_are_wall_time_in_germany_in_summer_and_winter() -> None:
    hours = [OfficeHour(day=Weekday.MONDAY, start="09:00", end="12:00")]
    assert is_open(hours, datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    assert not is_open(hours, datetime(2026, 3, 2, 7, 59, tzinfo=UTC))
    assert is_open(hours, datetime(2026, 7, 6, 7, 0, tzinfo=UTC))
    assert not is_open(hours, datetime(2026, 7, 6, 10, 0, tzinfo=UTC))
    assert not is_open(hours, datetime(2026, 3, 3, 8, 0, tzinfo=UTC))


PUBLISHED = {
    "organisation_id": UUID(int=1),
    "district": "03351",
    "topic": "housing",
    "name": "Demo",
    "languages": ["de"],
}


@pytest.mark.parametrize(
    ("model", "told", "says"),
    [
        (PublishContact, PUBLISHED | {"phone": "call me"}, "+49 5141"),
        (PublishContact, PUBLISHED | {"postal_code": "2922"}, "29221"),
        (PublishContact, PUBLISHED | {"office_hours": [{"day": "monday", "start": "12:00", "end": "09:00"}]}, "09:00"),
        (PublishContact, PUBLISHED | {"office_hours": [{"day": "monday", "start": "9", "end": "10:00"}]}, "09:30"),
        (PublishContact, PUBLISHED | {"absences": [{"first_day": "2026-07-14", "last_day": "2026-07-01"}]}, "2026-07"),
        (RegisterRequest, {"kind": "restriction"}, "accuracy_contested"),
        (RegisterRequest, {"kind": "restriction", "ground": "because"}, "accuracy_contested"),
        (ChangeVolunteer, {"phone": "x"}, "+49 5141"),
    ],
)
def test_whoever_tells_something_wrongly_is_told_what_would_be_right(
    model: type[BaseModel], told: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(told)
    (fault,) = faults_of(refused.value.errors())
    assert says in fault.de and says in fault.en
